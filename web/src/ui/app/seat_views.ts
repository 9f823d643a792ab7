import { type FloorNow } from '../../meeting/floor';
import { type MeetingState, pictureKey } from '../../meeting/state';
import type { ParticipantId, ParticipantView } from '../../protocol/messages';
import { requestOf, turnOf } from '../floor/view';
import type { Seat } from '../stage/view';
import type { Drawn } from './stage_view';

/** What seats are drawn from, at one moment. */
export interface Moment {
  readonly client: Pick<Drawn, 'own' | 'frozen' | 'limit' | 'limits'>;
  readonly state: MeetingState;
  readonly speaking: ReadonlySet<ParticipantId>;
  readonly floor: FloorNow;
  /** This device's time. */
  readonly nowMs: number;
}

/**
 * Seats, list after list of one visit. A seat of which nothing changed stays the same value, and is not even looked at
 * where one event can have changed only others: sixty of them are asked for with every event.
 */
export class SeatViews {
  #before: Moment | null = null;
  /** As the list of participants was. */
  #known: readonly Known[] = [];

  at(now: Moment): readonly Seat[] {
    const touches = this.#before && touching(this.#before, now);
    const last = this.#known;
    // nearly always everybody stands where they stood
    let elsewhere: Map<ParticipantView, Known> | null = null;
    const knownOf = (participant: ParticipantView, place: number) =>
      last[place]?.participant === participant
        ? last[place]
        : (elsewhere ??= new Map(last.map((each) => [each.participant, each]))).get(participant);
    const seats: Seat[] = [];
    this.#known = now.state.participants.map((participant, place) => {
      let known = knownOf(participant, place);
      if (!known || !touches || touches(participant.id)) {
        const facts = factsOf(now, participant);
        if (!known || !isSame(known.facts, facts)) known = { participant, facts, seat: seatOf(participant, facts) };
      }
      seats.push(known.seat);
      return known;
    });
    this.#before = now;
    return seats;
  }
}

interface Known {
  readonly participant: ParticipantView;
  readonly facts: Facts;
  readonly seat: Seat;
}

/** Tables with an entry for each whom they concern. */
const BY_PARTICIPANT = ['switches', 'lines', 'lostSince'] as const;
/** What of the client may change any seat. */
const OF_CLIENT = ['own', 'frozen', 'limit', 'limits'] as const;

/** Whose seat may be another one now; null where that can be anybody's. */
function touching(before: Moment, now: Moment): ((id: ParticipantId) => boolean) | null {
  const { state } = now;
  const others = before.floor !== now.floor || before.state.you !== state.you;
  if (others || OF_CLIENT.some((part) => before.client[part] !== now.client[part])) return null;
  const clocks = now.client.frozen.size + state.lostSince.size > 0;
  if (clocks && (before.nowMs !== now.nowMs || before.state.skewMs !== state.skewMs)) return null;
  const tables = BY_PARTICIPANT.filter((table) => before.state[table] !== state[table]);
  const voices = before.speaking !== now.speaking;
  const leads = before.state.dominant === state.dominant ? [] : [before.state.dominant, state.dominant];
  return (id) =>
    (voices && before.speaking.has(id) !== now.speaking.has(id)) ||
    leads.includes(id) ||
    tables.some((table) => before.state[table].get(id) !== state[table].get(id));
}

/** Whatever about a seat does not stand in the list of participants. */
interface Facts {
  readonly you: boolean;
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
  readonly speaking: boolean;
  readonly dominant: boolean;
  readonly line: Seat['line'];
  readonly limit: Seat['limit'];
  readonly shownNoBetter: Seat['shownNoBetter'];
  readonly frozenMs: number | null;
  readonly awayMs: number | null;
  readonly turn: Seat['turn'];
  readonly queued: Seat['queued'];
}

/** By what a seat differs: whoever adds a fact adds it here, or the page does not compile. */
const COMPARED: Readonly<Record<keyof Facts, true>> = {
  you: true,
  microphone: true,
  camera: true,
  screen: true,
  speaking: true,
  dominant: true,
  line: true,
  limit: true,
  shownNoBetter: true,
  frozenMs: true,
  awayMs: true,
  turn: true,
  queued: true,
};
const FACTS = Object.keys(COMPARED) as (keyof Facts)[];

function isSame(one: Facts, other: Facts): boolean {
  return FACTS.every((fact) => one[fact] === other[fact]);
}

function factsOf({ client, state, speaking, floor, nowMs }: Moment, { id, connected }: ParticipantView): Facts {
  const { own, frozen, limit, limits } = client;
  const you = id === state.you;
  const switches = you ? own : state.switches.get(id);
  const stoodAt = frozen.size > 0 ? frozen.get(pictureKey(id, 'camera')) : undefined;
  const lostAt = state.lostSince.get(id);
  return {
    you,
    microphone: switches?.microphone ?? false,
    camera: switches?.camera ?? false,
    screen: switches?.screen ?? false,
    speaking: speaking.has(id),
    dominant: state.dominant === id,
    line: state.lines.get(id) ?? null,
    limit: you ? limit : null,
    shownNoBetter: (you ? null : limits.get(pictureKey(id, 'camera'))) ?? null,
    frozenMs: stoodAt === undefined || !connected ? null : nowMs - stoodAt,
    awayMs: lostAt === undefined ? null : Math.max(0, nowMs + state.skewMs - lostAt),
    turn: turnOf(floor, id),
    queued: requestOf(floor, id)?.place ?? null,
  };
}

function seatOf(participant: ParticipantView, facts: Facts): Seat {
  const { id, name } = participant;
  const { you } = facts;
  return {
    id,
    point: name.bridge_point || name.name,
    person: name.bridge_point ? name.name : '',
    unit: name.unit,
    role: participant.role,
    kind: participant.kind,
    order: participant.order,
    joinedAt: participant.joined_at,
    connected: participant.connected,
    maySpeak: participant.may_speak,
    mayShow: participant.may_show,
    mayShare: participant.may_share,
    micOn: facts.microphone && participant.may_speak,
    // the own pictures go until the page itself has stopped them
    cameraOn: facts.camera && (you || participant.may_show),
    screenOn: facts.screen && (you || participant.may_share),
    speaking: facts.speaking,
    dominant: facts.dominant,
    invited: participant.invited,
    branch: participant.branch,
    leadsBranch: participant.leads_branch,
    line: facts.line,
    limit: facts.limit,
    shownNoBetter: facts.shownNoBetter,
    frozenMs: facts.frozenMs,
    awayMs: facts.awayMs,
    turn: facts.turn,
    queued: facts.queued,
    you,
  };
}

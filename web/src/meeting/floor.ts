import type { FloorEvent, FloorView, RequestView, TurnView } from '../protocol/floor';
import type { ParticipantId } from '../protocol/messages';
import { unreachable } from './unreachable';

/** The floor after one event: `evolve` of the server, for the eye (R17). */
export function evolveFloor(floor: FloorView, event: FloorEvent): FloorView {
  switch (event.type) {
    case 'floor_asked':
      return { ...floor, queue: placed(floor.queue, { participant: event.participant, since: event.at }, event.place) };
    case 'floor_withdrawn':
      return { ...floor, queue: without(floor.queue, event.participant) };
    case 'request_moved': {
      const moved = floor.queue.find(({ participant }) => participant === event.participant);
      return moved ? { ...floor, queue: placed(floor.queue, moved, event.place) } : floor;
    }
    case 'turn_granted':
      return { ...withTurn(floor, event.turn), queue: without(floor.queue, event.turn.participant) };
    case 'turn_started':
      return { ...withTurn(floor, event.turn), last: event.turn.participant };
    case 'turn_changed':
      return withTurn(floor, event.turn);
    case 'turn_ended':
      return {
        ...floor,
        turns: without(floor.turns, event.participant),
        spoken: event.spoken_ms > 0 ? added(floor.spoken, event.participant, event.spoken_ms) : floor.spoken,
        queue: event.back_in_queue
          ? placed(floor.queue, { participant: event.participant, since: event.at }, 0)
          : floor.queue,
      };
    case 'floor_set':
      return { ...floor, turn_s: event.turn_s, at_once: event.at_once, overrun: event.overrun };
    case 'spoken_kept':
      return { ...floor, spoken: added(without(floor.spoken, event.former), event.participant, event.spoken_ms) };
    default:
      return unreachable(event);
  }
}

/** One turn as it stands at this moment. */
export interface TurnNow {
  readonly participant: string;
  readonly state: TurnView['state'];
  readonly heldBecause: TurnView['held_because'];
  readonly invited: boolean;
  /** Of the time of the turn, below 0 when it ran over; null without a limit. */
  readonly leftMs: number | null;
  /** The whole time of the turn with what was added; null without a limit. */
  readonly limitMs: number | null;
  readonly spokenMs: number;
  /** Of the time to take the turn; null when it is taken. */
  readonly lapsesInMs: number | null;
  /** More time asked for; 0 none. */
  readonly askedMs: number;
}

export interface RequestNow {
  readonly participant: string;
  /** 1 is first. */
  readonly place: number;
  readonly waitedMs: number;
  /** Likely, by the time of a turn; null when nothing is known of it. */
  readonly comesInMs: number | null;
}

/** The floor at this moment, by the server's clock: what tiles, panel and sheets draw. */
export interface FloorNow {
  readonly turns: readonly TurnNow[];
  readonly queue: readonly RequestNow[];
  readonly turnS: number | null;
  readonly atOnce: number;
  readonly overrun: FloorView['overrun'];
  /** Ended turns and those that go on, by participant. */
  readonly spoken: ReadonlyMap<string, number>;
  /** Who sits in the speaking seat: the first whose turn has begun, else who had the last one. */
  readonly holder: string | null;
  /** Whoever would ask now: likely time until their turn. */
  readonly newcomerInMs: number | null;
}

/** `nowMs` is the server's time. */
export function floorNow(floor: FloorView, nowMs: number): FloorNow {
  const turns = floor.turns.map((turn) => turnNow(turn, nowMs));
  const spoken = new Map<string, number>(floor.spoken.map(({ participant, spoken_ms }) => [participant, spoken_ms]));
  const wait = waits(turns, perTurnMs(floor), floor.at_once);
  for (const { participant, spokenMs } of turns)
    if (spokenMs > 0) spoken.set(participant, (spoken.get(participant) ?? 0) + spokenMs);
  return {
    turns,
    queue: floor.queue.map(({ participant, since }, at) => ({
      participant,
      place: at + 1,
      waitedMs: Math.max(0, nowMs - since),
      comesInMs: wait(at),
    })),
    turnS: floor.turn_s,
    atOnce: floor.at_once,
    overrun: floor.overrun,
    spoken,
    holder: floor.turns.find(({ state }) => state !== 'granted')?.participant ?? floor.last,
    newcomerInMs: wait(floor.queue.length),
  };
}

function turnNow(turn: TurnView, nowMs: number): TurnNow {
  const { state, started_at, ends_at, left_ms, lapses_at } = turn;
  const running = state === 'speaking';
  const spokenMs = turn.spoken_ms + (running && started_at !== null ? Math.max(0, nowMs - started_at) : 0);
  const leftMs = running && ends_at !== null ? ends_at - nowMs : left_ms;
  return {
    participant: turn.participant,
    state,
    heldBecause: turn.held_because,
    invited: turn.invited,
    leftMs,
    limitMs: leftMs === null ? null : leftMs + spokenMs,
    spokenMs,
    lapsesInMs: state === 'granted' && lapses_at !== null ? Math.max(0, lapses_at - nowMs) : null,
    askedMs: turn.asked_ms,
  };
}

/** What a turn takes: its limit, else the mean of those who spoke so far. */
function perTurnMs({ turn_s, spoken }: FloorView): number | null {
  if (turn_s !== null) return turn_s * 1000;
  const sum = spoken.reduce((all, { spoken_ms }) => all + spoken_ms, 0);
  return spoken.length > 0 ? sum / spoken.length : null;
}

/** When whoever has this place (from 0) is likely to speak: each goes to whom is done first of those who speak at once. */
function waits(turns: readonly TurnNow[], perTurn: number | null, atOnce: number): (place: number) => number | null {
  if (perTurn === null) return () => null;
  const busy = turns.map(({ leftMs, spokenMs }) => Math.max(0, leftMs ?? perTurn - spokenMs));
  const free = [...busy, ...Array.from({ length: Math.max(0, atOnce - busy.length) }, () => 0)];
  const comes: number[] = [];
  return (place) => {
    while (comes.length <= place) {
      const [first = 0] = free.sort((one, other) => one - other);
      comes.push(first);
      free[0] = first + perTurn;
    }
    return comes[place] ?? null;
  };
}

function withTurn(floor: FloorView, turn: TurnView): FloorView {
  const known = floor.turns.some(({ participant }) => participant === turn.participant);
  const turns = known
    ? floor.turns.map((each) => (each.participant === turn.participant ? turn : each))
    : [...floor.turns, turn];
  return { ...floor, turns };
}

function placed(queue: readonly RequestView[], request: RequestView, place: number): readonly RequestView[] {
  const others = without(queue, request.participant);
  return [...others.slice(0, place), request, ...others.slice(place)];
}

function without<Each extends { readonly participant: ParticipantId }>(
  list: readonly Each[],
  gone: ParticipantId,
): readonly Each[] {
  return list.filter(({ participant }) => participant !== gone);
}

function added(spoken: FloorView['spoken'], speaker: ParticipantId, ms: number): FloorView['spoken'] {
  const before = spoken.find(({ participant }) => participant === speaker)?.spoken_ms ?? 0;
  return [...without(spoken, speaker), { participant: speaker, spoken_ms: before + ms }];
}

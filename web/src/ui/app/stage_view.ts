import type { ClientState } from '../../client';
import { type FloorNow, floorNow } from '../../meeting/floor';
import { type MeetingState, pictureKey } from '../../meeting/state';
import type { ApplicantView, ParticipantId, ParticipantView } from '../../protocol/messages';
import { turnOf } from '../floor/view';
import {
  caption,
  type Applicant,
  type ChairAway,
  type Chat,
  type LineState,
  type Seat,
  type StageView,
} from '../stage/view';

/** The state of the client as the stage draws it. Pure: the hour and who has a ring are arguments. */
export function stageView(
  client: Pick<ClientState, 'line' | 'media' | 'own' | 'pending' | 'frozen' | 'limit' | 'limits'>,
  state: MeetingState,
  speaking: ReadonlySet<ParticipantId>,
  nowMs: number,
): StageView {
  const { meeting } = state;
  const floor = floorNow(state.floor, nowMs + state.skewMs);
  return {
    meeting: {
      slug: state.room.slug,
      title: meeting.title || state.room.name,
      kind: meeting.kind,
      opened: meeting.state === 'opened',
      runningMs: meeting.opened_at === null ? null : Math.max(0, nowMs + state.skewMs - meeting.opened_at),
      expected: meeting.expected,
      locked: meeting.locked,
      mutedAll: meeting.muted_all,
      mutedUntilAllowed: meeting.muted_until_allowed,
      deputy: meeting.deputy,
      chairOfferedTo: meeting.chair_offered_to,
      chairOfferedBy: meeting.chair_offered_by,
      standsInFor: meeting.stands_in_for,
      chairAway: chairAway(state, nowMs),
      layout: meeting.layout === 'free' ? null : meeting.layout,
    },
    seats: state.participants.map((participant) =>
      kept(participant, seat(client, state, participant, { speaking, floor, nowMs })),
    ),
    stage: meeting.stage,
    speakingSeat: floor.holder ?? floor.queue[0]?.participant ?? null,
    applicants: state.lobby.map(applicant),
    floor,
    line: line(client, nowMs),
    chat: chat(state),
    pending: new Set(client.pending.map(({ type, about }) => about ?? type)),
  };
}

const seats = new WeakMap<ParticipantView, Seat>();

/** A seat of which nothing has changed stays the same value: sixty rows and tiles are not drawn anew for one of them. */
function kept(participant: ParticipantView, fresh: Seat): Seat {
  const before = seats.get(participant);
  if (before && (Object.keys(fresh) as (keyof Seat)[]).every((key) => before[key] === fresh[key])) return before;
  seats.set(participant, fresh);
  return fresh;
}

function seat(
  { own, frozen, limit, limits }: Pick<ClientState, 'own' | 'frozen' | 'limit' | 'limits'>,
  state: MeetingState,
  participant: ParticipantView,
  now: { readonly speaking: ReadonlySet<ParticipantId>; readonly floor: FloorNow; readonly nowMs: number },
): Seat {
  const { id, name } = participant;
  const { speaking, floor, nowMs } = now;
  const you = id === state.you;
  const switches = state.switches.get(id);
  const stoodAt = frozen.get(pictureKey(id, 'camera'));
  const lostAt = state.lostSince.get(id);
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
    micOn: (you ? own.microphone : (switches?.microphone ?? false)) && participant.may_speak,
    cameraOn: you ? own.camera : (switches?.camera ?? false) && participant.may_show,
    screenOn: you ? own.screen : (switches?.screen ?? false) && participant.may_share,
    speaking: speaking.has(id),
    dominant: state.dominant === id,
    invited: participant.invited,
    branch: participant.branch,
    leadsBranch: participant.leads_branch,
    line: state.lines.get(id) ?? null,
    limit: you ? limit : null,
    shownNoBetter: (you ? null : limits.get(pictureKey(id, 'camera'))) ?? null,
    frozenMs: stoodAt === undefined || !participant.connected ? null : nowMs - stoodAt,
    awayMs: lostAt === undefined ? null : Math.max(0, nowMs + state.skewMs - lostAt),
    turn: turnOf(floor, id),
    you,
  };
}

function applicant({
  id,
  name,
  since,
  invited,
  without_password,
  account,
  connected,
  resembles,
  branch,
}: ApplicantView): Applicant {
  return {
    id,
    point: name.bridge_point || name.name,
    person: name.bridge_point ? name.name : '',
    unit: name.unit,
    since,
    invited,
    withoutPassword: without_password,
    account,
    connected,
    resembles,
    branch,
  };
}

/** The chair whose line is lost, or none at all in a meeting that is open; null while a chair is here. */
function chairAway(state: MeetingState, nowMs: number): ChairAway | null {
  const chairs = state.participants.filter(({ role }) => role === 'chair');
  if (chairs.some(({ connected }) => connected)) return null;
  const lost = chairs[0];
  if (!lost) return state.meeting.state === 'opened' ? { point: '', forMs: null } : null;
  const since = state.lostSince.get(lost.id);
  return {
    point: lost.name.bridge_point || lost.name.name,
    forMs: since === undefined ? null : Math.max(0, nowMs + state.skewMs - since),
  };
}

const chats = new WeakMap<MeetingState['chat'], Chat['lines']>();

/** The lines are drawn anew only when one came: the view itself is made ten times a second. */
function chat({ chat: lines, meeting, unit, you }: MeetingState): Chat {
  let drawn = chats.get(lines);
  if (drawn === undefined) {
    drawn = lines.map(({ number, at, participant, to, text, name }) => {
      const point = name.bridge_point || name.name;
      const person = name.bridge_point ? name.name : '';
      return { number, at, writer: caption({ point, person }), point, to, text, own: participant === you };
    });
    chats.set(lines, drawn);
  }
  return { lines: drawn, closed: meeting.chat_closed, unit };
}

function line({ line: control, media }: Pick<ClientState, 'line' | 'media'>, nowMs: number): LineState {
  if (control.kind === 'lost') return { kind: 'lost', forMs: Math.max(0, nowMs - control.since) };
  return media === 'lost' ? { kind: 'media' } : { kind: 'up' };
}

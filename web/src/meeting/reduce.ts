import type { Said } from '../protocol/chat';
import type {
  ApplicantView,
  Events,
  LevelsNow,
  LinesNow,
  MeetingEvent,
  MeetingView,
  ParticipantId,
  ParticipantView,
  Picture,
  Switches,
  SwitchesChanged,
} from '../protocol/messages';
import { evolveRoles, lapsed } from './hand';
import { evolveFloor } from './floor';
import type { MeetingState } from './state';
import { unreachable } from './unreachable';

/** What changes the picture of the meeting. */
export type Change = Events | SwitchesChanged | LevelsNow | LinesNow;

/** Takes a picture from the server as the whole state; `now` is this device's time. */
export function begin(picture: Picture, now: number): MeetingState {
  return {
    seq: picture.seq,
    skewMs: picture.now - now,
    you: picture.you,
    room: picture.room,
    meeting: picture.meeting,
    participants: inOrder(picture.participants),
    lobby: picture.lobby,
    switches: new Map(picture.switches.map((each) => [each.participant, each])),
    levels: new Map(),
    dominant: null,
    lines: new Map(),
    keptUntil: new Map(),
    lostSince: new Map(),
    chat: picture.chat,
    unit: picture.unit,
    floor: picture.floor,
  };
}

/** The meeting after what the server told. Throws UnknownMessage for an event of a newer server. */
export function reduce(meeting: MeetingState, change: Change): MeetingState {
  switch (change.type) {
    case 'events':
      // sent again after a lost line: what is seen already is not taken twice
      if (change.seq <= meeting.seq) return meeting;
      return { ...change.events.reduce(evolve, meeting), seq: change.seq };
    case 'switches':
      return { ...meeting, switches: withSwitches(meeting.switches, ofThoseInside(meeting, change.switches)) };
    case 'levels':
      return {
        ...meeting,
        levels: new Map(change.levels.map(({ participant, level }) => [participant, level])),
        dominant: change.dominant,
      };
    case 'lines': {
      const lines = new Map(meeting.lines);
      for (const { participant, sign } of change.lines) lines.set(participant, sign);
      return { ...meeting, lines };
    }
    default:
      return unreachable(change);
  }
}

/** One event: `evolve` of the server, for the eye. */
export function evolve(meeting: MeetingState, event: MeetingEvent): MeetingState {
  switch (event.type) {
    case 'meeting_opened':
      return withMeeting(meeting, { state: 'opened', opened_at: event.at });
    case 'meeting_closed':
      return withMeeting(meeting, { state: 'closed' });
    case 'participant_joined':
      return seated(meeting, event.participant);
    case 'participant_left':
      return lapsed(withoutParticipant(meeting, event.participant), event.participant);
    case 'participant_lost':
      return {
        ...withParticipants(meeting, [event.participant], { connected: false }),
        levels: without(meeting.levels, event.participant),
        keptUntil: new Map(meeting.keptUntil).set(event.participant, event.until),
        lostSince: new Map(meeting.lostSince).set(event.participant, event.at),
      };
    case 'participant_back':
      return {
        ...withParticipants(meeting, [event.participant], { connected: true }),
        keptUntil: without(meeting.keptUntil, event.participant),
        lostSince: without(meeting.lostSince, event.participant),
      };
    case 'rights_changed':
      return withParticipants(meeting, event.participants, {
        ...(event.may_speak !== null && { may_speak: event.may_speak }),
        ...(event.may_show !== null && { may_show: event.may_show }),
        ...(event.may_share !== null && { may_share: event.may_share }),
      });
    case 'muted':
      return { ...meeting, switches: withMicrophonesOff(meeting.switches, event.participants) };
    case 'all_muted':
      return withMeeting(meeting, { muted_all: event.on });
    case 'room_locked':
      return withMeeting(meeting, { locked: event.locked });
    case 'layout_set':
      return withMeeting(meeting, { layout: event.layout });
    case 'stage_set':
      return withMeeting(meeting, { stage: event.participants });
    case 'role_changed':
    case 'branch_set':
    case 'name_changed':
    case 'chair_offered':
    case 'chair_answered':
    case 'deputy_named':
    case 'chair_stands_in':
    case 'chair_restored':
    case 'lobby_given':
      return evolveRoles(meeting, event);
    case 'lobby_entered':
      return { ...meeting, lobby: withApplicant(meeting.lobby, event.applicant) };
    case 'lobby_left':
      return { ...meeting, lobby: meeting.lobby.filter(({ id }) => id !== event.applicant) };
    case 'said':
      return withLine(meeting, event);
    case 'chat_closed':
      return withMeeting(meeting, { chat_closed: event.closed });
    case 'floor_asked':
    case 'floor_withdrawn':
    case 'request_moved':
    case 'turn_granted':
    case 'turn_started':
    case 'turn_changed':
    case 'turn_ended':
    case 'floor_set':
    case 'spoken_kept':
      return { ...meeting, floor: evolveFloor(meeting.floor, event) };
    default:
      return unreachable(event);
  }
}

function withMeeting(meeting: MeetingState, change: Partial<MeetingView>): MeetingState {
  return { ...meeting, meeting: { ...meeting.meeting, ...change } };
}

/** Somebody who comes again takes the one place they have. */
function seated(meeting: MeetingState, participant: ParticipantView): MeetingState {
  const others = meeting.participants.filter(({ id }) => id !== participant.id);
  return {
    ...meeting,
    participants: inOrder([...others, participant]),
    keptUntil: without(meeting.keptUntil, participant.id),
    lostSince: without(meeting.lostSince, participant.id),
  };
}

function withoutParticipant(meeting: MeetingState, gone: ParticipantId): MeetingState {
  return {
    ...withMeeting(meeting, { stage: meeting.meeting.stage.filter((id) => id !== gone) }),
    participants: meeting.participants.filter(({ id }) => id !== gone),
    switches: without(meeting.switches, gone),
    levels: without(meeting.levels, gone),
    lines: without(meeting.lines, gone),
    keptUntil: without(meeting.keptUntil, gone),
    lostSince: without(meeting.lostSince, gone),
    dominant: meeting.dominant === gone ? null : meeting.dominant,
  };
}

function withParticipants(
  meeting: MeetingState,
  changed: readonly ParticipantId[],
  change: Partial<ParticipantView>,
): MeetingState {
  const about = new Set(changed);
  return {
    ...meeting,
    participants: meeting.participants.map((each) => (about.has(each.id) ? { ...each, ...change } : each)),
  };
}

/** The same applicant keeps the place in the list when the name was corrected or the line came back. */
function withApplicant(lobby: readonly ApplicantView[], applicant: ApplicantView): readonly ApplicantView[] {
  return lobby.some(({ id }) => id === applicant.id)
    ? lobby.map((each) => (each.id === applicant.id ? applicant : each))
    : [...lobby, applicant];
}

/** What was on is told as off once its owner has left; who left is not kept. */
function ofThoseInside(meeting: MeetingState, changed: readonly Switches[]): readonly Switches[] {
  const inside = new Set(meeting.participants.map(({ id }) => id));
  return changed.filter(({ participant }) => inside.has(participant));
}

function withSwitches(
  switches: MeetingState['switches'],
  changed: readonly Switches[],
): ReadonlyMap<ParticipantId, Switches> {
  const after = new Map(switches);
  for (const each of changed) after.set(each.participant, each);
  return after;
}

function withMicrophonesOff(
  switches: MeetingState['switches'],
  muted: readonly ParticipantId[],
): ReadonlyMap<ParticipantId, Switches> {
  const known = muted.flatMap((id) => switches.get(id) ?? []);
  return withSwitches(
    switches,
    known.map((each) => ({ ...each, microphone: false })),
  );
}

/** The writer is in the list when a line is told; the name stays with the line when they leave. */
function withLine(meeting: MeetingState, said: Said): MeetingState {
  const writer = meeting.participants.find(({ id }) => id === said.participant);
  return writer ? { ...meeting, chat: [...meeting.chat, { ...said, name: writer.name }].slice(-MAX_LINES) } : meeting;
}

/** As many as the server keeps at hand. */
const MAX_LINES = 200;

function inOrder(participants: readonly ParticipantView[]): readonly ParticipantView[] {
  return [...participants].sort((one, other) => one.order - other.order || one.joined_at - other.joined_at);
}

function without<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  if (!map.has(key)) return map;
  const after = new Map(map);
  after.delete(key);
  return after;
}

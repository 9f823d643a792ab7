import type { ClientState } from '../../client';
import type { MeetingState } from '../../meeting/state';
import type { ApplicantView, ParticipantId, ParticipantView } from '../../protocol/messages';
import type { Applicant, LineState, Seat, StageView } from '../stage/view';

/** The state of the client as the stage draws it. Pure: the hour and who has a ring are arguments. */
export function stageView(
  client: Pick<ClientState, 'line' | 'media' | 'own' | 'pending'>,
  state: MeetingState,
  speaking: ReadonlySet<ParticipantId>,
  nowMs: number,
): StageView {
  const { meeting } = state;
  return {
    meeting: {
      slug: state.room.slug,
      title: meeting.title || state.room.name,
      opened: meeting.state === 'opened',
      runningMs: meeting.opened_at === null ? null : Math.max(0, nowMs + state.skewMs - meeting.opened_at),
      expected: meeting.expected,
      locked: meeting.locked,
      mutedAll: meeting.muted_all,
      mutedUntilAllowed: meeting.muted_until_allowed,
    },
    seats: state.participants.map((participant) => seat(client, state, participant, speaking)),
    applicants: state.lobby.map(applicant),
    line: line(client, nowMs),
    pending: new Set(client.pending.map(({ type, about }) => about ?? type)),
  };
}

function seat(
  { own }: Pick<ClientState, 'own'>,
  state: MeetingState,
  participant: ParticipantView,
  speaking: ReadonlySet<ParticipantId>,
): Seat {
  const { id, name } = participant;
  const you = id === state.you;
  const switches = state.switches.get(id);
  return {
    id,
    point: name.bridge_point || name.name,
    person: name.bridge_point ? name.name : '',
    unit: name.unit,
    role: participant.role,
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
    weakLine: state.lines.get(id) === 'bad',
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
  };
}

function line({ line: control, media }: Pick<ClientState, 'line' | 'media'>, nowMs: number): LineState {
  if (control.kind === 'lost') return { kind: 'lost', forMs: Math.max(0, nowMs - control.since) };
  return media === 'lost' ? { kind: 'media' } : { kind: 'up' };
}

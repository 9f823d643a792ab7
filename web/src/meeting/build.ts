/** Builders for tests: a meeting in few words. */
import type { FloorView, TurnView } from '../protocol/floor';
import type { ApplicantView, Name, ParticipantId, ParticipantView, Picture } from '../protocol/messages';

export const NINE = Date.UTC(2026, 10, 26, 2);

export function aName(point: string): Name {
  return { bridge_point: point, name: 'Nguyễn Văn An, Phó Giám đốc', unit: point };
}

export function someone(id: string, change: Partial<ParticipantView> = {}): ParticipantView {
  return {
    id: id as ParticipantId,
    role: 'attendee',
    name: aName(`Sở TNMT ${id}`),
    kind: 'person',
    invited: true,
    order: 1,
    joined_at: NINE,
    connected: true,
    may_speak: true,
    may_show: true,
    may_share: true,
    branch: '',
    leads_branch: null,
    ...change,
  };
}

export function anApplicant(id: string, change: Partial<ApplicantView> = {}): ApplicantView {
  return {
    id: id as ParticipantId,
    name: aName(`Sở TNMT ${id}`),
    since: NINE,
    invited: false,
    without_password: false,
    resembles: '',
    branch: '',
    account: false,
    connected: true,
    ...change,
  };
}

export function aPicture(participants: readonly ParticipantView[], change: Partial<Picture> = {}): Picture {
  return {
    seq: 10,
    now: NINE,
    you: participants[0]?.id ?? ('you' as ParticipantId),
    room: { slug: 'duan', name: 'Dự án' },
    meeting: {
      id: 'm1' as Picture['meeting']['id'],
      title: 'Giao ban tháng 11',
      state: 'opened',
      entry: 'lobby',
      kind: 'conference',
      muted_until_allowed: false,
      locked: false,
      muted_all: false,
      capacity: 200,
      expected: 0,
      layout: 'free',
      stage: [],
      starts_at: null,
      opened_at: NINE,
      deputy: null,
      chair_offered_to: null,
      chair_offered_by: null,
      stands_in_for: null,
      lobby_keeper: null,
      chat_closed: false,
    },
    participants,
    lobby: [],
    switches: participants.map(({ id }) => ({ participant: id, microphone: false, camera: false, screen: false })),
    chat: [],
    unit: '',
    floor: aFloor(),
    ...change,
  };
}

export function aFloor(change: Partial<FloorView> = {}): FloorView {
  return { queue: [], turns: [], turn_s: 300, at_once: 1, overrun: 'close', spoken: [], last: null, ...change };
}

/** A turn of five minutes that was just given. */
export function aTurn(participant: string, change: Partial<TurnView> = {}): TurnView {
  return {
    participant: participant as ParticipantId,
    state: 'granted',
    by: 'chair' as ParticipantId,
    invited: false,
    granted_at: NINE,
    lapses_at: NINE + 60_000,
    started_at: null,
    ends_at: null,
    left_ms: 300_000,
    held_because: null,
    standing: false,
    asked_ms: 0,
    spoken_ms: 0,
    ...change,
  };
}

/** The same turn, taken. */
export function aSpeech(participant: string, change: Partial<TurnView> = {}): TurnView {
  return aTurn(participant, {
    state: 'speaking',
    lapses_at: null,
    started_at: NINE,
    ends_at: NINE + 300_000,
    left_ms: null,
    ...change,
  });
}

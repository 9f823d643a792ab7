/** Builders for tests and the gallery: what the stage draws, in few words. */
import type { Applicant, MeetingFacts, Seat } from './view';

export function aSeat(id: string, changes: Partial<Seat> = {}): Seat {
  return {
    id,
    point: id,
    person: '',
    unit: '',
    role: 'attendee',
    order: 0,
    joinedAt: 0,
    connected: true,
    maySpeak: false,
    mayShow: true,
    mayShare: false,
    micOn: false,
    cameraOn: true,
    screenOn: false,
    speaking: false,
    dominant: false,
    kind: 'person',
    line: null,
    limit: null,
    shownNoBetter: null,
    frozenMs: null,
    awayMs: null,
    invited: true,
    branch: '',
    leadsBranch: null,
    turn: null,
    queued: null,
    you: false,
    ...changes,
  };
}

export function anApplicantView(id: string, changes: Partial<Applicant> = {}): Applicant {
  return {
    id,
    point: id,
    person: '',
    unit: '',
    since: 0,
    invited: false,
    withoutPassword: false,
    resembles: '',
    branch: '',
    account: false,
    connected: true,
    ...changes,
  };
}

export function someFacts(changes: Partial<MeetingFacts> = {}): MeetingFacts {
  return {
    slug: 'duan',
    title: '',
    kind: 'conference',
    opened: true,
    closed: false,
    runningMs: 0,
    expected: 0,
    locked: false,
    mutedAll: false,
    mutedUntilAllowed: true,
    deputy: null,
    chairOfferedTo: null,
    chairOfferedBy: null,
    standsInFor: null,
    lobbyKeeper: null,
    chairAway: null,
    layout: null,
    ...changes,
  };
}

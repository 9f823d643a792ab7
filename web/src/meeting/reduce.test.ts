import { describe, expect, test } from 'vitest';
import type { MeetingEvent } from '../protocol/messages';
import { aName, anApplicant, aPicture, NINE, someone } from './build';
import { begin, evolve, reduce } from './reduce';
import { UnknownMessage } from './unreachable';

const CHAIR = someone('chair', { role: 'chair', order: 0 });
const LAO_CAI = someone('laocai', { order: 1 });
const LAI_CHAU = someone('laichau', { order: 2 });
const aMeeting = () => begin(aPicture([CHAIR, LAI_CHAU, LAO_CAI]), NINE - 500);
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);
const by = CHAIR.id;

describe('a picture', () => {
  test('is drawn in protocol order, whatever the order of its list', () => {
    expect(ids(aMeeting().participants)).toEqual(['chair', 'laocai', 'laichau']);
  });

  test('tells how far the clock of this device is off', () => {
    expect(aMeeting().skewMs).toBe(500);
  });
});

describe('events', () => {
  test('move the number on, also when none of them is for this reader', () => {
    expect(reduce(aMeeting(), { type: 'events', seq: 14, events: [] }).seq).toBe(14);
  });

  test('that were seen already are not taken twice', () => {
    const meeting = aMeeting();
    const again = reduce(meeting, {
      type: 'events',
      seq: 10,
      events: [{ type: 'participant_left', at: NINE, participant: LAO_CAI.id, cause: 'left', by: null }],
    });
    expect(again).toBe(meeting);
  });

  test('of a newer server are thrown, so that the page loads itself anew', () => {
    const unknown = { type: 'floor_granted', at: NINE } as unknown as MeetingEvent;
    expect(() => evolve(aMeeting(), unknown)).toThrow(UnknownMessage);
  });

  test('leave the state before them as it was', () => {
    const meeting = aMeeting();
    const before = structuredClone(meeting);
    evolve(meeting, { type: 'participant_left', at: NINE, participant: LAO_CAI.id, cause: 'left', by: null });
    evolve(meeting, { type: 'muted', at: NINE, participants: [LAO_CAI.id], by });
    expect(meeting).toEqual(before);
  });
});

describe('seats', () => {
  test('a newcomer stands at the own place of the protocol order', () => {
    const late = someone('sonla', { order: 1, joined_at: NINE + 1 });
    const after = evolve(aMeeting(), { type: 'participant_joined', at: NINE, participant: late });
    expect(ids(after.participants)).toEqual(['chair', 'laocai', 'sonla', 'laichau']);
  });

  test('somebody who comes again has one place and not two', () => {
    const after = evolve(aMeeting(), { type: 'participant_joined', at: NINE, participant: LAO_CAI });
    expect(ids(after.participants)).toEqual(['chair', 'laocai', 'laichau']);
  });

  test('nothing remains of somebody who left', () => {
    let meeting = reduce(aMeeting(), {
      type: 'levels',
      levels: [{ participant: LAO_CAI.id, level: 90 }],
      dominant: LAO_CAI.id,
    });
    meeting = reduce(meeting, { type: 'lines', lines: [{ participant: LAO_CAI.id, sign: 'bad' }] });
    const after = evolve(meeting, {
      type: 'participant_left',
      at: NINE,
      participant: LAO_CAI.id,
      cause: 'left',
      by: null,
    });
    expect([
      ids(after.participants),
      after.switches.has(LAO_CAI.id),
      after.levels.size,
      after.lines.size,
      after.dominant,
    ]).toEqual([['chair', 'laichau'], false, 0, 0, null]);
  });

  test('a lost line keeps the seat, and says until when', () => {
    const lost = evolve(aMeeting(), {
      type: 'participant_lost',
      at: NINE,
      participant: LAO_CAI.id,
      until: NINE + 60_000,
    });
    expect(lost.participants.find(({ id }) => id === LAO_CAI.id)?.connected).toBe(false);
    expect(lost.keptUntil.get(LAO_CAI.id)).toBe(NINE + 60_000);
    const back = evolve(lost, { type: 'participant_back', at: NINE, participant: LAO_CAI.id });
    expect(back).toEqual(aMeeting());
  });
});

describe('rights and switches', () => {
  test('a right that is not named stays as it is', () => {
    const after = evolve(aMeeting(), {
      type: 'rights_changed',
      at: NINE,
      participants: [LAO_CAI.id],
      by,
      may_speak: false,
      may_show: null,
      may_share: null,
    });
    expect(after.participants.map(({ may_speak, may_show }) => [may_speak, may_show])).toEqual([
      [true, true],
      [false, true],
      [true, true],
    ]);
  });

  test('R16: allowing to speak turns no microphone on', () => {
    const muted = someone('muted', { may_speak: false });
    const meeting = begin(aPicture([muted]), NINE);
    const after = evolve(meeting, {
      type: 'rights_changed',
      at: NINE,
      participants: [muted.id],
      by,
      may_speak: true,
      may_show: null,
      may_share: null,
    });
    expect(after.switches.get(muted.id)?.microphone).toBe(false);
  });

  test('muting turns off the microphones of those who are named, and nothing else', () => {
    const on = { microphone: true, camera: true, screen: false };
    const meeting = reduce(aMeeting(), {
      type: 'switches',
      switches: [
        { participant: LAO_CAI.id, ...on },
        { participant: LAI_CHAU.id, ...on },
      ],
    });
    const after = evolve(meeting, { type: 'muted', at: NINE, participants: [LAO_CAI.id], by });
    expect([after.switches.get(LAO_CAI.id), after.switches.get(LAI_CHAU.id)]).toEqual([
      { participant: LAO_CAI.id, ...on, microphone: false },
      { participant: LAI_CHAU.id, ...on },
    ]);
  });

  test('switches told after their owner has left are not kept', () => {
    const left: MeetingEvent = {
      type: 'participant_left',
      at: NINE,
      participant: LAO_CAI.id,
      cause: 'left',
      by: null,
    };
    const after = reduce(evolve(aMeeting(), left), {
      type: 'switches',
      switches: [{ participant: LAO_CAI.id, microphone: false, camera: false, screen: false }],
    });
    expect(after.switches.has(LAO_CAI.id)).toBe(false);
  });

  test('levels are those of now: who is not named is silent', () => {
    const loud = reduce(aMeeting(), { type: 'levels', levels: [{ participant: by, level: 80 }], dominant: by });
    const after = reduce(loud, { type: 'levels', levels: [], dominant: by });
    expect([after.levels.size, after.dominant]).toEqual([0, by]);
  });
});

describe('the room', () => {
  const table: readonly [MeetingEvent, Partial<ReturnType<typeof aMeeting>['meeting']>][] = [
    [
      { type: 'meeting_opened', at: NINE + 5, by },
      { state: 'opened', opened_at: NINE + 5 },
    ],
    [{ type: 'meeting_closed', at: NINE, by, cause: 'ended' }, { state: 'closed' }],
    [{ type: 'all_muted', at: NINE, on: true, by }, { muted_all: true }],
    [{ type: 'room_locked', at: NINE, locked: true, by }, { locked: true }],
    [{ type: 'layout_set', at: NINE, layout: 'conference', by }, { layout: 'conference' }],
    [{ type: 'stage_set', at: NINE, participants: [LAO_CAI.id], by }, { stage: [LAO_CAI.id] }],
  ];
  test.each(table)('$type', (event, expected) => {
    expect(evolve(aMeeting(), event).meeting).toEqual({ ...aMeeting().meeting, ...expected });
  });

  test("the lobby is the chair's again when whom it was given to is no secretary any more, or leaves", () => {
    const role = (of: 'secretary' | 'attendee') =>
      ({ type: 'role_changed', at: NINE, participant: LAO_CAI.id, role: of, branch: null, by }) as const;
    const given = { type: 'lobby_given', at: NINE, participant: LAO_CAI.id, by } as const;
    const kept = evolve(evolve(aMeeting(), role('secretary')), given);
    expect(kept.meeting.lobby_keeper).toBe(LAO_CAI.id);
    expect(evolve(kept, { type: 'room_locked', at: NINE, locked: true, by }).meeting.lobby_keeper).toBe(LAO_CAI.id);
    expect(evolve(kept, role('attendee')).meeting.lobby_keeper).toBeNull();
    const left = { type: 'participant_left', at: NINE, participant: LAO_CAI.id, cause: 'left', by: null } as const;
    expect(evolve(kept, left).meeting.lobby_keeper).toBeNull();
  });

  test('a new role and a corrected name stand in the list', () => {
    const name = aName('Sở TNMT Sơn La');
    let meeting = evolve(aMeeting(), {
      type: 'role_changed',
      at: NINE,
      participant: LAO_CAI.id,
      role: 'co_chair',
      branch: null,
      by,
    });
    meeting = evolve(meeting, { type: 'name_changed', at: NINE, participant: LAO_CAI.id, name, by });
    expect(meeting.participants[1]).toEqual({ ...LAO_CAI, role: 'co_chair', name });
  });
});

describe('the lobby', () => {
  const minh = anApplicant('minh');
  const hoa = anApplicant('hoa');
  const waiting = begin(aPicture([CHAIR], { lobby: [minh, hoa] }), NINE);

  test('keeps the place of somebody who corrected the name', () => {
    const corrected = { ...minh, name: aName('Sở TNMT Sơn La') };
    const after = evolve(waiting, { type: 'lobby_entered', at: NINE, applicant: corrected });
    expect(after.lobby).toEqual([corrected, hoa]);
  });

  test('takes newcomers in at the end', () => {
    const after = evolve(waiting, { type: 'lobby_entered', at: NINE, applicant: anApplicant('lan') });
    expect(ids(after.lobby)).toEqual(['minh', 'hoa', 'lan']);
  });

  test('loses who was admitted or refused', () => {
    const after = evolve(waiting, {
      type: 'lobby_left',
      at: NINE,
      applicant: minh.id,
      outcome: 'admitted',
      by,
    });
    expect(ids(after.lobby)).toEqual(['hoa']);
  });
});

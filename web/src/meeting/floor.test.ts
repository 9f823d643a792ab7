import { describe, expect, test } from 'vitest';
import type { FloorEvent, FloorView } from '../protocol/floor';
import type { ParticipantId } from '../protocol/messages';
import { aFloor, aSpeech, aTurn, NINE } from './build';
import { evolveFloor, floorNow } from './floor';

const [A, B, C] = ['a', 'b', 'c'] as unknown as [ParticipantId, ParticipantId, ParticipantId];
const asked = (participant: ParticipantId, place: number): FloorEvent => ({
  type: 'floor_asked',
  at: NINE,
  participant,
  place,
});
const ended = (participant: ParticipantId, change: Partial<FloorEvent & { type: 'turn_ended' }> = {}): FloorEvent => ({
  type: 'turn_ended',
  at: NINE,
  participant,
  cause: 'finished',
  by: null,
  spoken_ms: 0,
  back_in_queue: false,
  ...change,
});
const after = (floor: FloorView, ...events: FloorEvent[]) => events.reduce(evolveFloor, floor);
const queue = ({ queue }: FloorView) => queue.map(({ participant }) => participant);
const waiting = aFloor({ queue: [A, B, C].map((participant) => ({ participant, since: NINE })) });

describe('the queue', () => {
  test('takes whoever asks at the place that the server gave', () => {
    expect(queue(after(aFloor(), asked(A, 0), asked(B, 1), asked(C, 1)))).toEqual([A, C, B]);
  });

  test('has each person once', () => {
    expect(queue(after(waiting, asked(A, 2)))).toEqual([B, C, A]);
  });

  test.each([
    [2, [B, C, A]],
    [1, [B, A, C]],
    [0, [A, B, C]],
  ])('moves the first to place %d', (place, order) => {
    expect(queue(after(waiting, { type: 'request_moved', at: NINE, participant: A, place, by: null }))).toEqual(order);
  });

  test('a request that is moved keeps the time since it was asked', () => {
    const moved = after(waiting, { type: 'request_moved', at: NINE + 9_000, participant: C, place: 0, by: null });
    expect(moved.queue[0]).toEqual({ participant: C, since: NINE });
  });

  test('loses who withdrew, and who was given the floor', () => {
    const gone = after(
      waiting,
      { type: 'floor_withdrawn', at: NINE, participant: A, cause: 'withdrawn', by: null, reason: '' },
      { type: 'turn_granted', at: NINE, turn: aTurn('b') },
    );
    expect(queue(gone)).toEqual([C]);
  });

  test('a turn that lapsed puts its holder first again', () => {
    const floor = after(
      aFloor({ ...waiting, turns: [aTurn('d')] }),
      ended('d' as ParticipantId, { back_in_queue: true }),
    );
    expect(queue(floor)).toEqual(['d', A, B, C]);
    expect(floor.turns).toEqual([]);
  });
});

describe('turns', () => {
  test('what was spoken is added up over several turns', () => {
    const floor = after(
      aFloor({ spoken: [{ participant: A, spoken_ms: 30_000 }] }),
      ended(A, { spoken_ms: 60_000 }),
      ended(B),
    );
    expect(floor.spoken).toEqual([{ participant: A, spoken_ms: 90_000 }]);
  });

  test('what somebody spoke before coming in anew stays theirs', () => {
    const floor = after(aFloor({ spoken: [{ participant: A, spoken_ms: 30_000 }] }), {
      type: 'spoken_kept',
      at: NINE,
      participant: B,
      former: A,
      spoken_ms: 30_000,
    });
    expect(floor.spoken).toEqual([{ participant: B, spoken_ms: 30_000 }]);
  });

  test('a changed turn stands in the place of the one before', () => {
    const held = aSpeech('a', { state: 'held', held_because: 'chair', left_ms: 90_000, ends_at: null });
    const floor = after(aFloor({ turns: [aSpeech('a'), aSpeech('b')] }), {
      type: 'turn_changed',
      at: NINE,
      turn: held,
      change: 'held',
      by: null,
    });
    expect(floor.turns.map(({ participant, state }) => [participant, state])).toEqual([
      [A, 'held'],
      [B, 'speaking'],
    ]);
  });

  test('the speaking seat stays with the last speaker until the next one begins', () => {
    let floor = after(aFloor(), { type: 'turn_started', at: NINE, turn: aSpeech('a') });
    expect(floorNow(floor, NINE).holder).toBe(A);
    floor = after(floor, ended(A), { type: 'turn_granted', at: NINE, turn: aTurn('b') });
    expect(floorNow(floor, NINE).holder).toBe(A);
    floor = after(floor, { type: 'turn_started', at: NINE, turn: aSpeech('b') });
    expect(floorNow(floor, NINE).holder).toBe(B);
  });

  test('settings change for all', () => {
    const floor = after(aFloor(), { type: 'floor_set', at: NINE, turn_s: 180, at_once: 3, overrun: 'warn', by: null });
    expect([floor.turn_s, floor.at_once, floor.overrun]).toEqual([180, 3, 'warn']);
  });
});

describe('the clock of a turn', () => {
  const at = (turn: ReturnType<typeof aTurn>, afterMs: number) =>
    floorNow(aFloor({ turns: [turn] }), NINE + afterMs).turns[0];

  test('counts down while the turn is spoken', () => {
    expect(at(aSpeech('a'), 166_000)).toMatchObject({ leftMs: 134_000, limitMs: 300_000, spokenMs: 166_000 });
  });

  test('goes below zero where time may run over', () => {
    expect(at(aSpeech('a'), 320_000)).toMatchObject({ leftMs: -20_000, limitMs: 300_000 });
  });

  test('stands still while the turn is held, and shows the time that is left', () => {
    const held = aSpeech('a', { state: 'held', ends_at: null, started_at: null, left_ms: 90_000, spoken_ms: 210_000 });
    expect(at(held, 500_000)).toMatchObject({ leftMs: 90_000, limitMs: 300_000, spokenMs: 210_000 });
  });

  test('does not run before the turn is taken; the invitation has a clock of its own', () => {
    expect(at(aTurn('a'), 12_000)).toMatchObject({ leftMs: 300_000, lapsesInMs: 48_000, spokenMs: 0 });
  });

  test('without a limit only counts what was spoken', () => {
    expect(at(aSpeech('a', { ends_at: null }), 40_000)).toMatchObject({
      leftMs: null,
      limitMs: null,
      spokenMs: 40_000,
    });
  });

  test('a stretch that goes on now counts among what was spoken', () => {
    const floor = aFloor({ turns: [aSpeech('a')], spoken: [{ participant: A, spoken_ms: 60_000 }] });
    expect(floorNow(floor, NINE + 30_000).spoken.get(A)).toBe(90_000);
  });
});

describe('the likely waiting time', () => {
  const minutes = (floor: FloorView, nowMs = NINE) => {
    const now = floorNow(floor, nowMs);
    return [...now.queue.map(({ comesInMs }) => comesInMs), now.newcomerInMs].map((ms) => ms && ms / 60_000);
  };

  test('is what is left of this turn and the turns before', () => {
    expect(minutes({ ...waiting, turns: [aSpeech('a')] }, NINE + 180_000)).toEqual([2, 7, 12, 17]);
  });

  test('is none for the first when nobody speaks', () => {
    expect(minutes(waiting)).toEqual([0, 5, 10, 15]);
  });

  test('is shared among those who speak at once', () => {
    expect(minutes({ ...waiting, at_once: 2, turns: [aSpeech('a')] })).toEqual([0, 5, 5, 10]);
  });

  test('follows those who spoke so far when turns have no limit, and is not guessed before', () => {
    const spoken = [
      { participant: A, spoken_ms: 120_000 },
      { participant: B, spoken_ms: 240_000 },
    ];
    expect(minutes({ ...waiting, turn_s: null, spoken })).toEqual([0, 3, 6, 9]);
    expect(minutes({ ...waiting, turn_s: null })).toEqual([null, null, null, null]);
  });
});

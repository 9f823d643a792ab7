import { expect, test } from 'vitest';
import { aFloor, aSpeech, aTurn, NINE } from '../../meeting/build';
import { floorNow } from '../../meeting/floor';
import type { ParticipantId } from '../../protocol/messages';
import { foremost, isFull, leftShare, nextOf, urgencyOf } from './view';

const queue = ['a', 'b'].map((participant) => ({ participant: participant as ParticipantId, since: NINE }));
const seat = (id: string, connected = true) => ({ id, connected });

test('the next one is the first who is there; who lost the line keeps the place and is passed over', () => {
  const floor = floorNow(aFloor({ queue }), NINE);
  expect(nextOf(floor, [seat('a'), seat('b')])?.participant).toBe('a');
  expect(nextOf(floor, [seat('a', false), seat('b')])?.participant).toBe('b');
  expect(nextOf(floor, [])).toBeNull();
});

test('an invitation that waits takes a place of those who speak at once', () => {
  expect(isFull(floorNow(aFloor({ turns: [aTurn('a')] }), NINE))).toBe(true);
  expect(isFull(floorNow(aFloor({ turns: [aTurn('a')], at_once: 2 }), NINE))).toBe(false);
});

test('keys are about who speaks, before who is only invited', () => {
  const floor = floorNow(aFloor({ turns: [aTurn('a'), aSpeech('b')] }), NINE);
  expect(foremost(floor)?.participant).toBe('b');
});

test.each([
  [120_000, 'calm'],
  [60_000, 'amber'],
  [10_000, 'soon'],
  [0, 'over'],
  [-5_000, 'over'],
  [null, 'calm'],
] as const)('with %s ms left a turn is %s', (leftMs, urgency) => {
  expect(urgencyOf({ leftMs, state: 'speaking' })).toBe(urgency);
});

test('a turn that waits to be taken is never urgent', () => {
  expect(urgencyOf({ leftMs: 5_000, state: 'granted' })).toBe('calm');
});

test.each([
  [300_000, 300_000, 1],
  [150_000, 300_000, 0.5],
  [-20_000, 300_000, 0],
  [null, null, 0],
])('with %s of %s ms left the bar shows %s', (leftMs, limitMs, share) => {
  expect(leftShare({ leftMs, limitMs })).toBe(share);
});

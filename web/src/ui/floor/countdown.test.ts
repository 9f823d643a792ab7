import { expect, test } from 'vitest';
import { aFloor, aSpeech, NINE } from '../../meeting/build';
import { floorNow } from '../../meeting/floor';
import { Countdown } from './countdown';

const turn = (change = {}) => aFloor({ turns: [aSpeech('a', change)] });

function marks(floor: ReturnType<typeof turn>, ...lefts: readonly number[]): (number | undefined)[] {
  const countdown = new Countdown();
  return lefts.map((left) => countdown.at(floorNow(floor, NINE + 300_000 - left * 1000).turns)[0]?.mark);
}

test('60, 30, 10 seconds and the end are told once each', () => {
  expect(marks(turn(), 61, 60, 59.5, 30.2, 30, 10, 9, 0.4, 0, -1)).toEqual([
    undefined,
    60,
    undefined,
    undefined,
    30,
    10,
    undefined,
    undefined,
    0,
    undefined,
  ]);
});

test('a turn that is first seen in its last seconds tells what is still to come only', () => {
  expect(marks(turn(), 25, 24, 10)).toEqual([undefined, undefined, 10]);
});

test('a page that slept tells what is true now, not all it missed', () => {
  expect(marks(turn(), 100, 5)).toEqual([undefined, 10]);
});

test('more time makes a mark due again', () => {
  expect(marks(turn(), 61, 59, 119, 60)).toEqual([undefined, 60, undefined, 60]);
});

test('a turn without a limit, and one that stands still, have no marks', () => {
  expect(marks(turn({ ends_at: null }), 61, 59)).toEqual([undefined, undefined]);
  expect(marks(turn({ state: 'held', left_ms: 59_000 }), 61, 59)).toEqual([undefined, undefined]);
});

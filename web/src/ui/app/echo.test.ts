import { expect, test } from 'vitest';
import type { ParticipantId } from '../../protocol/messages';
import { Echo } from './echo';

const [YOU, OTHER, THIRD] = ['you', 'other', 'third'].map((id) => id as ParticipantId) as [
  ParticipantId,
  ParticipantId,
  ParticipantId,
];
const LOUD = 100;

/** Words of a second, pauses of a second; `other` gives how loud the second microphone is at a tick. */
function found(other: (tick: number) => boolean, own: (tick: number) => boolean = (tick) => tick % 20 < 10) {
  const echo = new Echo();
  let last: ParticipantId | null = null;
  for (let tick = 0; tick < 200; tick += 1) {
    const levels = new Map<ParticipantId, number>();
    if (own(tick)) levels.set(YOU, LOUD);
    if (other(tick)) levels.set(OTHER, LOUD);
    levels.set(THIRD, 20);
    last = echo.at(levels, YOU) ?? last;
  }
  return last;
}

test('a microphone that is loud exactly when the own one is stands in the same room', () => {
  expect(found((tick) => tick % 20 < 10)).toBe(OTHER);
});

test('it may hear it a tenth of a second later', () => {
  expect(found((tick) => (tick + 19) % 20 < 10)).toBe(OTHER);
});

test('somebody who answers is not in the room', () => {
  expect(found((tick) => tick % 20 >= 10)).toBeNull();
});

test('somebody who talks over it now and then is not in the room', () => {
  expect(found((tick) => tick % 20 < 10 || tick % 40 > 30)).toBeNull();
});

test('one long speech proves nothing', () => {
  expect(
    found(
      () => true,
      () => true,
    ),
  ).toBeNull();
});

import { expect, test } from 'vitest';
import type { ParticipantId } from '../../protocol/messages';
import { RING_AFTER_MS, RING_STAYS_MS, Speaking, SPEECH_LEVEL } from './speaking';

const AN = 'an' as ParticipantId;
const LOUD = new Map([[AN, 100]]);
const QUIET = new Map<ParticipantId, number>();

test('a ring comes after 150 ms of speech, not with a click of the tongue', () => {
  const speaking = new Speaking();
  expect(speaking.at(LOUD, 0).has(AN)).toBe(false);
  expect(speaking.at(LOUD, RING_AFTER_MS).has(AN)).toBe(true);
});

test('a ring stays through a pause for breath and leaves 600 ms after the last sound', () => {
  const speaking = new Speaking();
  speaking.at(LOUD, 0);
  speaking.at(LOUD, 200);
  expect(speaking.at(QUIET, 200 + RING_STAYS_MS).has(AN)).toBe(true);
  expect(speaking.at(QUIET, 201 + RING_STAYS_MS).has(AN)).toBe(false);
});

test('the noise of a room is no speech', () => {
  const speaking = new Speaking();
  const noise = new Map([[AN, SPEECH_LEVEL - 1]]);
  speaking.at(noise, 0);
  expect(speaking.at(noise, 500).size).toBe(0);
});

test('while nothing changes the same set is given, so that nothing is drawn anew', () => {
  const speaking = new Speaking();
  speaking.at(LOUD, 0);
  expect(speaking.at(LOUD, 200)).toBe(speaking.at(LOUD, 300));
});

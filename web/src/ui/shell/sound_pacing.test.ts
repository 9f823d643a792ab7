import { expect, test } from 'vitest';
import { SoundPacing } from './sound_pacing';

const EARS = { volume: 0.5, speaking: false };

test('of many who knock one hears at most one in 20 s', () => {
  const pacing = new SoundPacing();
  const seconds = Array.from({ length: 60 }, (_, second) => second);
  expect(seconds.filter((second) => pacing.take('knock', second * 1_000, EARS))).toEqual([0, 20, 40]);
});

test('the own turn is heard beside a knock', () => {
  const pacing = new SoundPacing();
  expect([pacing.take('knock', 0, EARS), pacing.take('turn', 0, EARS)]).toEqual([true, true]);
});

test('nothing sounds in a room that speaks, nor at volume 0', () => {
  const pacing = new SoundPacing();
  expect(pacing.take('turn', 0, { ...EARS, speaking: true })).toBe(false);
  expect(pacing.take('turn', 0, { ...EARS, volume: 0 })).toBe(false);
});

test('a sound that was kept back does not count as heard', () => {
  const pacing = new SoundPacing();
  pacing.take('knock', 0, { ...EARS, speaking: true });
  expect(pacing.take('knock', 1, EARS)).toBe(true);
});

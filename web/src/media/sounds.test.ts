import { expect, test } from 'vitest';
import { chime } from './chime';
import { loudness } from './level';

test('the test sound is a WAV file of its stated length that starts and ends in silence', () => {
  const file = new DataView(chime().buffer);
  const text = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((i) => file.getUint8(at + i)));
  const samples = (file.byteLength - 44) / 2;
  expect([text(0), text(8), text(36)]).toEqual(['RIFF', 'WAVE', 'data']);
  expect([file.getUint32(4, true), file.getUint32(40, true)]).toEqual([file.byteLength - 8, samples * 2]);
  expect(Math.abs(file.getInt16(44, true))).toBeLessThan(10);
  expect(Math.abs(file.getInt16(44 + (samples - 1) * 2, true))).toBeLessThan(2_000);
  const loudest = Math.max(...Array.from({ length: samples }, (_, i) => file.getInt16(44 + i * 2, true)));
  expect(loudest).toBeGreaterThan(5_000);
});

test.each([
  [0, 0],
  [0.0005, 0],
  [0.01, 0.4],
  [0.5, 1],
])('a level of %d is drawn as about %d', (level, drawn) => {
  expect(loudness(new Float32Array(64).fill(level))).toBeCloseTo(drawn, 1);
});

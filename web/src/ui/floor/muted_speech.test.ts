import { expect, test } from 'vitest';
import { AFTER_MS, AGAIN_MS, MutedSpeech } from './muted_speech';

const TICK_MS = 100;

/** The moments at which it is said, for a level at each tick. */
function said(speech: MutedSpeech, level: (atMs: number) => number, untilMs: number, muted = true): number[] {
  const moments: number[] = [];
  for (let at = 0; at <= untilMs; at += TICK_MS) if (speech.at(level(at), muted, at)) moments.push(at);
  return moments;
}

test('speech into a closed microphone is noticed after a while, and once', () => {
  expect(said(new MutedSpeech(), () => 0.5, 10_000)).toEqual([AFTER_MS]);
});

test('the pauses between words do not start it anew', () => {
  expect(said(new MutedSpeech(), (at) => (at % 500 < 200 ? 0.5 : 0), 10_000)).toHaveLength(1);
});

test('a cough is no speech', () => {
  expect(said(new MutedSpeech(), (at) => (at % 5_000 < 400 ? 0.9 : 0), 20_000)).toEqual([]);
});

test('quiet noise is no speech', () => {
  expect(said(new MutedSpeech(), () => 0.3, 10_000)).toEqual([]);
});

test('an open microphone needs no hint', () => {
  expect(said(new MutedSpeech(), () => 0.5, 10_000, false)).toEqual([]);
});

test('it is said again only after a long time', () => {
  expect(said(new MutedSpeech(), () => 0.5, AGAIN_MS + 10_000)).toEqual([AFTER_MS, AFTER_MS + AGAIN_MS]);
});

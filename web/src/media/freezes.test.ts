import { expect, test } from 'vitest';
import { Freezes, framesDecoded } from './freezes';

const frames = (count: number) => new Map([['a camera', count]]);

test('a picture without a new frame for 2 s stands still', () => {
  const freezes = new Freezes();
  freezes.at(0, frames(10));
  expect([...freezes.at(1_900, frames(10))]).toEqual([]);
  expect([...freezes.at(2_000, frames(10))]).toEqual([['a camera', 0]]);
});

test('one frame is enough to move again', () => {
  const freezes = new Freezes();
  freezes.at(0, frames(10));
  freezes.at(2_000, frames(10));
  expect([...freezes.at(3_000, frames(11))]).toEqual([]);
});

test('a picture that was hidden starts anew', () => {
  const freezes = new Freezes();
  freezes.at(0, frames(10));
  freezes.at(1_000, new Map());
  expect([...freezes.at(3_000, frames(10))]).toEqual([]);
});

test('frames are counted by track', () => {
  const reports = [
    { type: 'inbound-rtp', trackIdentifier: 't1', framesDecoded: 7 },
    { type: 'inbound-rtp', trackIdentifier: 'other', framesDecoded: 9 },
    { type: 'track', trackIdentifier: 't1', framesDecoded: 1 },
  ];
  const decoded = framesDecoded(reports, new Map([['a camera', { id: 't1' } as MediaStreamTrack]]));
  expect([...decoded]).toEqual([['a camera', 7]]);
});

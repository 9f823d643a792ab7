import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ParticipantId, Tile } from '../protocol/messages';
import { isSince, Slots } from './slots';

class FakeStream {
  constructor(readonly tracks: readonly unknown[]) {}
  getVideoTracks = () => this.tracks;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('MediaStream', FakeStream);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const id = (name: string) => name as ParticipantId;
const tile = (slot: number, name: string): Tile => ({
  slot,
  participant: id(name),
  source: 'camera',
  width: 320,
  height: 180,
});
const shows = (slot: number, name: string, rtp_time: number | null) =>
  ({ slot, participant: id(name), source: 'camera', rtp_time }) as const;

function twoSlots() {
  const rtp: (number | undefined)[][] = [[], []];
  const receivers = [0, 1].map((slot) => ({
    track: { id: `track ${slot}` } as MediaStreamTrack,
    getSynchronizationSources: () =>
      (rtp[slot] ?? []).map((rtpTimestamp) => (rtpTimestamp === undefined ? {} : { rtpTimestamp })),
  }));
  const slots = new Slots(() => undefined);
  slots.open(new Map(receivers.entries()));
  const names = () => [...slots.streams.keys()];
  const passes = (ms: number) => vi.advanceTimersByTime(ms);
  return { slots, rtp, names, passes, receivers };
}

test('a picture goes on when more slots come to the same connection', () => {
  const { slots, rtp, names, passes, receivers } = twoSlots();
  slots.ask([tile(0, 'a')]);
  slots.tell(shows(0, 'a', 9_000));
  rtp[0] = [9_000];
  passes(20);
  const before = slots.streams.get('a camera');
  rtp[0] = [];
  slots.open(new Map([...receivers, ...receivers.slice(1)].entries()));
  expect(names()).toEqual(['a camera']);
  expect(slots.streams.get('a camera')).toBe(before);
});

describe('a picture is shown', () => {
  test('when a frame of its time was decoded, and not before', () => {
    const { slots, rtp, names, passes } = twoSlots();
    slots.ask([tile(0, 'a')]);
    slots.tell(shows(0, 'a', 9_000));
    rtp[0] = [8_999];
    passes(1_000);
    expect(names()).toEqual([]);
    rtp[0] = [9_000];
    passes(20);
    expect(names()).toEqual(['a camera']);
  });

  test('only where the page asked for it', () => {
    const { slots, rtp, names, passes } = twoSlots();
    slots.ask([tile(0, 'a')]);
    slots.tell(shows(0, 'b', 9_000));
    rtp[0] = [9_000];
    passes(1_000);
    expect(names()).toEqual([]);
  });

  test('as the same stream for as long as it is the same picture', () => {
    const { slots, rtp, passes } = twoSlots();
    slots.ask([tile(0, 'a')]);
    slots.tell(shows(0, 'a', 9_000));
    rtp[0] = [9_000];
    passes(20);
    const before = slots.streams.get('a camera');
    slots.ask([tile(0, 'a'), tile(1, 'b')]);
    slots.tell(shows(0, 'a', 9_000)); // repeated after a lost line
    expect(slots.streams.get('a camera')).toBe(before);
  });

  test('after 200 ms where the browser tells no time stamps', () => {
    const { slots, rtp, names, passes } = twoSlots();
    slots.ask([tile(0, 'a')]);
    slots.tell(shows(0, 'a', 9_000));
    rtp[0] = [undefined];
    passes(180);
    expect(names()).toEqual([]);
    passes(40);
    expect(names()).toEqual(['a camera']);
  });
});

describe('never a wrong name under a face', () => {
  function aShown() {
    const all = twoSlots();
    all.slots.ask([tile(0, 'a')]);
    all.slots.tell(shows(0, 'a', 9_000));
    all.rtp[0] = [12_000];
    all.passes(20);
    return all;
  }

  test('a slot that will carry another picture hides the old one at once', () => {
    const { slots, names } = aShown();
    slots.tell(shows(0, 'b', 15_000));
    expect(names()).toEqual([]);
  });

  test('a picture that the page stopped asking for is hidden before the server answers', () => {
    const { slots, names, rtp, passes } = aShown();
    slots.ask([tile(0, 'b')]);
    expect(names()).toEqual([]);
    slots.tell(shows(0, 'b', 15_000));
    rtp[0] = [14_000]; // the old picture, still on its way
    passes(1_000);
    expect(names()).toEqual([]);
    rtp[0] = [15_000];
    passes(20);
    expect(names()).toEqual(['b camera']);
  });

  test('the same picture from a later time on is looked for anew', () => {
    const { slots, names } = aShown();
    slots.tell(shows(0, 'a', 90_000));
    expect(names()).toEqual([]);
  });

  test('a slot without a picture shows none', () => {
    const { slots, names } = aShown();
    slots.tell({ slot: 0, participant: null, source: null, rtp_time: null });
    expect(names()).toEqual([]);
  });

  test('a new peer connection shows nothing until the server says what it carries', () => {
    const { slots, names, receivers, passes } = aShown();
    slots.reset();
    slots.open(new Map(receivers.entries()));
    passes(1_000);
    expect(names()).toEqual([]);
  });

  test('what the server said before the answer was taken holds', () => {
    const { slots, names, receivers, rtp, passes } = aShown();
    slots.reset();
    slots.tell(shows(0, 'a', 500));
    rtp[0] = [600];
    passes(100);
    expect(names()).toEqual([]);
    slots.open(new Map(receivers.entries()));
    expect(names()).toEqual(['a camera']);
  });
});

test.each([
  [10, 5, true],
  [5, 5, true],
  [4, 5, false],
  [3, 0xffff_fff0, true],
  [0xffff_fff0, 3, false],
])('RTP time goes round: %i is since %i: %s', (time, from, expected) => {
  expect(isSince(time, from)).toBe(expected);
});

test('nothing is looked for after the end', () => {
  const { slots, passes } = twoSlots();
  slots.ask([tile(0, 'a')]);
  slots.tell(shows(0, 'a', 1));
  slots.close();
  passes(10_000);
  expect(vi.getTimerCount()).toBe(0);
});

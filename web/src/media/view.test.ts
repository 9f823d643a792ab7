import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ParticipantId, Tile } from '../protocol/messages';
import { View } from './view';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const ROOM = { slots: 9, you: null };
const picture = (width: number) => ({
  participant: 'p_an' as ParticipantId,
  source: 'camera' as const,
  width,
  height: (width * 9) / 16,
});

function aView() {
  const told: number[] = [];
  const tell = ([tile]: readonly Tile[]) => void told.push(tile?.width ?? 0);
  return { view: new View({ show: () => undefined, tell }), told };
}

test('the server hears of a change when the event is over, and once of all that it changed', () => {
  const { view, told } = aView();
  view.want([picture(320)], ROOM);
  view.want([picture(640)], ROOM);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual([640]);
});

test('of changes that follow each other it hears now and then, and of the last one', () => {
  const { view, told } = aView();
  for (const width of [320, 330, 340, 350, 360]) {
    view.want([picture(width)], ROOM);
    vi.advanceTimersByTime(8);
  }
  vi.advanceTimersByTime(20);
  expect(told).toEqual([320, 340, 360]);
});

import { expect, test } from 'vitest';
import type { ChatLine } from '../stage/view';
import { newest, unread } from './reading';

const line = (number: number, own = false): ChatLine => ({
  number,
  at: 0,
  writer: '',
  point: '',
  to: 'all',
  text: 'x',
  own,
});

test.each([
  [[], 0, 0],
  [[line(1), line(3), line(4)], 0, 3],
  [[line(1), line(3), line(4)], 1, 2],
  [[line(1), line(3, true), line(4)], 1, 1],
  [[line(1)], 1, 0],
])('of lines %# behind %i, %i are unread', (lines, seen, count) => {
  expect(unread(lines, seen)).toBe(count);
});

test('the newest is the last', () => {
  expect([newest([]), newest([line(2), line(7)])]).toEqual([0, 7]);
});

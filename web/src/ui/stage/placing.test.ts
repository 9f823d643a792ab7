import { expect, test } from 'vitest';
import { aSeat } from './build';
import type { Standing } from './arrange';
import { Placing } from './placing';

const an: Standing = { seat: aSeat('an'), source: 'camera' };
const binh: Standing = { seat: aSeat('binh'), source: 'camera' };
const STRIP = { lines: 1, height: 30, fontSize: 14, stacked: false };
const at = (left: number) => ({ left, top: 0, width: 160, picture: 90 });
const PLACES = { boxes: [at(0), at(168)], strips: [STRIP, STRIP] };

test('a picture whose seat and place are as before stays the same value', () => {
  const placing = new Placing();
  const [first] = placing.place([an, binh], PLACES);
  const [still, other] = placing.place([{ ...an }, { ...binh, seat: aSeat('binh', { micOn: true }) }], PLACES);
  expect(still).toBe(first);
  expect(other?.seat.micOn).toBe(true);
});

test('what has no place is not drawn', () => {
  expect(new Placing().place([an, binh], { boxes: [at(0)], strips: [STRIP] })).toHaveLength(1);
});

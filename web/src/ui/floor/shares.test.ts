import { expect, test } from 'vitest';
import { shares, unitShares } from './shares';

const seat = (id: string, unit: string, role: 'attendee' | 'observer' | 'companion' = 'attendee') => ({
  id,
  point: id,
  person: '',
  unit,
  role,
});
const SEATS = [
  seat('a', 'Sở TNMT'),
  seat('b', 'UBND huyện'),
  seat('c', 'Sở TNMT'),
  seat('d', 'UBND huyện', 'observer'),
];
const SPOKEN = new Map([
  ['a', 60_000],
  ['c', 30_000],
]);

test('whoever may have the floor is listed in order, also who has not spoken', () => {
  expect(shares(SEATS, SPOKEN).map(({ id, spokenMs }) => [id, spokenMs])).toEqual([
    ['a', 60_000],
    ['b', 0],
    ['c', 30_000],
  ]);
});

test('a unit has the time of all its bridge points, and says how many of them have spoken', () => {
  expect(unitShares(SEATS, SPOKEN)).toEqual([
    { unit: 'Sở TNMT', spokenMs: 90_000, count: 2, spoke: 2 },
    { unit: 'UBND huyện', spokenMs: 0, count: 1, spoke: 0 },
  ]);
});

test('the unit that spoke longest stands first', () => {
  const units = unitShares(SEATS, new Map([['b', 1_000]])).map(({ unit }) => unit);
  expect(units).toEqual(['UBND huyện', 'Sở TNMT']);
});

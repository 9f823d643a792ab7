import { expect, test } from 'vitest';
import { arrange, type Wishes } from './arrange';
import { aSeat } from './build';

const seat = aSeat;
const WISHES: Wishes = { layout: 'grid', page: 0, perPage: 9, pinned: null, lastDominant: null };
const TEN = Array.from({ length: 10 }, (_, place) => seat(`s${place}`, place === 0 ? { role: 'chair' } : {}));
const ids = (wishes: Partial<Wishes>, seats = TEN) =>
  arrange(seats, { ...WISHES, ...wishes }).tiles.map(({ seat: { id }, source }) =>
    source === 'screen' ? `${id}*` : id,
  );

test('the grid keeps the order of the list while people speak', () => {
  expect(ids({ lastDominant: 's7' })).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8']);
});

test('the second page has the rest', () => {
  expect(ids({ page: 1 })).toEqual(['s9']);
});

test('the speaker view gives the large place to who led the talk last', () => {
  expect(ids({ layout: 'speaker', lastDominant: 's3' })).toEqual(['s3', 's0', 's1', 's2', 's4', 's5']);
});

test('before anybody spoke the chair has the large place', () => {
  expect(ids({ layout: 'speaker' })[0]).toBe('s0');
});

test('a pin is large whoever speaks', () => {
  expect(ids({ pinned: 's5', lastDominant: 's3' })[0]).toBe('s5');
});

test('a shared screen takes the large place and its owner keeps the tile', () => {
  const seats = TEN.map((each) => (each.id === 's2' ? { ...each, screenOn: true } : each));
  expect(ids({}, seats)).toEqual(['s2*', 's0', 's1', 's2', 's3', 's4']);
});

test('somebody alone is not both large and small', () => {
  expect(ids({ layout: 'speaker' }, [seat('me', { you: true })])).toEqual(['me']);
});

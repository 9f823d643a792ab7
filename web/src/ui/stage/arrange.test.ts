import { expect, test } from 'vitest';
import { arrange, type Wishes } from './arrange';
import { aSeat } from './build';

const seat = aSeat;
const WISHES: Wishes = {
  layout: 'grid',
  page: 0,
  perPage: 9,
  pinned: null,
  lastDominant: null,
  speakingSeat: null,
  stage: [],
};
const TEN = Array.from({ length: 10 }, (_, place) => seat(`s${place}`, place === 0 ? { role: 'chair' } : {}));
const ids = (wishes: Partial<Wishes>, seats = TEN) =>
  arrange(seats, { ...WISHES, ...wishes }).tiles.map(({ seat: { id }, source }) =>
    source === 'screen' ? `${id}*` : source === 'card' ? `(${id})` : id,
  );

test('the grid keeps the order of the list while people speak', () => {
  expect(ids({ lastDominant: 's7' })).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8']);
});

test('the second page has the rest, and the chair stands on every page', () => {
  expect(ids({ page: 1 })).toEqual(['s0', 's9']);
});

test('who has the floor stands in seat 2 of every page and leaves a card at the own place', () => {
  expect(ids({ speakingSeat: 's7' })).toEqual(['s0', 's7', 's1', 's2', 's3', 's4', 's5', 's6', '(s7)']);
  expect(ids({ speakingSeat: 's7', page: 1 })).toEqual(['s0', 's7', 's8', 's9']);
  const after = ids({ speakingSeat: 's8' });
  expect(after.slice(2)).toEqual(['s1', 's2', 's3', 's4', 's5', 's6', 's7']);
});

test('where all find room nobody stands there twice', () => {
  expect(ids({ speakingSeat: 's3' }, TEN.slice(0, 5))).toEqual(['s0', 's3', 's1', 's2', 's4']);
});

test('the stage follows the chair and who speaks, in the order of the chair', () => {
  expect(ids({ stage: ['s9', 's5'] })).toEqual(['s0', 's9', 's5', 's1', 's2', 's3', 's4', 's6', 's7']);
});

test('half of a page is left to the others, however many are on the stage', () => {
  const stage = ['s9', 's8', 's7', 's6', 's5'];
  expect(ids({ stage, page: 1 })).toEqual(['s0', 's9', 's8', 's7', 's4']);
});

test('two columns: who has the floor, the chair, three below', () => {
  expect(ids({ layout: 'two_columns', speakingSeat: 's4' })).toEqual(['s4', 's0', 's1', 's2', 's3']);
  expect(ids({ layout: 'two_columns', speakingSeat: 's4', page: 1 })).toEqual(['s4', 's0', '(s4)', 's5', 's6']);
});

test('the conference: who has the floor, the chair, five below, and nobody moves when the floor does', () => {
  expect(ids({ layout: 'conference', speakingSeat: 's2' })).toEqual(['s2', 's0', 's1', '(s2)', 's3', 's4', 's5']);
  expect(ids({ layout: 'conference', speakingSeat: 's4' })).toEqual(['s4', 's0', 's1', 's2', 's3', '(s4)', 's5']);
});

test('before the first turn the chair is large, beside whom is on the stage', () => {
  expect(ids({ layout: 'conference', stage: ['s6'] }).slice(0, 3)).toEqual(['s0', 's6', 's1']);
});

test('a card alone makes no second page', () => {
  const seven = TEN.slice(0, 7);
  expect(ids({ layout: 'conference', speakingSeat: 's2' }, seven)).toEqual(['s2', 's0', 's1', 's3', 's4', 's5', 's6']);
});

test('a presentation without a shared screen shows who speaks', () => {
  expect(ids({ layout: 'presentation', speakingSeat: 's2' })[0]).toBe('s2');
});

test('a shared screen is large in every layout of the chair', () => {
  const seats = TEN.map((each) => (each.id === 's2' ? { ...each, screenOn: true } : each));
  expect(arrange(seats, { ...WISHES, layout: 'conference' })).toMatchObject({ layout: 'presentation', large: 1 });
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

test('where there is no room for large and small ones, equal pictures stand on more pages', () => {
  const seats = [aSeat('chair', { role: 'chair' }), aSeat('an'), aSeat('binh')];
  const wishes = { ...WISHES, layout: 'conference', perPage: 2, speakingSeat: 'an', low: true } as const;
  expect(arrange(seats, wishes)).toMatchObject({ layout: 'grid', large: 0 });
  const shared = arrange([...seats, aSeat('em', { screenOn: true })], wishes);
  expect(shared.tiles.map(({ seat, source }) => [seat.id, source])).toEqual([['em', 'screen']]);
});

test.each(['speaker', 'two_columns', 'conference', 'presentation'] as const)(
  'in %s on an upright phone a page holds no more than has room, and everybody stands on some page',
  (layout) => {
    for (const film of [4, 2]) {
      const wishes = { layout, film, upright: true, speakingSeat: 's4' };
      const { pages } = arrange(TEN, { ...WISHES, ...wishes }).pages;
      const all = Array.from({ length: pages }, (_, page) => ids({ ...wishes, page }));
      for (const tiles of all) expect(tiles.length).toBeLessThanOrEqual(1 + film);
      for (const { id } of TEN) expect(all.flat()).toContain(id);
    }
  },
);

import { expect, test } from 'vitest';
import { anApplicantView } from '../stage/build';
import { foldedRows } from './lobby_rows';

const invited = (id: string) => anApplicantView(id, { invited: true });
const stranger = (id: string) => anApplicantView(id);
const ids = (...[rows, refused = []]: [Parameters<typeof foldedRows>[0], string[]?]) =>
  foldedRows(rows, refused).map(({ id }) => id);

test('four who wait are all shown', () => {
  expect(ids([invited('a'), stranger('b'), invited('c'), invited('d')])).toEqual(['a', 'b', 'c', 'd']);
});

test('of five the invited are folded, and who needs a decision is shown in order', () => {
  expect(ids([invited('a'), stranger('b'), invited('c'), stranger('d'), invited('e')])).toEqual(['b', 'd']);
});

test('of many strangers, and of many invited, the first two are shown', () => {
  expect(ids('abcdef'.split('').map(stranger))).toEqual(['a', 'b']);
  expect(ids('abcdef'.split('').map(invited))).toEqual(['a', 'b']);
});

test('who was just refused stays, to be taken back', () => {
  expect(ids([invited('a'), stranger('b'), invited('c'), stranger('d'), invited('e')], ['e'])).toEqual(['b', 'd', 'e']);
});

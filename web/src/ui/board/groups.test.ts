import { expect, test } from 'vitest';
import { aSeat, anApplicantView } from '../stage/build';
import type { Seat } from '../stage/view';
import { cellsOf, countsOf, found, groupsOf, keptGroups, passes, usefulGroups } from './groups';

const TAM_DUONG = 'Huyện Tam Đường';
const SEATS = [
  aSeat('bo', { point: 'Bộ TNMT', unit: 'Bộ', role: 'chair', micOn: true }),
  aSeat('ban', { point: 'Xã Bản Bo', unit: 'UBND', branch: TAM_DUONG }),
  aSeat('chan', { point: 'Xã Chăn Nưa', unit: 'UBND', branch: 'Huyện Sìn Hồ', connected: false }),
  aSeat('binh', { point: 'Xã Bình Lư', unit: 'UBND', branch: TAM_DUONG, line: 'bad' }),
];
const WAITING = [anApplicantView('yen', { point: 'Sở TNMT Yên Bái', invited: true })];
const ids = (cells: readonly { id: string }[]) => cells.map(({ id }) => id);

test('groups come in the order of their first member, and those of none last', () => {
  const groups = groupsOf(cellsOf(SEATS, WAITING, null), 'branch');
  expect(groups.map(({ name, cells }) => [name, ids(cells)])).toEqual([
    [TAM_DUONG, ['ban', 'binh']],
    ['Huyện Sìn Hồ', ['chan']],
    ['', ['bo', 'yen']],
  ]);
});

test('the chips say how many pass', () => {
  const cells = cellsOf(SEATS, WAITING, null);
  expect(countsOf(cells)).toEqual({ all: 5, present: 3, lobby: 1, lost: 1, weak: 1, speaking: 1, invited: 5 });
  expect(ids(cells.filter((cell) => passes(cell, 'weak')))).toEqual(['binh']);
});

test('a search ignores case and marks', () => {
  const cells = cellsOf(SEATS, WAITING, null);
  expect(ids(found(cells, 'xa chan nua'))).toEqual(['chan']);
  expect(ids(found(cells, 'YEN BAI'))).toEqual(['yen']);
  expect(ids(found(cells, '  '))).toHaveLength(5);
});

test('who leads one branch sees that branch', () => {
  expect(ids(cellsOf(SEATS, WAITING, TAM_DUONG))).toEqual(['ban', 'binh']);
});

test('groups are offered only where they group something', () => {
  expect(usefulGroups(cellsOf(SEATS, [], null))).toEqual(['branch', 'unit']);
  const alone = [aSeat('a', { unit: 'A' }), aSeat('b', { unit: 'B' })];
  expect(usefulGroups(cellsOf(alone, [], null))).toEqual([]);
});

test('a group none of whose members changed is drawn no second time', () => {
  const groups = (seats: readonly Seat[]) => groupsOf(cellsOf(seats, WAITING, null), 'branch');
  const before = groups(SEATS);
  const after = keptGroups(before, groups(SEATS.map((seat) => (seat.id === 'chan' ? { ...seat, micOn: true } : seat))));
  expect(after.map((group, nth) => group === before[nth])).toEqual([true, false, true]);
});

import { NO_FLOOR } from '../floor/view';
import { expect, test } from 'vitest';
import { aSeat, someFacts } from './build';
import { handNews } from './hand_news';
import type { MeetingFacts, Seat, StageView } from './view';

const CHAIR = aSeat('chair', { point: 'Bộ TNMT', role: 'chair' });
const CO = aSeat('co', { point: 'Văn phòng Bộ', role: 'co_chair' });
const YOU = aSeat('you', { point: 'Sở TNMT Lai Châu', you: true });

function view(seats: readonly Seat[], facts: Partial<MeetingFacts> = {}): StageView {
  return {
    meeting: someFacts(facts),
    seats,
    stage: [],
    speakingSeat: null,
    applicants: [],
    floor: NO_FLOOR,
    line: { kind: 'up' },
    chat: { lines: [], closed: false, unit: '' },
    pending: new Set(),
  };
}

const START = view([CHAIR, CO, YOU]);

test('the own role and branch are told', () => {
  const after = view([CHAIR, CO, { ...YOU, role: 'co_chair', leadsBranch: 'Huyện Tam Đường' }]);
  expect(handNews(START, after)).toEqual([{ kind: 'own_role', role: 'co_chair', branch: 'Huyện Tam Đường' }]);
});

test('a name that was corrected is told to its owner', () => {
  expect(handNews(START, view([CHAIR, CO, { ...YOU, point: 'Sở TNMT Lào Cai' }]))).toEqual([
    { kind: 'renamed', name: 'Sở TNMT Lào Cai' },
  ]);
});

test('an offer of the chair is told once', () => {
  const offered = view([CHAIR, CO, YOU], { chairOfferedTo: 'you', chairOfferedBy: 'chair' });
  expect(handNews(START, offered)).toEqual([{ kind: 'chair_offered', name: 'Bộ TNMT' }]);
  expect(handNews(offered, offered)).toEqual([]);
});

test('who offered the chair reads that it was not taken', () => {
  const mine = { ...CHAIR, you: true };
  const offered = view([mine, CO], { chairOfferedTo: 'co', chairOfferedBy: 'chair' });
  expect(handNews(offered, view([mine, CO]))).toEqual([{ kind: 'chair_not_taken', name: 'Văn phòng Bộ' }]);
});

test('whoever gets the lobby is told, and when it is taken back', () => {
  const given = view([CHAIR, CO, YOU], { lobbyKeeper: 'you' });
  expect(handNews(START, given)).toEqual([{ kind: 'lobby_given' }]);
  expect(handNews(given, START)).toEqual([{ kind: 'lobby_taken' }]);
  expect(handNews(START, view([CHAIR, CO, YOU], { lobbyKeeper: 'co' }))).toEqual([]);
});

test('everybody is told who is the chair now, who stands in, and that the chair is back', () => {
  const handed = view([{ ...CHAIR, role: 'co_chair' }, { ...CO, role: 'chair' }, YOU]);
  expect(handNews(START, handed)).toEqual([{ kind: 'chair_now', name: 'Văn phòng Bộ' }]);
  const standing = view(handed.seats, { standsInFor: 'chair' });
  expect(handNews(START, standing)).toEqual([{ kind: 'chair_stands_in', name: 'Văn phòng Bộ' }]);
  expect(handNews(standing, START)).toEqual([{ kind: 'chair_back', name: 'Bộ TNMT' }]);
});

test('everybody is told that the chair has left, and by which name', () => {
  expect(handNews(START, view([CO, YOU]))).toEqual([{ kind: 'chair_left', name: 'Bộ TNMT' }]);
});

import { key, onPhone, press, pressed } from '../hands';
import type { StatesOf } from '../state';
import type { Seat } from '../../src/ui/stage/view';
import { floor, turn } from './floor';
import { applicant, EXAMPLE, LONG, MEETING, seats, stage, WAITING } from './stage';

const BRANCHES = ['Huyện Tam Đường', 'Huyện Sìn Hồ', 'Huyện Phong Thổ', 'Thành phố Lai Châu'];

/** Sixty bridge points, eight of the ministry and the rest in four branches. */
function sixty(count = 60, changes: Readonly<Record<number, Partial<Seat>>> = {}, you = 0): Seat[] {
  return seats(count, changes, you).map((seat, place) => ({
    ...seat,
    branch: seat.branch || (place < 8 ? '' : (BRANCHES[place % BRANCHES.length] ?? '')),
    unit: place < 8 ? 'Bộ TNMT' : 'Sở TNMT Lai Châu',
    invited: place % 9 !== 0,
  }));
}

const STATES_OF_SOME: Readonly<Record<number, Partial<Seat>>> = {
  ...EXAMPLE,
  20: { connected: false },
  21: { screenOn: true, mayShare: true },
  33: { role: 'co_chair', leadsBranch: BRANCHES[1] ?? null },
};
const OF_A_BRANCH: Partial<Seat> = { role: 'co_chair', leadsBranch: BRANCHES[0] ?? null, branch: BRANCHES[0] ?? '' };
const waiting = [
  ...WAITING,
  applicant('d', 'UBND xã Bản Bo', 'Chủ tịch', true, { branch: BRANCHES[0] ?? '' }),
  applicant('e', 'UBND xã Nậm Tăm', '', false),
];
const cell = (point: string) => pressed(`[data-testid="board-cell"][data-point="${point}"]`);

export const HAND_STATES: StatesOf<'hand-'> = {
  'hand-board': stage(
    () => ({
      view: { seats: sixty(60, STATES_OF_SOME), applicants: waiting, floor: floor({ turns: [turn('p1')] }) },
    }),
    key('b'),
  ),
  'hand-board-units': stage(
    () => ({ view: { seats: sixty(60, STATES_OF_SOME), applicants: waiting } }),
    key('b'),
    press('board-by', 1),
  ),
  'hand-board-plain': stage(
    () => ({ view: { seats: seats(14).map((seat) => ({ ...seat, unit: seat.point })) } }),
    key('b'),
  ),
  'hand-board-long-names': stage(
    () => ({
      view: { seats: sixty(60, { ...STATES_OF_SOME, 9: { point: LONG }, 12: { point: LONG, line: 'bad' } }) },
    }),
    key('b'),
  ),
  'hand-board-of-a-branch': stage(
    () => ({ view: { seats: sixty(60, { ...STATES_OF_SOME, 12: OF_A_BRANCH }, 12), applicants: waiting.slice(3, 4) } }),
    key('b'),
  ),
  'hand-board-hundreds': stage(() => ({ view: { seats: sixty(300, STATES_OF_SOME), applicants: waiting } }), key('b')),
  'hand-board-group': stage(
    () => ({ view: { seats: sixty(60, STATES_OF_SOME), applicants: waiting } }),
    key('b'),
    press('board-group-acts'),
  ),
  'hand-card': stage(() => ({ view: { seats: sixty(60, STATES_OF_SOME) } }), key('b'), cell('Sở TNMT Cao Bằng')),
  'hand-role': stage(
    () => ({ view: { seats: sixty(20) } }),
    key('b'),
    cell('Sở TNMT Cao Bằng'),
    press('participant-role'),
  ),
  'hand-rename': stage(
    () => ({ view: { seats: sixty(20) } }),
    key('b'),
    cell('Sở TNMT Cao Bằng'),
    press('participant-rename'),
    press('rename-save'),
  ),
  'hand-acts': stage(() => ({ view: { seats: sixty(20) } }), key('b'), press('acts-open')),
  'hand-companion': stage(
    () => ({ view: { seats: sixty(20) } }),
    key('b'),
    cell('Bộ TNMT'),
    press('participant-companion'),
  ),
  'hand-companion-link': stage(
    () => ({ view: { seats: sixty(20) } }),
    key('b'),
    cell('Bộ TNMT'),
    press('participant-companion'),
    press('companion-make'),
  ),
  'hand-chair-offered': stage(() => ({
    view: { meeting: { ...MEETING, chairOfferedTo: 'p5', chairOfferedBy: 'p0' }, seats: seats(9, EXAMPLE, 5) },
  })),
  'hand-chair-offer-waits': stage(() => ({
    view: { meeting: { ...MEETING, chairOfferedTo: 'p5', chairOfferedBy: 'p0' } },
  })),
  'hand-chair-away': stage(() => ({
    view: {
      meeting: { ...MEETING, deputy: 'p2', chairAway: { point: 'Bộ TNMT', forMs: 20_000 } },
      seats: seats(9, { ...EXAMPLE, 0: { connected: false } }, 2),
    },
  })),
  'hand-stands-in': stage(() => ({
    view: {
      meeting: { ...MEETING, standsInFor: 'p0' },
      seats: seats(
        9,
        { ...EXAMPLE, 0: { connected: false, role: 'co_chair' }, 2: { role: 'chair', maySpeak: true } },
        2,
      ),
    },
  })),
  'hand-lobby-give': stage(
    () => ({ view: { seats: seats(14, EXAMPLE), applicants: WAITING } }),
    onPhone(press('people-toggle')),
    press('lobby-give'),
  ),
  'hand-lobby-kept': stage(
    () => ({
      view: { meeting: { ...MEETING, lobbyKeeper: 'p2' }, seats: seats(14, EXAMPLE), applicants: WAITING },
    }),
    onPhone(press('people-toggle')),
  ),
  'hand-lobby-of-the-secretary': stage(
    () => ({
      view: { meeting: { ...MEETING, lobbyKeeper: 'p2' }, seats: seats(14, EXAMPLE, 2), applicants: WAITING },
    }),
    onPhone(press('people-toggle')),
  ),
};

import type { StatesOf } from '../state';
import type { Seat } from '../../src/ui/stage/view';
import { floor, turn } from './floor';
import { applicant, EXAMPLE, key, LONG, MEETING, press, seats, stage, WAITING } from './stage';

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
type Step = () => boolean;

/** Presses what is there by then: parts of the page are fetched when they are first needed. */
const pressed =
  (selector: string, nth = 0): Step =>
  () => {
    const found = document.querySelectorAll<HTMLElement>(selector)[nth];
    found?.click();
    return found !== undefined;
  };
const button = (testid: string, nth = 0) => pressed(`[data-testid="${testid}"]`, nth);
const cell = (point: string) => pressed(`[data-testid="board-cell"][data-point="${point}"]`);

/** Opens the board, then goes on step by step. */
const board =
  (...steps: readonly Step[]) =>
  () => {
    key('b')();
    const left = [...steps];
    const timer = setInterval(() => {
      if (left[0]?.()) left.shift();
      if (left.length === 0) clearInterval(timer);
    }, 200);
  };

export const HAND_STATES: StatesOf<'hand-'> = {
  'hand-board': stage(
    () => ({
      view: { seats: sixty(60, STATES_OF_SOME), applicants: waiting, floor: floor({ turns: [turn('p1')] }) },
    }),
    board(),
  ),
  'hand-board-units': stage(
    () => ({ view: { seats: sixty(60, STATES_OF_SOME), applicants: waiting } }),
    board(button('board-by', 1)),
  ),
  'hand-board-plain': stage(
    () => ({ view: { seats: seats(14).map((seat) => ({ ...seat, unit: seat.point })) } }),
    board(),
  ),
  'hand-board-long-names': stage(
    () => ({
      view: { seats: sixty(60, { ...STATES_OF_SOME, 9: { point: LONG }, 12: { point: LONG, line: 'bad' } }) },
    }),
    board(),
  ),
  'hand-board-of-a-branch': stage(
    () => ({ view: { seats: sixty(60, { ...STATES_OF_SOME, 12: OF_A_BRANCH }, 12), applicants: waiting.slice(3, 4) } }),
    board(),
  ),
  'hand-board-hundreds': stage(() => ({ view: { seats: sixty(300, STATES_OF_SOME), applicants: waiting } }), board()),
  'hand-board-group': stage(
    () => ({ view: { seats: sixty(60, STATES_OF_SOME), applicants: waiting } }),
    board(button('board-group-acts')),
  ),
  'hand-card': stage(() => ({ view: { seats: sixty(60, STATES_OF_SOME) } }), board(cell('Sở TNMT Cao Bằng'))),
  'hand-role': stage(
    () => ({ view: { seats: sixty(20) } }),
    board(cell('Sở TNMT Cao Bằng'), button('participant-role')),
  ),
  'hand-rename': stage(
    () => ({ view: { seats: sixty(20) } }),
    board(cell('Sở TNMT Cao Bằng'), button('participant-rename'), button('rename-save')),
  ),
  'hand-acts': stage(() => ({ view: { seats: sixty(20) } }), board(button('acts-open'))),
  'hand-companion': stage(
    () => ({ view: { seats: sixty(20) } }),
    board(cell('Bộ TNMT'), button('participant-companion')),
  ),
  'hand-companion-link': stage(
    () => ({ view: { seats: sixty(20) } }),
    board(cell('Bộ TNMT'), button('participant-companion'), button('companion-make')),
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
    () => {
      if (innerWidth < 720) press('people-toggle')();
      setTimeout(press('lobby-give'), 300);
    },
  ),
  'hand-lobby-kept': stage(
    () => ({
      view: { meeting: { ...MEETING, lobbyKeeper: 'p2' }, seats: seats(14, EXAMPLE), applicants: WAITING },
    }),
    () => {
      if (innerWidth < 720) press('people-toggle')();
    },
  ),
  'hand-lobby-of-the-secretary': stage(
    () => ({
      view: { meeting: { ...MEETING, lobbyKeeper: 'p2' }, seats: seats(14, EXAMPLE, 2), applicants: WAITING },
    }),
    () => {
      if (innerWidth < 720) press('people-toggle')();
    },
  ),
};

import { key, onPhone, press, pressTile, type Step } from '../hands';
import type { StatesOf } from '../state';
import { type FloorNow, NO_FLOOR, type TurnNow } from '../../src/ui/floor/view';
import { applicant, EXAMPLE, LONG, seats, SPEAKING, stage, WAITING } from './stage';

const MINUTE = 60_000;

export function turn(participant: string, change: Partial<TurnNow> = {}): TurnNow {
  return {
    participant,
    state: 'speaking',
    heldBecause: null,
    invited: false,
    leftMs: 134_000,
    limitMs: 300_000,
    spokenMs: 166_000,
    lapsesInMs: null,
    askedMs: 0,
    ...change,
  };
}
export const granted = (participant: string, change: Partial<TurnNow> = {}) =>
  turn(participant, { state: 'granted', leftMs: 300_000, spokenMs: 0, lapsesInMs: 48_000, ...change });

export function floor(change: Partial<FloorNow> = {}, asked: readonly string[] = ['p5', 'p9', 'p7', 'p10']): FloorNow {
  return {
    ...NO_FLOOR,
    turnS: 300,
    queue: asked.map((participant, at) => ({
      participant,
      place: at + 1,
      waitedMs: [4 * MINUTE, 3 * MINUTE, MINUTE, 20_000][at] ?? 0,
      comesInMs: 134_000 + at * 5 * MINUTE,
    })),
    spoken: new Map([
      ['p1', 166_000],
      ['p3', 305_000],
      ['p4', 240_000],
      ['p8', 61_000],
    ]),
    holder: 'p1',
    newcomerInMs: 134_000 + asked.length * 5 * MINUTE,
    ...change,
  };
}

const chair = (change: Partial<FloorNow> = {}, ...after: readonly Step[]) =>
  stage(
    () => ({
      view: { seats: seats(58, EXAMPLE), applicants: WAITING, floor: floor({ turns: [turn('p1')], ...change }) },
    }),
    ...after,
  );
const SILENT = { 6: { line: 'bad' }, 8: { cameraOn: false } } as const;
/** Somebody at a bridge point, who is `p1` and holds the turn that is given. */
const speaker = (own: TurnNow, heard = own.state === 'speaking') =>
  stage(() => ({
    view: { seats: seats(14, heard ? EXAMPLE : SILENT, 1), floor: floor({ turns: [own] }) },
  }));

export const FLOOR_STATES: StatesOf<'floor-'> = {
  'floor-chair': chair(),
  'floor-chair-empty': stage(() => ({
    view: { seats: seats(58, SILENT), floor: floor({ turns: [], holder: null, spoken: new Map() }, []) },
  })),
  'floor-chair-full': stage(() => ({
    view: {
      seats: seats(58, EXAMPLE),
      applicants: [
        ...WAITING,
        applicant('d', 'UBND thành phố Lai Châu', 'Nguyễn Thị Hạnh, Phó Chủ tịch', false),
        applicant('e', 'Sở TNMT Sơn La', 'Giám đốc', true),
        applicant('f', 'Sở TNMT Hòa Bình', 'Giám đốc', true),
        applicant('g', 'Sở TNMT Phú Thọ', 'Phó Giám đốc', true),
      ],
      floor: floor({ turns: [turn('p1')] }),
    },
  })),
  'floor-chair-amber': chair({ turns: [turn('p1', { leftMs: 42_000, spokenMs: 258_000, askedMs: MINUTE })] }),
  'floor-chair-over': chair({
    overrun: 'warn',
    turns: [turn('p1', { leftMs: -20_000, spokenMs: 320_000 })],
  }),
  'floor-chair-held': chair({ turns: [turn('p1', { state: 'held', heldBecause: 'chair' })] }),
  'floor-chair-line-lost': stage(() => ({
    view: {
      seats: seats(12, { 1: { connected: false, maySpeak: true } }),
      floor: floor({ turns: [turn('p1', { state: 'held', heldBecause: 'line' })] }),
    },
  })),
  'floor-chair-granted': stage(
    () => ({ view: { seats: seats(9, SILENT), floor: floor({ turns: [granted('p5')] }, ['p7', 'p8']) } }),
    onPhone(press('people-toggle')),
  ),
  'floor-chair-three': chair({
    atOnce: 3,
    turns: [turn('p1'), turn('p3', { leftMs: 8_000, spokenMs: 292_000 }), granted('p4')],
  }),
  'floor-chair-row': stage(
    () => ({ view: { seats: seats(12, EXAMPLE), floor: floor({ turns: [turn('p1')] }) } }),
    onPhone(press('people-toggle')),
    press('floor-row-more', 1),
  ),
  'floor-chair-refused': stage(
    () => ({ view: { seats: seats(12, EXAMPLE), floor: floor({ turns: [turn('p1')] }) } }),
    onPhone(press('people-toggle')),
    press('floor-row-more', 1),
    press('floor-refuse'),
  ),
  'floor-chair-rules': chair({}, onPhone(press('people-toggle')), press('floor-rules')),
  'floor-chair-points': chair({}, onPhone(press('people-toggle')), press('floor-invite-other')),
  'floor-chair-units': chair(
    {},
    onPhone(press('people-toggle')),
    press('floor-invite-other'),
    press('floor-points-units'),
  ),
  'floor-chair-person': chair({}, pressTile(3)),
  'floor-chair-long-names': stage(
    () => ({
      view: {
        seats: seats(12, {
          ...EXAMPLE,
          1: { ...SPEAKING, point: LONG, person: 'Nguyễn Thị Hoàng Phương Thảo, Phó Trưởng phòng Kỹ thuật' },
          5: { point: LONG, person: 'Trần Văn Bình, Chánh Văn phòng' },
        }),
        floor: floor({ turns: [turn('p1')] }),
      },
    }),
    onPhone(press('people-toggle')),
  ),
  'floor-secretary': stage(() => ({
    view: { seats: seats(14, EXAMPLE, 2), applicants: WAITING, floor: floor({ turns: [turn('p1')] }) },
  })),
  'floor-participant': stage(
    () => ({ view: { seats: seats(14, EXAMPLE, 13), floor: floor({ turns: [turn('p1')] }) } }),
    onPhone(press('people-toggle')),
    onPhone(press('tab-floor')),
  ),
  'floor-participant-queued': stage(
    () => ({ view: { seats: seats(14, EXAMPLE, 7), floor: floor({ turns: [turn('p1')] }) } }),
    onPhone(press('people-toggle')),
    onPhone(press('tab-floor')),
  ),
  'floor-participant-mic': stage(
    () => ({ view: { seats: seats(14, EXAMPLE, 13), floor: floor({ turns: [turn('p1')] }) } }),
    key('m'),
  ),
  'floor-granted': speaker(granted('p1')),
  'floor-granted-asked-more': speaker(granted('p1', { invited: true, askedMs: MINUTE })),
  'floor-speaking': speaker(turn('p1', { leftMs: 252_000, spokenMs: 48_000 })),
  'floor-speaking-soon': speaker(turn('p1', { leftMs: 8_000, spokenMs: 292_000, askedMs: MINUTE })),
  'floor-speaking-no-limit': speaker(turn('p1', { leftMs: null, limitMs: null, spokenMs: 75_000 })),
  'floor-speaking-held': speaker(turn('p1', { state: 'held', heldBecause: 'chair' })),
  'floor-observer': stage(() => ({
    view: { seats: seats(14, { ...EXAMPLE, 13: { role: 'observer' } }, 13), floor: floor({ turns: [turn('p1')] }) },
  })),
};

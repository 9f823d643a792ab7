import { press, type Step } from '../hands';
import type { Refusal } from '../../src/ui/door/refusals';
import LobbyPage from '../../src/ui/lobby/LobbyPage.svelte';
import type { LobbyView } from '../../src/ui/lobby/view';
import HomePage from '../../src/ui/over/HomePage.svelte';
import OverPage from '../../src/ui/over/OverPage.svelte';
import type { State, StatesOf } from '../state';
import { devices, EIGHT } from './door';

const nothing = () => undefined;
const LOBBY: LobbyView = {
  title: 'Giao ban tiến độ các dự án quý IV',
  name: { point: 'Sở TNMT Lai Châu', name: 'Nguyễn Văn A, Phó Giám đốc', unit: 'Sở Tài nguyên và Môi trường Lai Châu' },
  waitedMs: 220_000,
  chairPresent: true,
  connected: true,
  typed: true,
};

function lobby(changes: Partial<LobbyView>, ...after: readonly Step[]): State {
  return {
    component: LobbyPage,
    after,
    props: () => ({
      lobby: { ...LOBBY, ...changes },
      devices: devices(),
      refusals: [],
      busy: false,
      oncorrect: () => Promise.resolve(true),
      onleave: nothing,
    }),
  };
}

function over(code: string | null, details: Refusal['details'] = {}, retryIn: number | null = null): State {
  return {
    component: OverPage,
    props: () => ({
      ending: code === null ? { kind: 'left' } : { kind: 'turned_away', refusal: { code, message: '', details } },
      slug: 'dauan',
      title: code === 'link.unknown' ? null : 'Giao ban tiến độ các dự án quý IV',
      retryIn,
      onagain: nothing,
    }),
  };
}

export const LOBBY_STATES: StatesOf<'lobby-'> = {
  'lobby-waiting': lobby({}),
  'lobby-no-chair': lobby({ chairPresent: false }),
  'lobby-reconnecting': lobby({ connected: false }),
  'lobby-name-known': lobby({ typed: false }),
  'lobby-correct-name': lobby({}, press('lobby-correct')),
};

export const OVER_STATES: StatesOf<'over-' | 'home'> = {
  'over-ended': over('meeting.ended', { ended_at: EIGHT + 12_240_000 }),
  'over-left': over(null),
  'over-removed': over('removed', { reason: 'Không thuộc thành phần dự họp' }),
  'over-banned': over('banned'),
  'over-refused': over('lobby.refused', { reason: 'Không thuộc thành phần dự họp' }),
  'over-taken-over': over('taken_over'),
  'over-link-unknown': over('link.unknown'),
  'over-seat-gone': over('seat.gone'),
  'over-restarting': over('shutting_down', {}, 3),
  'over-moved': over('meeting.moved', { starts_at: EIGHT + 30 * 3_600_000 }),
  'over-postponed': over('meeting.postponed'),
  home: { component: HomePage, props: () => ({ ongo: nothing }) },
};

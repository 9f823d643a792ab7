import type { Refusal } from '../../src/ui/door/refusals';
import LobbyPage from '../../src/ui/lobby/LobbyPage.svelte';
import type { LobbyView } from '../../src/ui/lobby/view';
import HomePage from '../../src/ui/over/HomePage.svelte';
import OverPage from '../../src/ui/over/OverPage.svelte';
import { LAPTOP, PHONE, type State } from '../state';
import { devices, EIGHT } from './door';

const nothing = () => undefined;
const LOBBY: LobbyView = {
  title: 'Giao ban tiến độ các dự án quý IV',
  name: { point: 'Sở TNMT Lai Châu', name: 'Nguyễn Văn A, Phó Giám đốc', unit: 'Sở Tài nguyên và Môi trường Lai Châu' },
  waitedMs: 220_000,
  chairPresent: true,
  connected: true,
};

function lobby(id: string, changes: Partial<LobbyView>, more: Partial<State> = {}): State {
  return {
    id: `lobby-${id}`,
    component: LobbyPage,
    sizes: [PHONE, LAPTOP],
    props: () => ({
      lobby: { ...LOBBY, ...changes },
      devices: devices(),
      refusals: [],
      busy: false,
      oncorrect: () => Promise.resolve(true),
      onleave: nothing,
    }),
    ...more,
  };
}

function over(id: string, code: string | null, details: Refusal['details'] = {}, retryIn: number | null = null): State {
  return {
    id: `over-${id}`,
    component: OverPage,
    sizes: id === 'ended' ? [LAPTOP, PHONE] : [LAPTOP],
    props: () => ({
      ending: code === null ? { kind: 'left' } : { kind: 'turned_away', refusal: { code, message: '', details } },
      slug: 'dauan',
      title: code === 'link.unknown' ? null : 'Giao ban tiến độ các dự án quý IV',
      retryIn,
      onagain: nothing,
    }),
  };
}

export const OVER_STATES: readonly State[] = [
  lobby('waiting', {}),
  lobby('no-chair', { chairPresent: false }),
  lobby('reconnecting', { connected: false }),
  lobby(
    'correct-name',
    {},
    {
      after: () => setTimeout(() => document.querySelector<HTMLElement>('[data-testid="lobby-correct"]')?.click(), 150),
      shows: 'lobby-save',
    },
  ),
  over('ended', 'meeting.ended', { ended_at: EIGHT + 12_240_000 }),
  over('left', null),
  over('removed', 'removed', { reason: 'Không thuộc thành phần dự họp' }),
  over('banned', 'banned'),
  over('refused', 'lobby.refused', { reason: 'Không thuộc thành phần dự họp' }),
  over('taken-over', 'taken_over'),
  over('link-unknown', 'link.unknown'),
  over('seat-gone', 'seat.gone'),
  over('restarting', 'shutting_down', {}, 3),
  over('moved', 'meeting.moved', { starts_at: EIGHT + 30 * 3_600_000 }),
  over('postponed', 'meeting.postponed'),
  { id: 'home', component: HomePage, sizes: [LAPTOP, PHONE], props: () => ({ ongo: nothing }) },
];

import { m } from '#lib/paraglide/messages.js';
import { clock } from '../shell/duration';
import { ALERT, FROZEN, RECONNECTING } from '../shell/sketches';
import { limitWords } from './line_words';
import type { Seat } from './view';

/** What is wrong with a picture, as its plate says it. */
export interface Trouble {
  readonly testid: 'tile-reconnecting' | 'tile-frozen' | 'tile-limited' | 'tile-weak';
  /** The sign, as one path. */
  readonly lines: string;
  readonly text: string;
  /** For how long; empty where no clock runs. */
  readonly clock: string;
}

type Troubled = Pick<Seat, 'connected' | 'awayMs' | 'frozenMs' | 'limit' | 'line'>;

/** The worst of it, for a plate has room for one; null where nothing is wrong. Only a picture that is shown can stand still. */
export function troubleOf({ connected, awayMs, frozenMs, limit, line }: Troubled, shown: boolean): Trouble | null {
  if (!connected) {
    const away = awayMs === null ? '' : clock(awayMs);
    return { testid: 'tile-reconnecting', lines: RECONNECTING, text: m.tile_reconnecting(), clock: away };
  }
  if (frozenMs !== null && shown)
    return { testid: 'tile-frozen', lines: FROZEN, text: m.tile_frozen(), clock: clock(frozenMs) };
  if (limit !== null)
    return { testid: 'tile-limited', lines: ALERT, text: m.tile_limited({ why: limitWords(limit) }), clock: '' };
  if (line === 'bad') return { testid: 'tile-weak', lines: ALERT, text: m.tile_weak_line(), clock: '' };
  return null;
}

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

/**
 * The worst of it, for a plate has room for one; null where nothing is wrong. Only a picture that is shown can stand
 * still. `brief`: on a small picture, of which long words would hide the most; its card says all.
 */
export function troubleOf(
  { connected, awayMs, frozenMs, limit, line }: Troubled,
  shown: boolean,
  brief = false,
): Trouble | null {
  if (!connected) {
    const away = awayMs === null ? '' : clock(awayMs);
    const text = brief ? m.tile_reconnecting_short() : m.tile_reconnecting();
    return { testid: 'tile-reconnecting', lines: RECONNECTING, text, clock: away };
  }
  if (frozenMs !== null && shown)
    return { testid: 'tile-frozen', lines: FROZEN, text: m.tile_frozen(), clock: clock(frozenMs) };
  if (limit !== null) {
    const text = brief ? m.tile_limited_short() : m.tile_limited({ why: limitWords(limit) });
    return { testid: 'tile-limited', lines: ALERT, text, clock: '' };
  }
  if (line === 'bad') {
    const text = brief ? m.tile_weak_line_short() : m.tile_weak_line();
    return { testid: 'tile-weak', lines: ALERT, text, clock: '' };
  }
  return null;
}

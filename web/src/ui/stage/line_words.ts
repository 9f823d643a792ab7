import { m } from '#lib/paraglide/messages.js';
import type { LimitReason, LineLimit, Seat } from './view';

/** One term for each reason (R24), the same on tiles and in cards. */
export function limitWords(limit: LineLimit): string {
  switch (limit) {
    case 'uplink':
      return m.limit_uplink();
    case 'downlink':
      return m.limit_downlink();
    case 'cpu':
      return m.limit_cpu();
  }
}

/** How somebody's line does, in words for whoever asks; null before it was judged. */
export function lineWords({ connected, line, limit }: Pick<Seat, 'connected' | 'line' | 'limit'>): string | null {
  if (!connected) return m.line_away();
  if (limit !== null) return m.tile_limited({ why: limitWords(limit) });
  switch (line) {
    case 'good':
      return m.line_good();
    case 'watch':
      return m.line_watch();
    case 'bad':
      return m.line_bad();
    case null:
      return null;
  }
}

/** Why somebody's picture is shown no better, in words for whoever asks; null for one that is not shown. */
export function pictureWords({
  connected,
  cameraOn,
  shownNoBetter,
}: Pick<Seat, 'connected' | 'cameraOn' | 'shownNoBetter'>): string | null {
  return connected && cameraOn && shownNoBetter !== null ? reasonWords(shownNoBetter) : null;
}

function reasonWords(reason: LimitReason): string {
  switch (reason) {
    case 'tile':
      return m.picture_tile();
    case 'sender':
      return m.picture_sender();
    case 'line':
      return m.tile_limited({ why: limitWords('downlink') });
    case 'paused':
      return m.tile_paused({ why: limitWords('downlink') });
  }
}

import { FILM_STRIP, paged, type Pages } from './layout';
import { type LayoutName, type Seat, sharing } from './view';

/** What one page of the stage shows: a large place, if there is one, and the small ones after it. */
export interface Arrangement {
  /** A large picture with a film strip, or equal tiles. */
  readonly large: boolean;
  readonly tiles: readonly { readonly seat: Seat; readonly source: 'camera' | 'screen' }[];
  readonly pages: Pages;
}

export interface Wishes {
  readonly layout: LayoutName;
  readonly page: number;
  readonly perPage: number;
  /** The own private choice of the large picture. */
  readonly pinned: string | null;
  /** Who led the talk last. */
  readonly lastDominant: string | null;
}

/** Chooses who is shown (R23): the order is that of the invitation list and never jumps with speech. */
export function arrange(seats: readonly Seat[], wishes: Wishes): Arrangement {
  const sharer = sharing(seats);
  if (sharer) {
    const pages = paged(seats.length, FILM_STRIP, wishes.page);
    const film = seats.slice(pages.from, pages.to).map((seat) => ({ seat, source: 'camera' as const }));
    return { large: true, tiles: [{ seat: sharer, source: 'screen' }, ...film], pages };
  }
  const main = wishes.layout === 'speaker' || wishes.pinned !== null ? largeOne(seats, wishes) : null;
  if (main && seats.length > 1) {
    const others = seats.filter((seat) => seat !== main);
    const pages = paged(others.length, FILM_STRIP, wishes.page);
    const film = others.slice(pages.from, pages.to);
    return { large: true, tiles: [main, ...film].map((seat) => ({ seat, source: 'camera' })), pages };
  }
  const pages = paged(seats.length, wishes.perPage, wishes.page);
  const shown = seats.slice(pages.from, pages.to);
  return { large: false, tiles: shown.map((seat) => ({ seat, source: 'camera' })), pages };
}

function largeOne(seats: readonly Seat[], { pinned, lastDominant }: Wishes): Seat | null {
  const byId = (id: string | null) => seats.find((seat) => seat.id === id);
  return (
    byId(pinned) ??
    byId(lastDominant) ??
    seats.find(({ role }) => role === 'chair') ??
    seats.find(({ you }) => !you) ??
    null
  );
}

import { seating, type Seating } from '../../meeting/seating';
import { COLUMN_STRIP } from './large_layouts';
import { FILM_STRIP, paged, type Pages } from './layout';
import { type LayoutName, type Seat, sharing } from './view';

/** One place of the stage: a picture, or the card that keeps the own place of who sits in the speaking seat. */
export interface Standing {
  readonly seat: Seat;
  readonly source: 'camera' | 'screen' | 'card';
}

/** What one page of the stage shows: the large places, and the small ones after them. */
export interface Arrangement {
  readonly layout: LayoutName;
  readonly large: number;
  readonly tiles: readonly Standing[];
  readonly pages: Pages;
}

export interface Wishes {
  readonly layout: LayoutName;
  readonly page: number;
  readonly perPage: number;
  /** The own private choice of the large picture. */
  readonly pinned: string | null;
  /** Who led the talk last: the large picture of a meeting without turns. */
  readonly lastDominant: string | null;
  /** Who has the floor, had it last, or is next. */
  readonly speakingSeat: string | null;
  /** The chair's choice, in its order. */
  readonly stage: readonly string[];
  /** No room for a large picture and small ones: one kind only (a page at 200 % and more, a phone on its side). */
  readonly low?: boolean;
  /** How many small pictures find room under a large one. */
  readonly film?: number;
  /** An upright stage has one large picture: the second is the first of the small ones. */
  readonly upright?: boolean;
}

/** Chooses who is shown (R23): the order is that of the invitation list and never jumps with speech. */
export function arrange(seats: readonly Seat[], wishes: Wishes): Arrangement {
  const places = seating(seats, { speaking: wishes.speakingSeat, stage: wishes.stage });
  const sharer = sharing(seats);
  if (sharer && wishes.low)
    return { layout: 'presentation', large: 0, tiles: [{ seat: sharer, source: 'screen' }], pages: paged(1, 1, 0) };
  if (sharer) {
    const { tiles, pages } = onPages(seats, places, filmIn(wishes), wishes);
    return { layout: 'presentation', large: 1, tiles: [{ seat: sharer, source: 'screen' }, ...tiles], pages };
  }
  const pinned = seats.find(({ id }) => id === wishes.pinned);
  if (pinned && seats.length > 1 && !wishes.low) return withMain('speaker', pinned, places, wishes);
  if (wishes.low) return grid(seats, places, wishes);
  switch (wishes.layout) {
    case 'grid':
      return grid(seats, places, wishes);
    case 'speaker':
    case 'presentation': {
      const main = largeOne(seats, places, wishes);
      return main && seats.length > 1 ? withMain(wishes.layout, main, places, wishes) : grid(seats, places, wishes);
    }
    case 'two_columns':
    case 'conference':
      return seats.length > 1 ? withTwo(seats, places, wishes) : grid(seats, places, wishes);
  }
}

function grid(seats: readonly Seat[], places: Seating<Seat>, wishes: Wishes): Arrangement {
  return { layout: 'grid', large: 0, ...onPages(seats, places, wishes.perPage, wishes) };
}

/** Chair, speaking seat and stage stand on every page; where all find room on one, nobody needs a second place. */
function onPages(
  seats: readonly Seat[],
  places: Seating<Seat>,
  perPage: number,
  { page }: Wishes,
): Pick<Arrangement, 'tiles' | 'pages'> {
  if (seats.length <= perPage) return { tiles: listed(places), pages: paged(seats.length, perPage, page) };
  const first = camerasOf([places.chair, places.speaker, ...places.stage]);
  // half a page at most: the other half is for those whose turn it is to be seen
  const always = first.slice(0, Math.floor(perPage / 2));
  const others = [...first.slice(always.length), ...places.rest.map(standing)];
  const pages = paged(others.length, perPage - always.length, page);
  return { tiles: [...always, ...others.slice(pages.from, pages.to)], pages };
}

/** One large picture and the others in the film strip; the speaking seat keeps a card at the own place. */
function withMain(layout: LayoutName, main: Seat, places: Seating<Seat>, wishes: Wishes): Arrangement {
  const others = listed({ ...places, speaker: null }).filter(({ seat }) => seat !== main);
  const cards = [...camerasOf([places.chair, ...places.stage]), ...places.rest.map(standing)];
  const film = filmIn(wishes);
  return withLarge(layout, [camera(main)], main === places.speaker ? room(cards, others, film) : others, wishes, film);
}

/** Who has the floor and the chair, side by side. */
function withTwo(seats: readonly Seat[], places: Seating<Seat>, wishes: Wishes): Arrangement {
  const { layout } = wishes;
  const main = largeOne(seats, places, wishes);
  const [stageFirst] = [...places.stage, ...places.rest.map(({ seat }) => seat)].filter((seat) => seat !== main);
  const beside = main === places.chair ? stageFirst : (places.chair ?? stageFirst);
  const two = camerasOf([main, beside]);
  const up = new Set(two.map(({ seat }) => seat));
  const most = filmIn(wishes) - (wishes.upright ? 1 : 0);
  const film = layout === 'conference' ? most : Math.min(most, COLUMN_STRIP);
  const all = [...places.stage.map(camera), ...places.rest.map(standing)];
  const others = all.filter(({ seat }) => !up.has(seat));
  const cards = all.filter(({ seat, source }) => source === 'card' || !up.has(seat));
  return withLarge(layout, two, room(cards, others, film), wishes, film);
}

function filmIn({ film = FILM_STRIP }: Wishes): number {
  return film;
}

/** With the card, unless only the card makes a second page of it. */
function room(cards: readonly Standing[], others: readonly Standing[], film: number): readonly Standing[] {
  return cards.length > film && others.length <= film ? others : cards;
}

function withLarge(
  layout: LayoutName,
  large: readonly Standing[],
  others: readonly Standing[],
  { page }: Wishes,
  film: number,
): Arrangement {
  const pages = paged(others.length, film, page);
  return { layout, large: large.length, tiles: [...large, ...others.slice(pages.from, pages.to)], pages };
}

/** Everybody once, in the order of the seats. */
function listed({ chair, speaker, stage, rest }: Seating<Seat>): readonly Standing[] {
  const others = rest.map(({ seat }) => seat).filter((seat) => seat !== speaker);
  return camerasOf([chair, speaker, ...stage, ...others]);
}

function camerasOf(seats: readonly (Seat | null | undefined)[]): readonly Standing[] {
  return seats.flatMap((seat) => (seat ? [camera(seat)] : []));
}

function camera(seat: Seat): Standing {
  return { seat, source: 'camera' };
}

function standing({ seat, card }: { readonly seat: Seat; readonly card: boolean }): Standing {
  return { seat, source: card ? 'card' : 'camera' };
}

function largeOne(seats: readonly Seat[], places: Seating<Seat>, { lastDominant }: Wishes): Seat | null {
  return (
    places.speaker ??
    seats.find(({ id }) => id === lastDominant) ??
    places.chair ??
    seats.find(({ you }) => !you) ??
    null
  );
}

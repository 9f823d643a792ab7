/**
 * Where the tiles stand. Pure: the stage's size goes in, places come out, so that a
 * tile is moved and never made anew, and its video plays on.
 */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Height of the picture; the caption strip stands under it. */
  readonly picture: number;
}

export interface Area {
  readonly width: number;
  readonly height: number;
}

export const GAP = 8;
export const RATIO = 9 / 16;

/**
 * The places of `count` equal tiles: of all columns × rows the one with the widest 16:9 picture (R23). Of two that
 * differ by less than anybody sees, the one with fewer rows: it leaves no empty sides. As many rows with fewer columns
 * are the fuller ones.
 */
export function grid(area: Area, count: number, strip: number): Box[] {
  if (count === 0) return [];
  let best = { columns: 1, rows: Infinity, width: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const width = tileWidth(area, columns, rows, strip);
    if (rows < best.rows && width > best.width * 0.99) best = { columns, rows, width };
  }
  return rowsOf(area, count, best.columns, best.width, strip);
}

/** One large picture and a film strip under it (two in a row when the stage is upright). */
export function speaker(area: Area, count: number, { large, small }: Strips): Box[] {
  if (count <= 1) return grid(area, count, large);
  const perRow = isUpright(area) ? 2 : FILM_STRIP;
  const shown = Math.min(count - 1, filmOf(area));
  const rows = Math.ceil(shown / perRow);
  const widest = (area.width - GAP * (perRow - 1)) / perRow;
  const film = rows * (widest * RATIO + small + GAP);
  const main = fit({ width: area.width, height: Math.max(area.height - film, area.height * 0.4) }, large);
  const room = area.height - main.picture - large - GAP;
  const width = Math.max(Math.min(widest, ((room - GAP * (rows - 1)) / rows - small) / RATIO), 60);
  const total = main.picture + large + GAP + rows * (width * RATIO + small) + GAP * (rows - 1);
  const top = Math.max((area.height - total) / 2, 0);
  const places: Box[] = [{ ...main, left: (area.width - main.width) / 2, top }];
  for (let place = 0; place < shown; place += 1) {
    const row = Math.floor(place / perRow);
    const inRow = Math.min(perRow, shown - row * perRow);
    const start = (area.width - inRow * width - GAP * (inRow - 1)) / 2;
    places.push({
      left: start + (place % perRow) * (width + GAP),
      top: top + main.picture + large + GAP + row * (width * RATIO + small + GAP),
      width,
      picture: width * RATIO,
    });
  }
  return places;
}

export function isUpright({ width, height }: Area): boolean {
  return height > width;
}

/** How many small pictures find room under a large one: two rows of two on an upright phone, one on a short one, or none. */
export function filmOf(area: Area): number {
  if (!isUpright(area)) return FILM_STRIP;
  const room = area.height - area.width * RATIO - USUAL_STRIP.large - GAP;
  const rows = [2, 1].find((tried) => {
    const each = (room - GAP * (tried - 1)) / tried - USUAL_STRIP.small;
    return each / RATIO >= NARROWEST_SMALL;
  });
  return 2 * (rows ?? 0);
}

/** Captions of two lines, and of three under a small picture. */
const USUAL_STRIP = { large: 48, small: 66 } as const;
/** A small picture narrower than this is a sliver, and its caption a column of syllables. */
export const NARROWEST_SMALL = 130;

/** Heights of the caption strips under the large picture and under the small ones. */
export interface Strips {
  readonly large: number;
  readonly small: number;
}

/** How many small tiles the speaker view shows beside the large one. */
export const FILM_STRIP = 5;

export interface Pages {
  readonly page: number;
  readonly pages: number;
  readonly from: number;
  readonly to: number;
}

/** The page that is turned to, kept inside what there is. */
export function paged(count: number, perPage: number, asked: number): Pages {
  const pages = Math.max(1, Math.ceil(count / perPage));
  const page = Math.min(Math.max(asked, 0), pages - 1);
  return { page, pages, from: page * perPage, to: Math.min(count, (page + 1) * perPage) };
}

export function samePages(one: Pages, other: Pages): boolean {
  return one.page === other.page && one.pages === other.pages && one.from === other.from && one.to === other.to;
}

function tileWidth(area: Area, columns: number, rows: number, strip: number): number {
  const byWidth = (area.width - GAP * (columns - 1)) / columns;
  const byHeight = ((area.height - GAP * (rows - 1)) / rows - strip) / RATIO;
  return Math.max(Math.min(byWidth, byHeight), 0);
}

function fit(area: Area, strip: number): Pick<Box, 'width' | 'picture'> {
  const width = Math.max(Math.min(area.width, (area.height - strip) / RATIO), 0);
  return { width, picture: width * RATIO };
}

function rowsOf(area: Area, count: number, columns: number, width: number, strip: number): Box[] {
  const picture = width * RATIO;
  const rows = Math.ceil(count / columns);
  const top = (area.height - rows * (picture + strip) - GAP * (rows - 1)) / 2;
  return Array.from({ length: count }, (_, place) => {
    const row = Math.floor(place / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = (area.width - inRow * width - GAP * (inRow - 1)) / 2;
    return {
      left: left + (place % columns) * (width + GAP),
      top: Math.max(top, 0) + row * (picture + strip + GAP),
      width,
      picture,
    };
  });
}

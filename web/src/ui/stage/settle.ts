import { conference, type Panel, type Placed, twoColumns } from './large_layouts';
import { type Area, type Box, filmOf, grid, isUpright, NARROWEST_SMALL, speaker } from './layout';
import { type Strip, stripFor } from './strip';
import type { LayoutName } from './view';

/** Who a caption names. */
interface Named {
  readonly point: string;
  readonly person: string;
}

/** Gives the width in px of a text drawn at a font size. */
export type Measuring = (fontSize: number) => (text: string, weight: 400 | 600) => number;

export interface Settled {
  readonly boxes: readonly Box[];
  /** One for each box. */
  readonly strips: readonly Strip[];
  /** Where *Hội nghị* says who speaks and who is next. */
  readonly panel: Panel | null;
}

/** What is settled: a layout, and how many of its pictures are large. */
interface Laid {
  readonly layout: LayoutName;
  readonly large: number;
}

/** A picture narrower than this shows nobody's face: rather fewer on a page, and more pages. */
const NARROWEST = { phone: 160, laptop: 220 } as const;
const FEWER = [16, 12, 9, 6, 4, 2, 1] as const;

/** Places and caption strips of one page. A strip's height depends on the tile's width and the other way round. */
export function settle(area: Area, names: readonly Named[], laid: Laid, measuring: Measuring, far = false): Settled {
  const strip = far ? stripFar : stripNear;
  const [bigNames, smallNames] =
    laid.large > 0 ? [names.slice(0, laid.large), names.slice(laid.large)] : [names, names];
  // begun with strips of one line, three rounds settle it
  let big = strip([], [{ width: 300 }], measuring);
  let small = big;
  let placed = place(area, names.length, big, small, laid);
  for (let round = 0; round < 3; round += 1) {
    const { boxes } = placed;
    big = strip(bigNames, laid.large > 0 ? boxes.slice(0, laid.large) : boxes, measuring);
    small = laid.large > 0 ? strip(smallNames, boxes.slice(laid.large), measuring) : big;
    placed = place(area, names.length, big, small, laid);
  }
  const { boxes, panel } = placed;
  // an upright stage has one large picture in every layout: the second takes its place among the others
  const large = panel === null && boxes[1] && boxes[0] && boxes[1].width < boxes[0].width ? 1 : laid.large;
  return { boxes, strips: boxes.map((_, nth) => (nth < large ? big : small)), panel };
}

const EQUAL: Laid = { layout: 'grid', large: 0 };

/** As many as are seen well at this size (ui 3): 9 beside a laptop's panel, 12 without it, 25 on a large screen. */
export function mostTiles({ width, height }: Area): number {
  if (width >= 1_400 && height >= 780) return 25;
  return width >= 1_200 ? 12 : 9;
}

/** How many equal tiles a page takes, so that long names under the pictures leave pictures (R23). */
export function perPage(area: Area, names: readonly Named[], most: number, measuring: Measuring, far = false): number {
  if (area.width === 0) return most; // not drawn yet
  const narrowest = area.width < 720 ? NARROWEST.phone : NARROWEST.laptop;
  const wide = (count: number) =>
    (settle(area, worst(names, count), EQUAL, measuring, far).boxes[0]?.width ?? 0) >= narrowest;
  return [most, ...FEWER.filter((fewer) => fewer < most)].find(wide) ?? 1;
}

/** How many small pictures stand under a large one: on an upright stage fewer, where long names would leave slivers of them. */
export function filmFor(area: Area, names: readonly Named[], measuring: Measuring, far = false): number {
  const most = filmOf(area);
  if (!isUpright(area)) return most;
  const longest = worst(names, most);
  // whoever has the longest name may be the large one, or a small one
  const wide = (count: number) =>
    settle(area, [...longest.slice(0, 1), ...longest.slice(0, count)], { layout: 'speaker', large: 1 }, measuring, far)
      .boxes.slice(1)
      .every(({ width }) => width >= NARROWEST_SMALL);
  return [most, 2].find((count) => count <= most && wide(count)) ?? 0;
}

/** The page with the longest captions: all pages are laid out as this one has to be. */
function worst(names: readonly Named[], count: number): readonly Named[] {
  const length = ({ point, person }: Named) => point.length + person.length;
  return [...names].sort((one, other) => length(other) - length(one)).slice(0, count);
}

function place(area: Area, count: number, big: Strip, small: Strip, { layout, large }: Laid): Placed {
  const strips = { large: big.height, small: small.height };
  if (large === 0) return { boxes: grid(area, count, big.height), panel: null };
  switch (layout) {
    case 'two_columns':
      return twoColumns(area, count, strips);
    case 'conference':
      return conference(area, count, strips);
    case 'grid':
    case 'speaker':
    case 'presentation':
      return { boxes: speaker(area, count, strips), panel: null };
  }
}

type Widths = readonly { readonly width: number }[];

function stripNear(names: readonly Named[], boxes: Widths, measuring: Measuring): Strip {
  const narrowest = Math.min(...boxes.map(({ width }) => width));
  // nine on a laptop are 310 px wide: half a pixel less keeps usual captions on one line there
  const fontSize = narrowest >= 560 ? 17 : narrowest >= 400 ? 16 : narrowest >= 300 ? 13.5 : 14;
  return stripFor(names, narrowest, fontSize, measuring(fontSize));
}

/** From across a room: 24 and 30 px at 1080 lines, which are laid out as 720 (ui 2.3). */
function stripFar(names: readonly Named[], boxes: Widths, measuring: Measuring): Strip {
  const narrowest = Math.min(...boxes.map(({ width }) => width));
  const fontSize = narrowest >= 400 ? 20 : 16;
  return stripFor(names, narrowest, fontSize, measuring(fontSize));
}

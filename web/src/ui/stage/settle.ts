import { type Area, type Box, grid, speaker } from './layout';
import { type Strip, stripFor } from './strip';

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
}

/** A picture narrower than this shows nobody's face: rather fewer on a page, and more pages. */
const NARROWEST = { phone: 160, laptop: 220 } as const;
const FEWER = [6, 4, 2, 1] as const;

/** Places and caption strips of one page. A strip's height depends on the tile's width and the other way round. */
export function settle(area: Area, names: readonly Named[], large: boolean, measuring: Measuring): Settled {
  const [main, ...film] = names;
  const [bigNames, smallNames] = large && main ? [[main], film] : [names, names];
  // begun with strips of one line, three rounds settle it
  let big = strip([], [{ width: 300 }], measuring);
  let small = big;
  let boxes = place(area, names.length, big, small, large);
  for (let round = 0; round < 3; round += 1) {
    big = strip(bigNames, large ? boxes.slice(0, 1) : boxes, measuring);
    small = large ? strip(smallNames, boxes.slice(1), measuring) : big;
    boxes = place(area, names.length, big, small, large);
  }
  return { boxes, strips: boxes.map((_, nth) => (nth === 0 ? big : small)) };
}

/** How many equal tiles a page takes, so that long names under the pictures leave pictures (R23). */
export function perPage(area: Area, names: readonly Named[], most: number, measuring: Measuring): number {
  if (area.width === 0) return most; // not drawn yet
  const narrowest = area.width < 720 ? NARROWEST.phone : NARROWEST.laptop;
  const wide = (count: number) =>
    (settle(area, worst(names, count), false, measuring).boxes[0]?.width ?? 0) >= narrowest;
  return [most, ...FEWER.filter((fewer) => fewer < most)].find(wide) ?? 1;
}

/** The page with the longest captions: all pages are laid out as this one has to be. */
function worst(names: readonly Named[], count: number): readonly Named[] {
  const length = ({ point, person }: Named) => point.length + person.length;
  return [...names].sort((one, other) => length(other) - length(one)).slice(0, count);
}

function place(area: Area, count: number, big: Strip, small: Strip, large: boolean): Box[] {
  return large ? speaker(area, count, { large: big.height, small: small.height }) : grid(area, count, big.height);
}

function strip(names: readonly Named[], boxes: readonly { readonly width: number }[], measuring: Measuring): Strip {
  const narrowest = Math.min(...boxes.map(({ width }) => width));
  // nine on a laptop are 310 px wide: half a pixel less keeps usual captions on one line there
  const fontSize = narrowest >= 560 ? 17 : narrowest >= 400 ? 16 : narrowest >= 300 ? 13.5 : 14;
  return stripFor(names, narrowest, fontSize, measuring(fontSize));
}

/** The layouts with two large pictures (R23): where the tiles of *Hai cột* and *Hội nghị* stand. Pure, as `layout.ts`. */
import { type Area, type Box, FILM_STRIP, GAP, grid, isUpright, RATIO, speaker, type Strips } from './layout';

/** Under the two large pictures of `two_columns`. */
export const COLUMN_STRIP = 3;

/** Where the tiles stand, and in `conference` the words about who speaks and who is next. */
export interface Placed {
  readonly boxes: readonly Box[];
  readonly panel: Panel | null;
}

export interface Panel {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Two equal pictures side by side, up to three under them. */
export function twoColumns(area: Area, count: number, strips: Strips): Placed {
  if (isUpright(area) || count < 2) return { boxes: speaker(area, count, strips), panel: null };
  const few = Math.min(count - 2, COLUMN_STRIP);
  const wide = (area.width - GAP) / 2;
  const narrow = (area.width - GAP * (COLUMN_STRIP - 1)) / COLUMN_STRIP;
  const words = strips.large + (few > 0 ? strips.small + GAP : 0);
  const pictures = (wide + (few > 0 ? narrow : 0)) * RATIO;
  const scale = Math.min(1, Math.max(area.height - words, 0) / pictures);
  const [big, small] = [wide * scale, narrow * scale];
  const first = row(area, { count: 2, width: big, top: 0 });
  const below = row(area, { count: few, width: small, top: big * RATIO + strips.large + GAP });
  const height = words + pictures * scale;
  return { boxes: lowered([...first, ...below], (area.height - height) / 2), panel: null };
}

/** Who has the floor large at the left, the chair at the right over the words, five more in a row below. */
export function conference(area: Area, count: number, strips: Strips): Placed {
  if (isUpright(area)) return { boxes: speaker(area, count, strips), panel: null };
  if (count < 2) return { boxes: grid(area, count, strips.large), panel: null };
  const few = Math.min(count - 2, FILM_STRIP);
  const film = (area.width - GAP * (FILM_STRIP - 1)) / FILM_STRIP;
  const below = few > 0 ? GAP + film * RATIO + strips.small : 0;
  const above = Math.max(area.height - below, area.height * 0.4);
  const left = Math.max(Math.min((above - strips.large) / RATIO, area.width * LEFT_SHARE), 60);
  const high = left * RATIO + strips.large;
  const least = Math.max(high * PANEL_SHARE, PANEL_LEAST);
  const right = Math.max(Math.min(area.width - GAP - left, (high - strips.large - GAP - least) / RATIO), 60);
  const start = (area.width - left - GAP - right) / 2;
  const panelTop = right * RATIO + strips.large + GAP;
  const boxes: Box[] = [
    { left: start, top: 0, width: left, picture: left * RATIO },
    { left: start + left + GAP, top: 0, width: right, picture: right * RATIO },
    ...row(area, { count: few, width: film, top: high + GAP }),
  ];
  const spare = (area.height - high - below) / 2;
  const panel = { left: start + left + GAP, top: Math.max(spare, 0) + panelTop, width: right, height: high - panelTop };
  return { boxes: lowered(boxes, spare), panel };
}

/** Equal pictures in one row, in the middle. */
function row(area: Area, { count, width, top }: { count: number; width: number; top: number }): Box[] {
  const start = (area.width - count * width - GAP * (count - 1)) / 2;
  return Array.from({ length: count }, (_, place) => ({
    left: start + place * (width + GAP),
    top,
    width,
    picture: width * RATIO,
  }));
}

function lowered(boxes: readonly Box[], by: number): Box[] {
  return boxes.map((box) => ({ ...box, top: box.top + Math.max(by, 0) }));
}

/** On a room's screen: 1018 of 1824 px for who speaks, and the words a fifth as high. */
const LEFT_SHARE = 0.562;
const PANEL_SHARE = 0.16;
const PANEL_LEAST = 60;

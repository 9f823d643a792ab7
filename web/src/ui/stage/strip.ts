/**
 * How many lines the caption strips of one page take. If one caption needs more than
 * one line, all strips of the page do: the pictures stay of one size (R23).
 */
export interface Strip {
  readonly lines: number;
  readonly height: number;
  readonly fontSize: number;
  /** One line "point – person", else point and person under each other. */
  readonly stacked: boolean;
}

/** Gives the width of a text in px as it will be drawn. */
export type Measure = (text: string, weight: 400 | 600) => number;

const STACKED_BELOW = 300;
const SIGN_AND_PADDING = 39;
const LINE = 1.5;
const PADDING = 10;

export function stripFor(
  names: readonly { readonly point: string; readonly person: string }[],
  tileWidth: number,
  fontSize: number,
  measure: Measure,
): Strip {
  const room = Math.max(tileWidth - SIGN_AND_PADDING, 40);
  const oneLine = ({ point, person }: { point: string; person: string }) =>
    measure(point, 600) + (person ? measure(` – ${person}`, 400) : 0) <= room;
  const stacked = tileWidth < STACKED_BELOW || !names.every(oneLine);
  const lines = stacked
    ? Math.max(
        2,
        ...names.map(({ point, person }) => wrapped(point, 600, room, measure) + wrapped(person, 400, room, measure)),
      )
    : 1;
  return { lines, stacked, fontSize, height: Math.round(lines * fontSize * LINE + PADDING) };
}

function wrapped(text: string, weight: 400 | 600, room: number, measure: Measure): number {
  let lines = text ? 1 : 0;
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line ? `${line} ${word}` : word;
    if (line && measure(longer, weight) > room) {
      lines += 1;
      line = word;
    } else {
      line = longer;
    }
  }
  return lines;
}

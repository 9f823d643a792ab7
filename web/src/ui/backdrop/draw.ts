/** What stands on the backdrop of a meeting. */
export interface BackdropWords {
  readonly title: string;
  readonly day: string;
}

/** As large as a 4K screen or a printed cloth asks for. */
export const SIZE = { width: 3840, height: 2160 } as const;

const GROUND = '#24458f';
const INK = '#ffffff';
const RULE = '#ffd84d';
/** Of the height: large enough to be read behind somebody's shoulders, small enough for a long title. */
const LARGEST = 0.11;
const SMALLEST = 0.045;
const LINE = 1.5;
const MOST_LINES = 3;

/** Draws the one backdrop of all bridge points (R23): the same ground, letters and places in every room. */
export function drawBackdrop(canvas: HTMLCanvasElement, { title, day }: BackdropWords): void {
  const { width, height } = SIZE;
  canvas.width = width;
  canvas.height = height;
  const ink = canvas.getContext('2d');
  if (!ink) return;
  ink.fillStyle = GROUND;
  ink.fillRect(0, 0, width, height);
  ink.textAlign = 'center';
  ink.textBaseline = 'middle';
  ink.fillStyle = INK;

  const font = (size: number, weight: number) => `${weight} ${size}px "Be Vietnam Pro", sans-serif`;
  const measure = (size: number) => (text: string) => {
    ink.font = font(size, 700);
    return ink.measureText(text).width;
  };
  const { size, lines } = fitted(title, { width: width * 0.86, height }, measure);
  // the upper half: whoever sits before it covers the lower one
  const top = height * 0.1 + size * 0.9;
  ink.font = font(size, 700);
  for (const [nth, line] of lines.entries()) ink.fillText(line, width / 2, top + nth * size * LINE);
  const below = top + (lines.length - 0.4) * size * LINE;
  ink.fillStyle = RULE;
  ink.fillRect(width * 0.42, below, width * 0.16, height * 0.006);
  ink.fillStyle = INK;
  ink.font = font(height * 0.036, 600);
  ink.fillText(day, width / 2, below + height * 0.055);
}

/** The largest letters at which a title takes few enough lines. */
export function fitted(
  title: string,
  room: { readonly width: number; readonly height: number },
  measure: (size: number) => (text: string) => number,
): { readonly size: number; readonly lines: readonly string[] } {
  for (let share = LARGEST; share > SMALLEST; share -= 0.005) {
    const size = Math.round(room.height * share);
    const lines = wrapped(title, room.width, measure(size));
    if (lines.length <= MOST_LINES) return { size, lines };
  }
  const size = Math.round(room.height * SMALLEST);
  return { size, lines: wrapped(title, room.width, measure(size)) };
}

function wrapped(text: string, width: number, measure: (text: string) => number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && measure(longer) > width) lines.push(word);
    else lines.splice(-1, 1, longer);
  }
  return lines;
}

import { kept } from '../shell/kept';
import type { Standing } from './arrange';
import type { Box } from './layout';
import type { Settled } from './settle';
import type { Strip } from './strip';

/** A picture or card at its place. */
export interface Placed extends Standing {
  readonly box: Box;
  readonly strip: Strip;
  /** Names the picture, whatever its place. */
  readonly key: string;
}

/** Puts what stands on a page at its places, page after page. What stands as before stays the same value. */
export class Placing {
  #last: ReadonlyMap<string, Placed> = new Map();
  #page: readonly Placed[] = [];

  place(tiles: readonly Standing[], { boxes, strips }: Pick<Settled, 'boxes' | 'strips'>): readonly Placed[] {
    const placed = tiles.flatMap(({ seat, source }, nth) => {
      const box = boxes[nth];
      const strip = strips[nth];
      if (!box || !strip || box.width <= 0) return [];
      const key = `${seat.id} ${source}`;
      const last = this.#last.get(key);
      return last?.seat === seat && last.box === box && last.strip === strip
        ? [last]
        : [{ seat, source, box, strip, key }];
    });
    this.#last = new Map(placed.map((one) => [one.key, one]));
    this.#page = kept(this.#page, placed);
    return this.#page;
  }
}

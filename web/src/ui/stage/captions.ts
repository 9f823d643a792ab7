import type { Seat } from './view';

type Named = Pick<Seat, 'id' | 'point' | 'person'>;

/**
 * Counts how often the captions of a list, or their order, became others. Whatever is measured or ordered by them is
 * done again only then, and not with every word that somebody says.
 */
export class Captions {
  #last: readonly Named[] = [];
  #version = 0;

  versionOf(list: readonly Named[]): number {
    const last = this.#last;
    if (list.length !== last.length || !list.every((named, nth) => isSame(named, last[nth]))) this.#version += 1;
    this.#last = list;
    return this.#version;
  }
}

function isSame(one: Named, other: Named | undefined): boolean {
  return one === other || (one.id === other?.id && one.point === other.point && one.person === other.person);
}

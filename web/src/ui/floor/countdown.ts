import type { TurnNow } from './view';

/** At these seconds before its end a turn is spoken of (ui 7); 0 is its end. */
const MARKS_S = [60, 30, 10, 0] as const;
export type Mark = (typeof MARKS_S)[number];

/**
 * The moments of turns that are worth a word. A mark is told once, when the time passes it; a turn that is shorter
 * than a mark, or that is first seen after it, does not tell that mark.
 */
export class Countdown {
  #left: ReadonlyMap<string, number> = new Map();

  at(turns: readonly TurnNow[]): readonly { readonly participant: string; readonly mark: Mark }[] {
    const before = this.#left;
    const running = turns.filter(({ state, leftMs }) => state === 'speaking' && leftMs !== null);
    this.#left = new Map(running.map(({ participant, leftMs }) => [participant, leftMs ?? 0]));
    return running.flatMap(({ participant, leftMs }) => {
      const was = before.get(participant);
      const is = leftMs ?? 0;
      if (was === undefined) return [];
      // after a sleep of the page several are passed at once: the last of them is what is true now
      const mark = MARKS_S.filter((each) => is <= each * 1000 && was > each * 1000).at(-1);
      return mark === undefined ? [] : [{ participant, mark }];
    });
  }
}

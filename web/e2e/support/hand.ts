import { expect, type Locator } from '@playwright/test';
import type { Guest } from './guest';

/** One hand on a mouse or a keyboard, which counts what it does. */
class Hand {
  clicks = 0;
  keys = 0;

  constructor(readonly of: Guest) {}

  async click(what: string | Locator): Promise<void> {
    await (typeof what === 'string' ? this.of.at(what).first() : what).click();
    this.clicks += 1;
  }

  async key(name: string): Promise<void> {
    await this.of.page.keyboard.press(name);
    this.keys += 1;
  }
}

/** One of the chair's acts and what it may cost. */
export interface ChairAct<Room> {
  readonly name: string;
  /** At most so many clicks. */
  readonly clicks: number;
  /** As it stands on the keyboard, when the act has keys of its own. */
  readonly key?: string;
  /** Makes the act possible. */
  readonly ready?: (room: Room) => Promise<void>;
  readonly byMouse: (hand: Hand, room: Room) => Promise<void>;
  readonly byKeys?: (hand: Hand, room: Room) => Promise<void>;
  /** What everybody sees when it is done. */
  readonly done: (room: Room) => Promise<void>;
  /** Undoes it, for the act that comes next. */
  readonly after?: (room: Room) => Promise<void>;
}

/** Does every act of a table, once by mouse and once by keys, and fails on one that costs more than it may. */
export async function countActs<Room extends { readonly chair: Guest }>(
  room: Room,
  acts: readonly ChairAct<Room>[],
): Promise<void> {
  for (const act of acts) {
    for (const way of ['mouse', 'keys'] as const) {
      const run = way === 'mouse' ? act.byMouse : act.byKeys;
      if (!run) continue;
      await act.ready?.(room);
      const hand = new Hand(room.chair);
      await run(hand, room);
      await act.done(room);
      expect
        .soft(hand.clicks, `clicks of “${act.name}” by ${way}`)
        .toBeLessThanOrEqual(way === 'mouse' ? act.clicks : 0);
      if (way === 'keys' && act.key?.length === 1) expect.soft(hand.keys, `keys of “${act.name}”`).toBe(1);
      await act.after?.(room);
      // what is open is closed; the panel closes by the same key while the focus is in it, and is to stay
      await room.chair.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await room.chair.page.keyboard.press('Escape');
    }
  }
}

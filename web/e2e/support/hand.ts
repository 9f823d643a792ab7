import { expect, type Locator } from '@playwright/test';
import type { Guest } from './guest';
import { focusByKeys } from './keys_only';

/** One hand on a mouse or a keyboard, which counts what it does. */
class Hand {
  clicks = 0;
  keys = 0;

  constructor(readonly of: Guest) {}

  async click(what: string | Locator): Promise<void> {
    await this.find(what).click();
    this.clicks += 1;
  }

  async key(name: string): Promise<void> {
    await this.of.page.keyboard.press(name);
    this.keys += 1;
  }

  /** Writes into a field instead of what stands there; not counted. */
  async write(field: string, text: string): Promise<void> {
    await this.find(field).fill(text);
  }

  protected find(what: string | Locator): Locator {
    return (typeof what === 'string' ? this.of.at(what) : what).first();
  }
}

/** Somebody without a mouse: what another would click is looked for with Tab and arrows, and pressed with Enter. */
class KeysOnly extends Hand {
  override async click(what: string | Locator): Promise<void> {
    await focusByKeys(this.of.page, this.find(what));
    await this.of.page.keyboard.press('Enter');
  }

  override async write(field: string, text: string): Promise<void> {
    await focusByKeys(this.of.page, this.find(field));
    await this.of.page.keyboard.press('ControlOrMeta+A');
    await this.of.page.keyboard.insertText(text);
  }
}

/** One of the chair's acts and what it may cost. */
export interface ChairAct<Room> {
  readonly name: string;
  /** At most so many clicks. */
  readonly clicks: number;
  /** The keys of its own, one after the other, when the act has any. */
  readonly keys?: readonly string[];
  /** Makes the act possible. */
  readonly ready?: (room: Room) => Promise<void>;
  readonly byMouse: (hand: Hand, room: Room) => Promise<void>;
  /** Where the keys need more than to be pressed: a focus before them, a menu that opens between them. */
  readonly byKeys?: (hand: Hand, room: Room) => Promise<void>;
  /** What everybody sees when it is done. */
  readonly done: (room: Room) => Promise<void>;
  /** Undoes it, for the act that comes next. */
  readonly after?: (room: Room) => Promise<void>;
}

/** Does every act of a table, once by mouse and once by its keys, and fails on one that costs more than it may. */
export async function countActs<Room extends { readonly chair: Guest }>(
  room: Room,
  acts: readonly ChairAct<Room>[],
): Promise<void> {
  for (const act of acts) {
    const clicked = await once(room, act, new Hand(room.chair), act.byMouse);
    expect.soft(clicked.clicks, `clicks of “${act.name}”`).toBeLessThanOrEqual(act.clicks);
    const { keys } = act;
    if (!keys) continue;
    const pressed = await once(room, act, new Hand(room.chair), act.byKeys ?? pressAll(keys));
    expect.soft(pressed.clicks, `clicks of “${act.name}” by keys`).toBe(0);
    expect.soft(pressed.keys, `keys of “${act.name}”`).toBe(keys.length);
  }
}

/** Does every act of a table without a mouse and without keys of its own: each control is found, seen and pressed. */
export async function actByKeysOnly<Room extends { readonly chair: Guest }>(
  room: Room,
  acts: readonly ChairAct<Room>[],
): Promise<void> {
  for (const act of acts)
    await once(room, act, new KeysOnly(room.chair), async (hand) => {
      await looseFocus(room.chair); // a mouse made the act possible, and where it pressed no ring is drawn
      await act.byMouse(hand, room);
    });
}

async function once<Room extends { readonly chair: Guest }>(
  room: Room,
  act: ChairAct<Room>,
  hand: Hand,
  run: (hand: Hand, room: Room) => Promise<void>,
): Promise<Hand> {
  await act.ready?.(room);
  await run(hand, room);
  await act.done(room);
  await act.after?.(room);
  // what is open is closed; the panel closes by the same key while the focus is in it, and is to stay
  await looseFocus(room.chair);
  await room.chair.page.keyboard.press('Escape');
  return hand;
}

async function looseFocus(guest: Guest): Promise<void> {
  await guest.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
}

function pressAll(keys: readonly string[]): (hand: Hand) => Promise<void> {
  return async (hand) => {
    for (const key of keys) await hand.key(key);
  };
}

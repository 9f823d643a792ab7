import { assignSlots, sameTiles, type Shown } from '../meeting/seating';
import type { ParticipantId, Tile } from '../protocol/messages';

export interface ViewEars {
  /** At once: what is no longer shown must not be seen any more. */
  show(tiles: readonly Tile[]): void;
  /** When the event is over that changed something, and seldom: tell the server. */
  tell(tiles: readonly Tile[]): void;
}

/** What the page shows in which receiving slot, and when the server hears of it. */
export class View {
  private wanted: readonly Shown[] = [];
  private current: readonly Tile[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private toldAt = -Infinity;

  constructor(private readonly ears: ViewEars) {}

  get tiles(): readonly Tile[] {
    return this.current;
  }

  want(wanted: readonly Shown[], room: { readonly slots: number; readonly you: ParticipantId | null }): void {
    this.wanted = wanted;
    this.arrange(room);
  }

  arrange(room: { readonly slots: number; readonly you: ParticipantId | null }): void {
    const tiles = assignSlots(this.wanted, this.current, room);
    if (sameTiles(tiles, this.current)) return;
    this.current = tiles;
    this.ears.show(tiles);
    // All that one event changes is told together, and at once. Where changes follow each other one message tells several.
    this.timer ??= setTimeout(() => this.tell(), Math.max(this.toldAt + APART_MS - Date.now(), 0));
  }

  /** Tells the server now, also what it knew before a connection was lost. */
  tell(): void {
    this.rest();
    this.toldAt = Date.now();
    this.ears.tell(this.current);
  }

  reset(): void {
    this.rest();
    this.current = [];
  }

  private rest(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}

const APART_MS = 20;

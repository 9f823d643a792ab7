import { assignSlots, sameTiles, type Shown } from '../meeting/seating';
import type { ParticipantId, Tile } from '../protocol/messages';

export interface ViewEars {
  /** At once: what is no longer shown must not be seen any more. */
  show(tiles: readonly Tile[]): void;
  /** A moment later, for all changes together: tell the server. */
  tell(tiles: readonly Tile[]): void;
}

/** What the page shows in which receiving slot, and when the server hears of it. */
export class View {
  private wanted: readonly Shown[] = [];
  private current: readonly Tile[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;

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
    // a change of the layout comes in steps: one message tells them all
    this.timer ??= setTimeout(() => this.tell(), TOGETHER_MS);
  }

  /** Tells the server now, also what it knew before a connection was lost. */
  tell(): void {
    this.rest();
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

const TOGETHER_MS = 20;

import type { ResumeToken } from '../protocol/messages';

/** The resume token: in memory and in this tab's session storage only, so that a reload finds the seat (S29). */
export class SeatMemory {
  private token: ResumeToken | null;

  constructor(
    slug: string,
    private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null,
  ) {
    this.key = `hoptt.seat.${slug}`;
    this.token = this.read();
  }

  private readonly key: string;

  get kept(): ResumeToken | null {
    return this.token;
  }

  keep(token: ResumeToken): void {
    this.token = token;
    try {
      this.storage?.setItem(this.key, token);
    } catch {
      // storage is full or closed: the seat is found again while the page lives, not after a reload
    }
  }

  forget(): void {
    this.token = null;
    try {
      this.storage?.removeItem(this.key);
    } catch {
      // closed storage keeps nothing
    }
  }

  private read(): ResumeToken | null {
    try {
      return (this.storage?.getItem(this.key) ?? null) as ResumeToken | null;
    } catch {
      return null;
    }
  }
}

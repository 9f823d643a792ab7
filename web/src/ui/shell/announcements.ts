/**
 * What a screen reader hears (two live regions). At most one message per 2 s and
 * region; messages of one kind that wait together are merged into one sentence.
 * Time is an argument, so that tests need no waiting.
 */
export type Urgency = 'polite' | 'assertive';

export interface Announcement {
  readonly urgency: Urgency;
  /** Messages of the same kind replace each other while they wait. */
  readonly kind: string;
  readonly text: string;
  /** The sentence for several of this kind: gets their number. */
  readonly merged?: (count: number) => string;
}

interface Waiting extends Announcement {
  readonly count: number;
}

export const PAUSE_MS = 2_000;
/** A flood of kinds must not be read out for minutes: the oldest polite ones are left unsaid. */
export const MAX_WAITING = 8;

export class Announcements {
  #waiting: Waiting[] = [];
  #spokenAt: Record<Urgency, number> = { polite: -Infinity, assertive: -Infinity };

  add(announcement: Announcement): void {
    const before = this.#waiting.find(
      ({ kind, urgency }) => kind === announcement.kind && urgency === announcement.urgency,
    );
    const count = (before?.count ?? 0) + 1;
    this.#waiting = this.#waiting.filter((each) => each !== before);
    this.#waiting.push({ ...announcement, count });
    if (this.#waiting.length > MAX_WAITING) {
      const drop = this.#waiting.findIndex(({ urgency }) => urgency === 'polite');
      this.#waiting.splice(Math.max(drop, 0), 1);
    }
  }

  /** What is to be said now in this region, null when it has to wait or has nothing. */
  poll(urgency: Urgency, nowMs: number): string | null {
    if (nowMs - this.#spokenAt[urgency] < PAUSE_MS) return null;
    const next = this.#waiting.find((each) => each.urgency === urgency);
    if (next === undefined) return null;
    this.#waiting = this.#waiting.filter((each) => each !== next);
    this.#spokenAt[urgency] = nowMs;
    return next.count > 1 && next.merged ? next.merged(next.count) : next.text;
  }
}

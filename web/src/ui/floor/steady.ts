/**
 * A large button whose target changes under the hand: a second press that was meant for the one before is not taken
 * for the next. Time is an argument.
 */
export const SETTLES_MS = 700;

export class Steady {
  #target: string | null = null;
  #since = -Infinity;

  /** Tells what the button names now. */
  names(target: string | null, nowMs: number): void {
    if (target === this.#target) return;
    // the first one there is needs no waiting: nobody aimed at another
    this.#since = this.#target === null ? -Infinity : nowMs;
    this.#target = target;
  }

  /** Whether a press now is meant for what is named. */
  isMeant(nowMs: number): boolean {
    return nowMs - this.#since >= SETTLES_MS;
  }
}

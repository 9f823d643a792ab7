import { m } from '#lib/paraglide/messages.js';
import { refusalText } from '../door/refusal_texts';
import { waitMs, withWaitLeft } from '../door/password_wait';
import type { Refusal } from '../door/refusals';
import { announcer } from '../shell/announcer.svelte';
import { Retry } from './retry.svelte';

/** What the door says of refusals, fetched with the first of them; the wait for the next password counts down and goes. */
export class Refused {
  readonly #wait = new Retry();
  #over = $state.raw<readonly Refusal[]>([]);

  /** To be told of every refusal as it comes. */
  follow(refusals: readonly Refusal[]): void {
    const asking = refusals.filter((each) => waitMs(each) !== null);
    const longest = Math.max(0, ...asking.map((each) => waitMs(each) ?? 0));
    if (longest === 0) return;
    this.#wait.start(longest, () => {
      this.#over = asking;
      announcer.say(m.refusal_password_again());
    });
  }

  /** Those that still hold. */
  standing(refusals: readonly Refusal[]): readonly Refusal[] {
    return refusals.filter((each) => !this.#over.includes(each));
  }

  say(refusal: Refusal, slug: string): string {
    const { seconds } = this.#wait;
    return refusalText(withWaitLeft(refusal, seconds === null ? null : seconds * 1000), slug);
  }

  stop(): void {
    this.#wait.stop();
  }
}

import type { SwitchedSource } from '../../protocol/messages';

/**
 * What was asked for last of each own source, until that is done. A press is about it and not about what the server has said
 * until now: whoever presses twice has it as it was.
 */
export class Asked {
  readonly #last = new Map<SwitchedSource, { readonly on: boolean }>();

  note(source: SwitchedSource, on: boolean, done: Promise<unknown>): void {
    const one = { on };
    this.#last.set(source, one);
    void done.finally(() => {
      if (this.#last.get(source) === one) this.#last.delete(source);
    });
  }

  /** Given what the server has said. */
  isOn(source: SwitchedSource, told: boolean): boolean {
    return this.#last.get(source)?.on ?? told;
  }
}

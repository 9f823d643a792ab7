import type { KeyPress } from '../shell/shortcuts';
import type { Seat } from './view';

interface Around {
  readonly you: () => Seat | null;
  /** The own microphone is open, or is about to be. */
  readonly isOn: () => boolean;
  readonly turn: (on: boolean) => void;
}

/** Space held: the own microphone is open for as long, where it may be opened at all. */
export class TalkWhileHeld {
  #held = false;

  constructor(private readonly around: Around) {}

  /** Whether the press was for this; what is focused and has a use for Space keeps it. */
  press({ key, shiftKey, ctrlKey, altKey, metaKey, repeat }: KeyPress, focused: Element | null): boolean {
    if (key !== ' ' || shiftKey || ctrlKey || altKey || metaKey || usesSpace(focused)) return false;
    if (repeat) return this.#held; // the page is not to scroll meanwhile
    if (this.around.you()?.maySpeak !== true || this.around.isOn()) return false;
    this.#held = true;
    this.around.turn(true);
    return true;
  }

  /** Let go, or out of sight: whatever the server has said until now. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.around.turn(false);
  }
}

function usesSpace(focused: Element | null): boolean {
  return focused?.matches('button, a, input, textarea, select, summary, [contenteditable], [role=option]') ?? false;
}

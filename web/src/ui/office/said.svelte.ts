import type { Copied } from './copied';

/** What the page says of the last press; it goes by itself. */
export class Said {
  what = $state.raw<Copied | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(what: Copied): void {
    this.clear();
    this.what = what;
    this.#timer = setTimeout(() => this.clear(), SHOWN_MS);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.what = null;
  }
}

const SHOWN_MS = 8_000;

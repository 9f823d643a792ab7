/** Refusing can be undone for 6 s: until then nothing is sent and the row says so. */
const UNDO_MS = 6_000;

export class RefuseLater {
  /** Applicants whose refusal is still to be sent. */
  pending = $state.raw<readonly string[]>([]);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing draws the timers
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- sent only, never drawn
  readonly #reasons = new Map<string, string>();

  constructor(private readonly send: (applicant: string, reason: string) => void) {}

  refuse(applicant: string): void {
    if (this.#timers.has(applicant)) return;
    this.pending = [...this.pending, applicant];
    this.#timers.set(
      applicant,
      setTimeout(() => this.#finish(applicant), UNDO_MS),
    );
  }

  /** Goes with the refusal when it is sent. */
  because(applicant: string, reason: string): void {
    if (this.#timers.has(applicant)) this.#reasons.set(applicant, reason);
  }

  undo(applicant: string): void {
    clearTimeout(this.#timers.get(applicant));
    this.#forget(applicant);
  }

  /** Somebody left the lobby by another way: there is nothing to refuse any more. */
  keepOnly(present: ReadonlySet<string>): void {
    for (const applicant of this.pending) if (!present.has(applicant)) this.undo(applicant);
  }

  /** Sends what waits: the page is closing, or the chair leaves. */
  close(): void {
    for (const applicant of this.pending) {
      clearTimeout(this.#timers.get(applicant));
      this.#finish(applicant);
    }
  }

  #finish(applicant: string): void {
    const reason = this.#reasons.get(applicant) ?? '';
    this.#forget(applicant);
    this.send(applicant, reason);
  }

  #forget(applicant: string): void {
    this.#timers.delete(applicant);
    this.#reasons.delete(applicant);
    this.pending = this.pending.filter((each) => each !== applicant);
  }
}

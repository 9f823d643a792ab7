/**
 * While a pointer or the focus is at work in a list, newcomers wait behind a line: nothing moves under the hand.
 * The owner calls `close`.
 */
const QUIET_MS = 1_500;

export class HeldRows {
  #known = $state.raw<ReadonlySet<string> | null>(null);
  #pointed: ReturnType<typeof setTimeout> | undefined;
  #focused = false;

  /** Of these, in their order, what may be shown now. */
  shown<Row>(rows: readonly Row[], idOf: (row: Row) => string): readonly Row[] {
    const known = this.#known;
    if (known === null) return rows;
    const kept = rows.filter((row) => known.has(idOf(row)));
    // with none of them left there is nothing under the hand
    return kept.length > 0 ? kept : rows;
  }

  pointed(ids: readonly string[]): void {
    this.#hold(ids);
    clearTimeout(this.#pointed);
    this.#pointed = setTimeout(() => this.#rest(), QUIET_MS);
  }

  focused(ids: readonly string[], inside: boolean): void {
    this.#focused = inside;
    if (inside) this.#hold(ids);
    else this.#rest();
  }

  /** Asked for by the line that says how many wait. */
  release(): void {
    clearTimeout(this.#pointed);
    this.#pointed = undefined;
    this.#known = null;
  }

  left(): void {
    clearTimeout(this.#pointed);
    this.#rest();
  }

  close(): void {
    clearTimeout(this.#pointed);
  }

  #hold(ids: readonly string[]): void {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- never changed: another takes its place
    this.#known ??= new Set(ids);
  }

  #rest(): void {
    this.#pointed = undefined;
    if (!this.#focused) this.#known = null;
  }
}

import { appendFileSync } from 'node:fs';

/** The full times of the table, and many runs: `make faults`. Otherwise the short forms of `make test`. */
export const LONG = process.env.HOPTT_FAULTS === 'long';

/** How often a fault is repeated for its median. */
export const RUNS = LONG ? Number(process.env.HOPTT_FAULT_RUNS ?? 20) : 1;

/** Keeps a measured time for the table of docs/reliability.md, when `make faults` asks for it. */
export function measured(id: string, what: string, ms: number): void {
  const file = process.env.HOPTT_FAULT_TIMES;
  if (file !== undefined)
    appendFileSync(file, `${JSON.stringify({ id, what, seconds: Math.round(ms * 10) / 10_000 })}\n`);
}

/**
 * A time that is promised as a median: one run may take twice as long, of many runs none four times, and the middle one
 * keeps the promise.
 */
export class Median {
  private readonly times: number[] = [];

  constructor(
    private readonly id: string,
    private readonly what: string,
    private readonly promisedMs: number,
  ) {}

  /** Keeps a time, and tells whether it may be. */
  add(ms: number): boolean {
    measured(this.id, this.what, ms);
    this.times.push(ms);
    return ms < this.promisedMs * (RUNS > 1 ? 4 : 2);
  }

  /** Whether the promise was kept. */
  holds(): boolean {
    const ordered = [...this.times].sort((one, other) => one - other);
    return RUNS < ENOUGH || (ordered[Math.floor((ordered.length - 1) / 2)] ?? Infinity) < this.promisedMs;
  }
}

/** Fewer times have no median worth the name. */
const ENOUGH = 5;

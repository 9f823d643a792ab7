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

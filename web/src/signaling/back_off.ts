/** How long to wait before attempt `attempt` (0 is the first): soon at first, then calm, never all pages at once. */
export function backOffMs(attempt: number, random: number): number {
  const ceiling = Math.min(FIRST_MS * 2 ** attempt, MOST_MS);
  return Math.round(ceiling * (0.5 + random / 2));
}

const FIRST_MS = 250;
/** A server that is back finds everybody within 5 s (F4). */
const MOST_MS = 3_000;

import type { ChatLine } from '../stage/view';

/** How many lines of others came behind line number `seen`. */
export function unread(lines: readonly ChatLine[], seen: number): number {
  let count = 0;
  for (let place = lines.length - 1; place >= 0; place -= 1) {
    const line = lines[place];
    if (line === undefined || line.number <= seen) break;
    if (!line.own) count += 1;
  }
  return count;
}

/** The number of the newest line; 0 for none. */
export function newest(lines: readonly ChatLine[]): number {
  return lines.at(-1)?.number ?? 0;
}

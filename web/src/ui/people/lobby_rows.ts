import type { Applicant } from '../stage/view';

/** From so many on a lobby is folded (ui 9): it takes no more room than the rest of the chair's column leaves. */
export const FOLDED_FROM = 5;
/** So many of a folded lobby are shown. */
const SHOWN = 2;

/**
 * The rows of a folded lobby, in its order: those that need a decision, for who is invited goes in with all others
 * who are; with nobody to decide on, the first. Who was just refused stays, to be taken back.
 */
export function foldedRows(rows: readonly Applicant[], refused: readonly string[]): readonly Applicant[] {
  if (rows.length < FOLDED_FROM) return rows;
  const undecided = rows.filter(({ invited }) => !invited);
  const shown = new Set((undecided.length > 0 ? undecided : rows).slice(0, SHOWN));
  return rows.filter((row) => shown.has(row) || refused.includes(row.id));
}

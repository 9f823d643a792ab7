import type { Fault } from '../../protocol/messages';
import type { RowDraft } from './plan';

/* What is wrong with rows of an invitation list. Rows are held by themselves, not by number: others may come and go meanwhile. */

export type RowPart = 'point' | 'name' | 'unit' | 'branch' | 'login';

export interface RowFault {
  readonly row: RowDraft;
  readonly part: RowPart;
  /** The row that it equals. */
  readonly other: RowDraft | null;
  readonly fault: Fault;
}

/** All rows that name nobody, or somebody for the second time; what else can be wrong the server knows. */
export function rowFaults(written: readonly RowDraft[]): RowFault[] {
  const known = new Map<string, RowDraft>();
  const found: RowFault[] = [];
  for (const row of written) {
    if (row.login.trim() !== '') continue; // called as the account is
    const [point, name, unit] = [tidy(row.point), tidy(row.name), tidy(row.unit)];
    if (point === '' && name === '') {
      found.push({ row, part: 'point', other: null, fault: invalid('name_missing') });
      continue;
    }
    // as the server fills in what is left out (docs/protocol.md)
    const key = JSON.stringify([point || (name.split(',')[0] ?? '').trim(), name || point, unit]);
    const other = known.get(key);
    if (other) found.push({ row, part: 'point', other, fault: invalid('twice') });
    else known.set(key, row);
  }
  return found;
}

/** The row that the server refused; null: it names none. `sent` are the rows as they were sent. */
export function refusedRow(fault: Fault, sent: readonly RowDraft[]): RowFault | null {
  const { row: number, part, other } = fault.details;
  const row = typeof number === 'number' ? sent[number - 1] : undefined;
  if (!row) return null;
  return {
    row,
    part: PARTS[String(part)] ?? 'point',
    other: typeof other === 'number' ? (sent[other - 1] ?? null) : null,
    fault,
  };
}

/** The fault with the numbers that the rows have now. */
export function numbered({ row, other, fault }: RowFault, rows: readonly RowDraft[]): Fault {
  const number = (one: RowDraft | null) => (one ? rows.indexOf(one) + 1 : 0);
  return { ...fault, details: { ...fault.details, row: number(row), other: number(other) } };
}

const PARTS: Readonly<Record<string, RowPart>> = {
  bridge_point: 'point',
  name: 'name',
  unit: 'unit',
  branch: 'branch',
  login: 'login',
};

function tidy(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll('\u2019', "'")
    .replace(/[ \u00a0]+/g, ' ')
    .trim();
}

function invalid(cause: string): Fault {
  return { code: 'invitation.invalid', message: '', field: 'invited', details: { cause } };
}

import { fold } from '../people/fold';
import { kept } from '../shell/kept';
import type { Applicant, Seat } from '../stage/view';

/** One place of the board: somebody in the meeting, or at its door. */
export type Cell =
  | { readonly kind: 'seat'; readonly id: string; readonly seat: Seat }
  | { readonly kind: 'applicant'; readonly id: string; readonly applicant: Applicant };

export interface Group {
  /** What its members have in common; empty for those who belong to none. */
  readonly name: string;
  readonly cells: readonly Cell[];
}

export const FILTERS = ['all', 'present', 'lobby', 'lost', 'weak', 'speaking', 'invited'] as const;
export type Filter = (typeof FILTERS)[number];
export type By = 'branch' | 'unit';

/** Above so many the board is a list that draws only what is looked at. */
export const MAX_BOARD = 120;

/** Everybody in protocol order, then who waits; of a branch, only those who belong to it. */
export function cellsOf(seats: readonly Seat[], applicants: readonly Applicant[], branch: string | null): Cell[] {
  const mine = (of: string) => branch === null || of === branch;
  return [
    ...seats
      .filter((seat) => mine(seat.branch))
      .map((seat) => known(seat, () => ({ kind: 'seat', id: seat.id, seat }))),
    ...applicants
      .filter((applicant) => mine(applicant.branch))
      .map((applicant) => known(applicant, () => ({ kind: 'applicant', id: applicant.id, applicant }))),
  ];
}

const cells = new WeakMap<Seat | Applicant, Cell>();

/** One cell for each value: it is drawn anew only when somebody changed. */
function known(who: Seat | Applicant, make: () => Cell): Cell {
  const before = cells.get(who);
  if (before) return before;
  const cell = make();
  cells.set(who, cell);
  return cell;
}

export function passes(cell: Cell, filter: Filter): boolean {
  if (cell.kind === 'applicant')
    return filter === 'all' || filter === 'lobby' || (filter === 'invited' && cell.applicant.invited);
  const { seat } = cell;
  switch (filter) {
    case 'all':
      return true;
    case 'present':
      return seat.connected;
    case 'lobby':
      return false;
    case 'lost':
      return !seat.connected;
    case 'weak':
      return seat.connected && seat.line === 'bad';
    case 'speaking':
      return seat.micOn;
    case 'invited':
      return seat.invited;
  }
}

/** How many pass each filter: the chips say it before they are pressed. */
export function countsOf(cells: readonly Cell[]): Readonly<Record<Filter, number>> {
  const counts = Object.fromEntries(FILTERS.map((filter) => [filter, 0])) as Record<Filter, number>;
  for (const cell of cells) for (const filter of FILTERS) if (passes(cell, filter)) counts[filter] += 1;
  return counts;
}

/** A search reads names without case and marks: "lai chau" finds "Lai Châu". */
export function found(cells: readonly Cell[], search: string): readonly Cell[] {
  const wanted = search && fold(search);
  return wanted ? cells.filter((cell) => folded(cell).includes(wanted)) : cells;
}

/** Groups in the order in which their first member comes; those who belong to none come last. */
export function groupsOf(cells: readonly Cell[], by: By): readonly Group[] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const name = nameOf(cell, by);
    const group = groups.get(name);
    if (group) group.push(cell);
    else groups.set(name, [cell]);
  }
  const rest = groups.get('');
  groups.delete('');
  return [...groups, ...(rest ? [['', rest] as const] : [])].map(([name, members]) => ({ name, cells: members }));
}

/** Of the groups, those are the same values whose members are. */
export function keptGroups(before: readonly Group[], after: readonly Group[]): readonly Group[] {
  const known = new Map(before.map((group) => [group.name, group]));
  return after.map((group) => {
    const last = known.get(group.name);
    if (!last) return group;
    return kept(last.cells, group.cells) === last.cells ? last : group;
  });
}

/** By branch where there are branches; else by unit where units have members in common; else not at all. */
export function usefulGroups(cells: readonly Cell[]): readonly By[] {
  const branches = new Set(cells.map((cell) => nameOf(cell, 'branch')));
  const units = new Set(cells.map((cell) => nameOf(cell, 'unit')));
  branches.delete('');
  const ways: By[] = [];
  if (branches.size > 0) ways.push('branch');
  if (units.size * 2 <= cells.length) ways.push('unit');
  return ways;
}

function nameOf(cell: Cell, by: By): string {
  return cell.kind === 'seat' ? cell.seat[by] : cell.applicant[by];
}

const texts = new WeakMap<Seat | Applicant, string>();

/** Folded once for each value: a search runs over hundreds of names at every key. */
function folded(cell: Cell): string {
  const who = cell.kind === 'seat' ? cell.seat : cell.applicant;
  const known = texts.get(who);
  if (known !== undefined) return known;
  const text = fold(`${who.point} ${who.person} ${who.unit}`);
  texts.set(who, text);
  return text;
}

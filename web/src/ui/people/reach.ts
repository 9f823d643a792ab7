import { leads } from '../stage/roles';
import type { Seat, StageView } from '../stage/view';

/** Whether the acts of one who leads reach a seat (R18): never the own one, nor the chair; of a branch, only its own. */
export function reaches(you: Seat, seat: Seat): boolean {
  if (!leads(you.role) || seat.you || seat.role === 'chair') return false;
  return inBranch(you, seat.branch);
}

/** Whether somebody of a branch is among those whom this one leads. */
export function inBranch({ leadsBranch }: Pick<Seat, 'leadsBranch'>, branch: string): boolean {
  return leadsBranch === null || leadsBranch === branch;
}

/** The branches that somebody who is here belongs to, in the order of the list. */
export function branchesOf(seats: readonly Seat[]): readonly string[] {
  return [...new Set(seats.map(({ branch }) => branch))].filter(Boolean);
}

/** Whether this one may stand in while no chair is here: the deputy, else a co-chair for the whole meeting. */
export function mayStandIn(you: Seat, { meeting, seats }: Pick<StageView, 'meeting' | 'seats'>): boolean {
  if (meeting.chairAway === null) return false;
  const deputy = seats.find(({ id }) => id === meeting.deputy);
  if (deputy?.connected && !deputy.you) return false;
  return meeting.deputy === you.id || (you.role === 'co_chair' && you.leadsBranch === null);
}

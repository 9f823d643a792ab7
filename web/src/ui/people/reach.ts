import { admits, leads } from '../stage/roles';
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

/** Those whom this one leads: for most who lead that is everybody. */
export function ofBranch(you: Pick<Seat, 'leadsBranch'>, seats: readonly Seat[]): readonly Seat[] {
  return you.leadsBranch === null ? seats : seats.filter(({ branch }) => inBranch(you, branch));
}

/** The branches that somebody who is here belongs to, in the order of the list. */
export function branchesOf(seats: readonly Seat[]): readonly string[] {
  return [...new Set(seats.map(({ branch }) => branch))].filter(Boolean);
}

type OfLobby = Pick<StageView, 'meeting' | 'seats'>;

/** Whether this one may let people in: who leads, and whoever the chair gave the lobby to. */
export function mayAdmit({ id, role }: Pick<Seat, 'id' | 'role'>, { meeting }: Pick<StageView, 'meeting'>): boolean {
  return admits(role) || meeting.lobbyKeeper === id;
}

/** To whom the chair can give the lobby. */
export function lobbyCandidates({ seats }: Pick<StageView, 'seats'>): readonly Seat[] {
  const may = ({ role, leadsBranch }: Seat) => role === 'secretary' || (role === 'co_chair' && leadsBranch === null);
  return seats.filter((seat) => seat.connected && !seat.you && may(seat));
}

/** To whom the chair can be handed over. */
export function chairCandidates({ seats }: Pick<StageView, 'seats'>): readonly Seat[] {
  return seats.filter(
    ({ connected, you, role }) => connected && !you && role !== 'chair' && role !== 'observer' && role !== 'companion',
  );
}

/** Who looks after the lobby, so that the chair need not; null while nobody does, or their line is lost. */
export function keeperFor({ role }: Pick<Seat, 'role'>, view: OfLobby): Seat | null {
  const { lobbyKeeper } = view.meeting;
  // whoever asks has to look at the seats only where somebody keeps the lobby
  if (role !== 'chair' || lobbyKeeper === null) return null;
  return view.seats.find(({ id, connected }) => id === lobbyKeeper && connected) ?? null;
}

/** How many wait for this one. */
export function waitingFor(you: Seat, view: Pick<StageView, 'meeting' | 'seats' | 'applicants'>): number {
  return keeperFor(you, view) === null ? view.applicants.length : 0;
}

/** Whether this one may stand in while no chair is here: the deputy, else a co-chair for the whole meeting. */
export function mayStandIn(you: Seat, { meeting, seats }: Pick<StageView, 'meeting' | 'seats'>): boolean {
  if (meeting.chairAway === null) return false;
  const deputy = seats.find(({ id }) => id === meeting.deputy);
  if (deputy?.connected && !deputy.you) return false;
  return meeting.deputy === you.id || (you.role === 'co_chair' && you.leadsBranch === null);
}

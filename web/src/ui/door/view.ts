/** What the door page draws: the room and its meeting before anybody is in (GET /api/rooms/SLUG/door). */
export interface DoorView {
  readonly slug: string;
  readonly roomName: string;
  readonly title: string;
  /** null: no meeting now, an ad-hoc one may begin. */
  readonly state: 'scheduled' | 'doors_open' | 'opened' | 'closed' | 'cancelled' | null;
  readonly entry: 'open' | 'password' | 'lobby' | 'invited';
  readonly hasPassword: boolean;
  readonly mutedUntilAllowed: boolean;
  readonly require: readonly string[];
  readonly maxLength: number;
  /** Server time minus local time, so that countdowns agree with the server. */
  readonly skewMs: number;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly doorsAt: number | null;
  readonly endedAt: number | null;
  readonly chair: string | null;
  readonly identity: Identity | null;
}

export interface Identity {
  readonly role: string;
  readonly name: NameParts | null;
  readonly invited: boolean;
}

export interface NameParts {
  readonly point: string;
  readonly name: string;
  readonly unit: string;
}

export interface DoorEntry {
  readonly name: NameParts | null;
  readonly password: string | null;
  readonly knock: boolean;
  readonly takeOver: boolean;
}

const LEADS = ['chair', 'co_chair', 'secretary'];
const SILENT = ['observer', 'companion'];
/** They ask at every door, with a link and with an account. */
const HELPS = ['operator', 'technician'];

export function leads(role: string): boolean {
  return LEADS.includes(role);
}

/** Whoever has no account, link or password of their own is led to the lobby and asks rather than enters (R3); so do those who help (R13). */
export function goesToLobby(door: DoorView): boolean {
  if (door.identity && HELPS.includes(door.identity.role)) return true;
  if (door.identity && (door.identity.invited || leads(door.identity.role))) return false;
  return door.entry === 'lobby' || door.entry === 'invited';
}

/**
 * How the microphone is right after coming in, as far as the door can know (R16): the chair's is on, and everybody's where the
 * floor is open; an observer and another device of a seat have none.
 */
export function microphoneAtEntry({ identity, mutedUntilAllowed }: DoorView): 'on' | 'until_allowed' | 'none' {
  const role = identity?.role ?? 'attendee';
  if (SILENT.includes(role)) return 'none';
  return role === 'chair' || !mutedUntilAllowed ? 'on' : 'until_allowed';
}

export function asksPassword(door: DoorView): boolean {
  return door.hasPassword && !(door.identity && (door.identity.invited || leads(door.identity.role)));
}

/** Doors are not open yet for this visitor: the chair may come any time (R6). */
export function waitsForDoors(door: DoorView, nowMs: number): boolean {
  if (door.state !== 'scheduled' || door.doorsAt === null) return false;
  return nowMs + door.skewMs < door.doorsAt && !(door.identity !== null && door.identity.role === 'chair');
}

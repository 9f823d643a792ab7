/** Bodies of the REST doors for whoever is signed in (docs/protocol.md). Times are milliseconds since 1970 UTC. */
import type { MeetingKind, Overrun } from './floor';
import type { Cause, Name, Role } from './messages';

export type EntryRule = 'open' | 'password' | 'lobby' | 'invited';
export type SecondSeat = 'take_over' | 'refuse';
type AccountRole = 'user' | 'unit_admin' | 'operator' | 'admin';

export interface Me {
  readonly login: string;
  readonly name: Name;
  readonly role: AccountRole;
  readonly unit: string | null;
  /** The page of the office is for them. */
  readonly manages: boolean;
}

export interface UnitView {
  readonly slug: string;
  readonly name: string;
  readonly depth: number;
  readonly closed: boolean;
}

export interface OfficeRoom {
  readonly slug: string;
  readonly name: string;
  readonly unit: string | null;
  readonly entry: EntryRule;
  readonly password: boolean;
  readonly muted_until_allowed: boolean;
  readonly capacity: number;
  readonly ad_hoc: 'chair' | 'anyone' | 'never';
  readonly second_seat: SecondSeat;
  readonly kind: MeetingKind;
  /** Time of a turn; null: without a limit. */
  readonly turn_s: number | null;
  readonly at_once: number;
  readonly overrun: Overrun;
  readonly busy: boolean;
  readonly own: boolean;
}

export interface OfficeMeeting {
  readonly id: string;
  readonly room: string;
  readonly title: string;
  readonly starts_at: number | null;
  readonly ends_at: number | null;
  readonly opened_at: number | null;
  readonly closed_at: number | null;
  readonly cause: Cause | null;
  /** It has begun or is over: nothing of it can be changed any more. */
  readonly fixed: boolean;
}

export interface OfficeView {
  readonly now: number;
  readonly units: readonly UnitView[];
  readonly rooms: readonly OfficeRoom[];
  readonly meetings: readonly OfficeMeeting[];
}

/** How people come to speak. What is left out is as the kind has it, without a kind as it was. */
export interface FloorChoice {
  readonly kind?: MeetingKind | null;
  /** 0: without a limit. */
  readonly turn_s?: number | null;
  readonly at_once?: number | null;
  readonly overrun?: Overrun | null;
}

export interface NewRoom extends FloorChoice {
  readonly slug: string;
  readonly name: string;
  readonly unit: string;
  readonly entry: EntryRule;
  readonly password: string | null;
  readonly muted_until_allowed: boolean;
  readonly second_seat: SecondSeat;
}

/** `password`: null leaves it as it is, an empty one takes it away. */
export type RoomChange = Omit<NewRoom, 'slug' | 'unit'>;

export interface InvitedRow {
  readonly bridge_point: string;
  readonly name: string;
  readonly unit: string;
  readonly role: Role;
  readonly kind: 'room' | 'person';
  /** Of bridge points (R14); a co-chair of a branch leads that branch only. */
  readonly branch: string;
  readonly login: string | null;
}

/** What is null or left out is as the room has it. */
export interface MeetingPlan extends FloorChoice {
  readonly room: string;
  readonly title: string;
  readonly starts_at: number;
  readonly ends_at: number | null;
  readonly entry: EntryRule | null;
  readonly muted_until_allowed?: boolean | null;
  readonly invited: readonly InvitedRow[];
}

export interface MeetingDetail {
  readonly meeting: OfficeMeeting;
  readonly entry: EntryRule;
  readonly kind: MeetingKind;
  readonly muted_until_allowed: boolean;
  /** Time of a turn; null: without a limit. */
  readonly turn_s: number | null;
  readonly at_once: number;
  readonly overrun: Overrun;
  /** `link`: the token of the personal link; null for accounts, and when all is over. */
  readonly invited: readonly (InvitedRow & { readonly link: string | null })[];
}

/** Who is what, and who did what (R13, R14, R18), as it stands on the wire. */
import type { Name, ParticipantId, Role } from './messages';

export type RoleAct =
  /** `branch`, of a co-chair: its acts reach that branch only. */
  | {
      readonly type: 'set_role';
      readonly participant: ParticipantId;
      readonly role: Role;
      readonly branch?: string | null;
    }
  | { readonly type: 'set_branch'; readonly participant: ParticipantId; readonly branch: string }
  | { readonly type: 'rename'; readonly participant: ParticipantId; readonly name: Name }
  | { readonly type: 'offer_chair'; readonly participant: ParticipantId }
  | { readonly type: 'withdraw_chair_offer' }
  | { readonly type: 'answer_chair'; readonly accept: boolean }
  | { readonly type: 'name_deputy'; readonly participant: ParticipantId | null }
  | { readonly type: 'take_chair' }
  /** null: taken back. */
  | { readonly type: 'give_lobby'; readonly participant: ParticipantId | null }
  | { readonly type: 'read_acts'; readonly before?: number | null; readonly search?: string };

export type RoleEvent =
  | {
      readonly type: 'role_changed';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly role: Role;
      readonly branch: string | null;
      readonly by: ParticipantId | null;
    }
  | {
      readonly type: 'branch_set';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly branch: string;
      readonly by: ParticipantId | null;
    }
  | {
      readonly type: 'name_changed';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly name: Name;
      readonly by: ParticipantId | null;
    }
  | {
      readonly type: 'chair_offered';
      readonly at: number;
      /** null: the offer is taken back. */
      readonly participant: ParticipantId | null;
      readonly by: ParticipantId | null;
    }
  | {
      readonly type: 'chair_answered';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly accepted: boolean;
    }
  | {
      readonly type: 'deputy_named';
      readonly at: number;
      readonly participant: ParticipantId | null;
      readonly by: ParticipantId | null;
    }
  | {
      readonly type: 'chair_stands_in';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly for: ParticipantId;
    }
  | { readonly type: 'chair_restored'; readonly at: number; readonly participant: ParticipantId }
  | {
      readonly type: 'lobby_given';
      readonly at: number;
      /** null: whoever leads cares for it. */
      readonly participant: ParticipantId | null;
      readonly by: ParticipantId | null;
    };

/** Somebody as they were shown when it happened. */
export interface ActPerson {
  readonly id: ParticipantId;
  readonly name: Name;
}

export interface ActRow {
  readonly seq: number;
  readonly at: number;
  readonly act: string;
  readonly actor: ActPerson;
  /** The first few of those whom it concerned; `concerned` says how many. */
  readonly targets: readonly ActPerson[];
  readonly concerned: number;
  readonly reason: string;
  readonly details: Readonly<Record<string, string>>;
}

/** A page of acts, the newest first. */
export interface Acts {
  readonly type: 'acts';
  readonly rows: readonly ActRow[];
  readonly more: boolean;
}

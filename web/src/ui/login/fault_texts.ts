import { m } from '#lib/paraglide/messages.js';
import type { Fault } from '../../protocol/messages';
import { refusalText } from '../door/refusal_texts';
import { clock } from '../shell/duration';

/** What to do about a refusal of the pages behind the sign-in: the fault and the correction. */
export function faultText(fault: Fault): string {
  const say = TEXTS[fault.code];
  return say ? say(fault) : refusalText(fault);
}

const wait = (fault: Fault) =>
  m.login_fault_wait({ left: clock(typeof fault.details.wait_ms === 'number' ? fault.details.wait_ms : 60_000) });

/** What one field has that cannot be. */
function unfit(fault: Fault): string | null {
  const { field, details } = fault;
  if (field === 'ends_at') return m.office_fault_end();
  if (field === 'starts_at') return m.office_fault_past();
  if (details.cause === 'too_long') return m.office_fault_too_long({ max: limit(fault, 200) });
  return details.cause === 'characters' ? m.office_fault_characters() : null;
}

/** A row of an invitation list, and what is wrong with it; null: the fault names none. */
function row({ details }: Fault, fault: string): string | null {
  return details.row === undefined ? null : m.office_fault_row({ row: String(details.row), fault });
}

function wrongRow(fault: Fault): string {
  return ROWS[String(fault.details.cause)]?.(fault) ?? m.office_fault_row_other();
}

function limit({ details }: Fault, otherwise: number): string {
  return String(details.max ?? otherwise);
}

const ROWS: Readonly<Record<string, (fault: Fault) => string>> = {
  name_missing: () => m.office_fault_row_name(),
  twice: ({ details: { other } }) =>
    other ? m.office_fault_row_twice({ other: String(other) }) : m.office_fault_row_chair(),
  too_long: (fault) => m.office_fault_row_long({ max: limit(fault, 200) }),
  characters: () => m.office_fault_row_characters(),
  account: () => m.office_fault_row_account(),
  branch: () => m.office_fault_row_branch(),
  role: () => m.office_fault_row_role(),
};

const TEXTS: Readonly<Record<string, (fault: Fault) => string>> = {
  'login.wrong': () => m.login_fault_wrong(),
  'login.wait': wait,
  'password.wait': wait,
  'login.code_needed': () => m.login_code_text(),
  'login.code_wrong': () => m.login_fault_code(),
  'login.no_second_factor': () => m.login_fault_no_second_factor(),
  'login.needed': () => m.login_fault_needed(),
  'password.weak': (fault) => m.login_fault_weak({ least: String(fault.details.min_length ?? 12) }),
  not_allowed: () => m.office_fault_not_allowed(),
  'slug.invalid': () => m.office_fault_slug(),
  'slug.lookalike': ({ details }) => m.office_fault_slug_lookalike({ other: String(details.other ?? '') }),
  'slug.reserved': () => m.office_fault_slug_reserved(),
  'room.exists': () => m.office_fault_room_exists(),
  'password.missing': () => m.office_fault_password_missing(),
  'unit.unknown': () => m.office_fault_unit(),
  'account.unknown': (fault) => row(fault, m.office_fault_row_account()) ?? m.office_fault_account(),
  'invitation.invalid': (fault) => row(fault, wrongRow(fault)) ?? m.office_fault_too_many({ max: limit(fault, 1000) }),
  'link.unknown': () => m.office_fault_room_unknown(),
  'meeting.unknown': () => m.office_fault_meeting_unknown(),
  'meeting.ended': () => m.office_fault_meeting_over(),
  'title.missing': () => m.office_fault_title(),
  'time.missing': () => m.office_fault_time(),
  not_possible: (fault) => unfit(fault) ?? m.office_fault_not_possible(),
};

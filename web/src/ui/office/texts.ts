import { m } from '#lib/paraglide/messages.js';
import type { MeetingKind } from '../../protocol/floor';
import type { Role } from '../../protocol/messages';
import type { EntryRule, OfficeMeeting } from '../../protocol/office';
import { dayOfWeek, timeOfDay } from '../shell/duration';
import { language } from '../shell/language.svelte';
import type { MeetingState } from './plan';

/** The entry rules as a list to choose from. */
export function entryNames(): (readonly [EntryRule, string])[] {
  return [
    ['lobby', m.office_entry_lobby()],
    ['invited', m.office_entry_invited()],
    ['password', m.office_entry_password()],
    ['open', m.office_entry_open()],
  ];
}

export function entryName(entry: EntryRule): string {
  return entryNames().find(([key]) => key === entry)?.[1] ?? entry;
}

/** The kinds of meeting: each sets how people come to speak. */
export function kindNames(): (readonly [MeetingKind, string])[] {
  return [
    ['conference', m.office_kind_conference()],
    ['training', m.office_kind_training()],
    ['discussion', m.office_kind_discussion()],
  ];
}

/** The roles that a list gives. */
export function roleNames(): (readonly [Role, string])[] {
  return [
    ['attendee', m.office_role_attendee()],
    ['chair', m.office_role_chair()],
    ['co_chair', m.office_role_co_chair()],
    ['secretary', m.office_role_secretary()],
    ['observer', m.office_role_observer()],
  ];
}

export function roleName(role: Role): string {
  return roleNames().find(([key]) => key === role)?.[1] ?? role;
}

export function stateName(state: MeetingState): string {
  return {
    planned: m.office_state_planned,
    now: m.office_state_now,
    over: m.office_state_over,
    cancelled: m.office_state_cancelled,
  }[state]();
}

/** "Thứ Ba 01/12/2026, 08:00–10:00". */
export function whenOf({ starts_at, ends_at, opened_at }: OfficeMeeting): string {
  const at = starts_at ?? opened_at;
  if (at === null) return '';
  const day = dayOfWeek(at, language.tag);
  const from = timeOfDay(at);
  return ends_at === null ? m.office_when({ day, from }) : m.office_when_until({ day, from, to: timeOfDay(ends_at) });
}

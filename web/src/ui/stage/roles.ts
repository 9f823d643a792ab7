import { m } from '#lib/paraglide/messages.js';

export type Role =
  'chair' | 'co_chair' | 'secretary' | 'attendee' | 'observer' | 'operator' | 'technician' | 'companion';

const LEADS: readonly Role[] = ['chair', 'co_chair'];
/** The secretary corrects names and reads who did what. */
const KEEPS_THE_BOOK: readonly Role[] = ['chair', 'co_chair', 'secretary'];

/** May do the chair's acts (R18). */
export function leads(role: Role): boolean {
  return LEADS.includes(role);
}

/** May see the lobby and let people in. */
export function admits(role: Role): boolean {
  return LEADS.includes(role);
}

/** May correct names. */
export function renames(role: Role): boolean {
  return KEEPS_THE_BOOK.includes(role);
}

/** May read who did what. */
export function readsActs(role: Role): boolean {
  return KEEPS_THE_BOOK.includes(role);
}

/** What somebody is, in a list of acts and in a choice. */
export function roleName(role: Role): string {
  switch (role) {
    case 'attendee':
      return m.role_attendee();
    case 'observer':
      return m.role_observer();
    case 'technician':
      return m.role_technician();
    case 'chair':
    case 'co_chair':
    case 'secretary':
    case 'operator':
    case 'companion':
      return roleSign(role) ?? role;
  }
}

/** Reads what is written to those who lead, and writes while the chat is closed (R25). */
export function atDesk(role: Role): boolean {
  return KEEPS_THE_BOOK.includes(role);
}

const LOOKS_ON: readonly Role[] = ['observer', 'operator', 'companion'];

/** Writes in the chat. */
export function writes(role: Role): boolean {
  return !LOOKS_ON.includes(role);
}

/** The plate over a picture and the sign in a list; null for those who are here as everybody is. */
export function roleSign(role: Role): string | null {
  switch (role) {
    case 'chair':
      return m.tile_chair();
    case 'co_chair':
      return m.tile_co_chair();
    case 'secretary':
      return m.tile_secretary();
    case 'operator':
    case 'technician':
      return m.tile_technician();
    case 'companion':
      return m.role_companion();
    case 'attendee':
    case 'observer':
      return null;
  }
}

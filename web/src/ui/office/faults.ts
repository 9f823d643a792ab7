import type { Fault } from '../../protocol/messages';
import { moments, type PlanDraft } from './plan';

/* What the forms of the office see by themselves before they ask, all at once. Pure: time is an argument. */

/** One thing to be corrected, and the field at which it stands; null: it concerns the whole form. */
export interface FormFault<Field extends string> {
  readonly at: Field | null;
  readonly fault: Fault;
}

export type PlanField = 'title' | 'day' | 'from' | 'to' | 'row';
export type RoomField = 'name' | 'slug' | 'password';

export interface RoomDraft {
  readonly name: string;
  readonly slug: string;
  readonly asksPassword: boolean;
  readonly hasPassword: boolean;
}

/** In the order of the form. */
export function planFaults(draft: PlanDraft, nowMs: number): FormFault<PlanField>[] {
  const found: FormFault<PlanField>[] = [];
  if (draft.title.trim() === '') found.push({ at: 'title', fault: seen('title.missing') });
  const times = moments(draft);
  if (times === null) found.push({ at: draft.day === '' ? 'day' : 'from', fault: seen('time.missing') });
  else if (times.ends !== null && times.ends <= times.starts)
    found.push({ at: 'to', fault: seen('not_possible', 'ends_at') });
  else if (times.ends !== null && times.ends <= nowMs)
    found.push({ at: 'from', fault: seen('not_possible', 'starts_at') });
  return found;
}

export function roomFaults(draft: RoomDraft): FormFault<RoomField>[] {
  const found: FormFault<RoomField>[] = [];
  if (draft.name.trim() === '') found.push({ at: 'name', fault: seen('title.missing') });
  if (!SLUG.test(draft.slug)) found.push({ at: 'slug', fault: seen('slug.invalid') });
  if (draft.asksPassword && !draft.hasPassword) found.push({ at: 'password', fault: seen('password.missing') });
  return found;
}

/** Where the server's refusal of a plan stands. */
export function planFault(fault: Fault): FormFault<PlanField> {
  const at: Readonly<Record<string, PlanField>> = { title: 'title', starts_at: 'from', ends_at: 'to' };
  return { at: at[fault.field ?? ''] ?? null, fault };
}

export function roomFault(fault: Fault): FormFault<RoomField> {
  if (fault.code.startsWith('slug.') || fault.code === 'room.exists') return { at: 'slug', fault };
  if (fault.code === 'password.missing') return { at: 'password', fault };
  return { at: fault.field === 'name' ? 'name' : null, fault };
}

/** As the server has it (docs/protocol.md): `slug.invalid`. */
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/;

function seen(code: string, field: string | null = null, details: Fault['details'] = {}): Fault {
  return { code, message: '', field, details };
}

import type { Act } from '../protocol/messages';

/** Whom or what an act is about; null when it concerns many, or the meeting. */
export function aboutOf(act: Act): string | null {
  if ('participant' in act) return act.participant;
  if ('applicant' in act) return act.applicant;
  const list = ('applicants' in act ? act.applicants : 'participants' in act ? act.participants : undefined) ?? [];
  return list.length === 1 ? (list[0] ?? null) : null;
}

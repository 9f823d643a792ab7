/** One thing that was refused, as the server tells it; the texts are the page's own (refusal_texts.ts). */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly field?: string | null;
  readonly details?: Readonly<Record<string, string | number>>;
}

export const FIELDS = ['bridge_point', 'name', 'unit', 'password'] as const;
export type FieldName = (typeof FIELDS)[number];

/** The field at which a refusal is shown, null when it concerns the whole form. */
export function fieldOf(refusal: Refusal): FieldName | null {
  const named = FIELDS.find((field) => field === refusal.field);
  if (named) return named;
  if (refusal.field === 'position') return 'name';
  if (refusal.code === 'name.point_unknown' || refusal.code === 'seat.taken') return 'bridge_point';
  if (refusal.code === 'name.unit_missing') return 'unit';
  if (refusal.code.startsWith('name.')) return 'name';
  if (refusal.code.startsWith('password.')) return 'password';
  return null;
}

/** Codes after which the page tries again by itself, and after how long. */
export function retryAfterMs(code: string): number | null {
  return RETRIES[code] ?? null;
}

const RETRIES: Readonly<Record<string, number>> = {
  'room.full': 15_000,
  'lobby.full': 15_000,
  'meeting.not_open': 10_000,
  'engine.away': 3_000,
  shutting_down: 3_000,
  offline: 5_000,
};

import type { Refusal } from './refusals';

/** How long no password may be tried, where a refusal says so. */
export function waitMs({ code, details }: Refusal): number | null {
  const ms = details?.wait_ms;
  return code.startsWith('password.') && typeof ms === 'number' ? ms : null;
}

/** A refusal that says how long to wait, as it reads later. */
export function withWaitLeft(refusal: Refusal, leftMs: number | null): Refusal {
  if (leftMs === null || waitMs(refusal) === null) return refusal;
  return { ...refusal, details: { ...refusal.details, wait_ms: leftMs } };
}

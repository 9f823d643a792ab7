import type { Outcome } from '../meeting/state';
import type { Refused } from '../protocol/messages';

/** The server cannot be reached: not a word of the server's, so it is not in its list of codes. */
export const OFFLINE = 'offline';

export function refusal(code: string, message: string): Outcome {
  return { ok: false, faults: [{ code, message, field: null, details: {} }] };
}

export function refused({ code, message, faults }: Refused): Outcome {
  return faults.length > 0 ? { ok: false, faults } : refusal(code, message);
}

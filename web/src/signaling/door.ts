import type { Door, Fault, JoinToken } from '../protocol/messages';
import { OFFLINE } from './outcome';

export type DoorAnswer = { readonly ok: true; readonly door: Door } | { readonly ok: false; readonly fault: Fault };

/** Asks what stands at the door of a room; with a join token the server names its bearer. Never rejects. */
export async function askDoor(
  slug: string,
  token: JoinToken | null,
  load: typeof fetch = (...request) => fetch(...request),
): Promise<DoorAnswer> {
  const headers = new Headers({ accept: 'application/json' });
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  try {
    const response = await load(`/api/rooms/${encodeURIComponent(slug)}/door`, {
      headers,
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    const body: unknown = await response.json();
    return response.ok ? { ok: true, door: body as Door } : { ok: false, fault: faultOf(body, response.status) };
  } catch {
    return { ok: false, fault: { code: OFFLINE, message: 'the server cannot be reached', field: null, details: {} } };
  }
}

function faultOf(body: unknown, status: number): Fault {
  const { code, message, field, details } = (body ?? {}) as Partial<Fault>;
  return {
    code: code ?? (status === 404 ? 'link.unknown' : 'internal_error'),
    message: message ?? `status ${status}`,
    field: field ?? null,
    details: details ?? {},
  };
}

const WITHIN_MS = 8_000;

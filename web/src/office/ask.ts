import type { Fault } from '../protocol/messages';
import { OFFLINE } from '../signaling/outcome';

export type Asked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

/**
 * Asks a REST door of the own server. The header says that a page of ours asks (S39). Never rejects; an answer without
 * a body is null.
 */
export async function ask<T>(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body: unknown = null,
  { token = null, load = (...request) => fetch(...request) }: Options = {},
): Promise<Asked<T>> {
  const headers = new Headers({ accept: 'application/json', 'x-hoptt': '1' });
  if (body !== null) headers.set('content-type', 'application/json');
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  try {
    const answer = await load(path, {
      method,
      headers,
      ...(body === null ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    const told: unknown = answer.status === 204 ? null : await answer.json();
    return answer.ok ? { ok: true, value: told as T } : { ok: false, fault: faultOf(told, answer.status) };
  } catch {
    return { ok: false, fault: { code: OFFLINE, message: 'the server cannot be reached', field: null, details: {} } };
  }
}

interface Options {
  /** Of a personal link, for whoever is not signed in. */
  readonly token?: string | null;
  readonly load?: typeof fetch;
}

function faultOf(told: unknown, status: number): Fault {
  const { code, message, field, details } = (told ?? {}) as Partial<Fault>;
  return {
    code: code ?? 'internal_error',
    message: message ?? `status ${status}`,
    field: field ?? null,
    details: details ?? {},
  };
}

const WITHIN_MS = 15_000;

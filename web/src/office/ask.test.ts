import { describe, expect, test } from 'vitest';
import { OFFLINE } from '../signaling/outcome';
import { ask } from './ask';

const answering = (status: number, body: unknown) => {
  const asked: [string, RequestInit][] = [];
  const load = ((path: string, request: RequestInit) => {
    asked.push([path, request]);
    return Promise.resolve(new Response(body === null ? null : JSON.stringify(body), { status }));
  }) as typeof fetch;
  return { asked, load };
};

describe('a REST door', () => {
  test('is asked with the header that a foreign page cannot set (S39), and with JSON', async () => {
    const { asked, load } = answering(200, { login: 'an' });
    expect(await ask('POST', '/api/login', { login: 'an' }, { load })).toEqual({ ok: true, value: { login: 'an' } });
    const headers = new Headers(asked[0]?.[1].headers);
    expect([headers.get('x-hoptt'), headers.get('content-type')]).toEqual(['1', 'application/json']);
  });

  test('may answer without a body', async () => {
    expect(await ask('POST', '/api/logout', null, answering(204, null))).toEqual({ ok: true, value: null });
  });

  test('tells its refusal', async () => {
    const fault = { code: 'login.wait', message: 'wait', field: 'password', details: { wait_ms: 1000 } };
    expect(await ask('GET', '/api/me', null, answering(429, fault))).toEqual({ ok: false, fault });
  });

  test('that says nothing readable is a fault of the server, and one that says nothing at all is away', async () => {
    const broken = await ask('GET', '/api/me', null, answering(502, 'oops'));
    expect(!broken.ok && broken.fault.code).toBe('internal_error');
    const away = await ask('GET', '/api/me', null, { load: () => Promise.reject(new TypeError('offline')) });
    expect(!away.ok && away.fault.code).toBe(OFFLINE);
  });
});

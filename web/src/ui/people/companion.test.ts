import { expect, test } from 'vitest';
import { makeCompanion } from './companion';

const LINK = { link: 'https://hop.example.vn/giao-ban#token=x', until: 1, picture: 'data:,' };

function door(status: number, body: unknown) {
  const asked: { path: string; token: string | null; body: unknown }[] = [];
  const load: typeof fetch = (path, init) => {
    const token = new Headers(init?.headers).get('authorization');
    asked.push({ path: path as string, token, body: JSON.parse(init?.body as string) });
    return Promise.resolve(Response.json(body, { status }));
  };
  return { asked, load };
}

test('R12: whoever came by a personal link asks as its bearer', async () => {
  const { asked, load } = door(201, LINK);
  const storage = { getItem: (key: string) => (key === 'hoptt.link.giao-ban' ? 'mine' : null) };
  expect(await makeCompanion('giao-ban', 'camera 2', { storage, load })).toEqual({ ok: true, value: LINK });
  expect(asked).toEqual([{ path: '/api/rooms/giao-ban/companions', token: 'Bearer mine', body: { word: 'camera 2' } }]);
});

test('R12: whoever is signed in asks with the cookie alone, and a guest is told that they need an account', async () => {
  const { asked, load } = door(401, { code: 'login.needed', message: '' });
  const made = await makeCompanion('giao-ban', '', { storage: { getItem: () => null }, load });
  expect(made).toMatchObject({ ok: false, fault: { code: 'login.needed' } });
  expect(asked[0]?.token).toBeNull();
});

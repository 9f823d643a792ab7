import { expect, test } from 'vitest';
import { askDoor } from './door';
import { forgetToken, takeToken } from './link';

class Shelf {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

function anAddress(hash: string, search = '') {
  const seen: string[] = [];
  return { hash, search, pathname: '/duan', seen, replace: (address: string) => void seen.push(address) };
}

test('S29: the token of a personal link is taken out of the address', () => {
  const address = anAddress('#token=abc.def');
  expect([takeToken('duan', address, new Shelf()), address.seen]).toEqual(['abc.def', ['/duan']]);
});

test('what else stands in the address stays there', () => {
  const address = anAddress('#token=abc&stage=1', '?lang=en');
  takeToken('duan', address, null);
  expect(address.seen).toEqual(['/duan?lang=en#stage=1']);
});

test('a reload at the door still knows the link, in this tab and for this room', () => {
  const shelf = new Shelf();
  takeToken('duan', anAddress('#token=abc'), shelf);
  expect([takeToken('duan', anAddress(''), shelf), takeToken('khac', anAddress(''), shelf)]).toEqual(['abc', null]);
  forgetToken('duan', shelf);
  expect(takeToken('duan', anAddress(''), shelf)).toBe(null);
});

test('an address without a token is left alone', () => {
  const address = anAddress('#stage=1');
  expect([takeToken('duan', address, new Shelf()), address.seen]).toEqual([null, []]);
});

const answered = (status: number, body: unknown) => () => Promise.resolve(Response.json(body, { status }));

test('S29: the door is asked with the token in a header, never in the address', async () => {
  const requests: [string, string | null][] = [];
  await askDoor('phòng', 'abc' as never, (url, init) => {
    requests.push([typeof url === 'string' ? url : '', new Headers(init?.headers).get('authorization')]);
    return Promise.resolve(Response.json({}));
  });
  expect(requests).toEqual([['/api/rooms/ph%C3%B2ng/door', 'Bearer abc']]);
});

test.each([
  ['a refusal keeps its code', answered(404, { code: 'link.unknown', message: 'no room' }), 'link.unknown'],
  ['a page of some proxy is no answer', answered(502, '<html>'), 'internal_error'],
  ['no server is no answer', () => Promise.reject(new TypeError('failed')), 'offline'],
])('%s', async (_, load, code) => {
  expect(await askDoor('duan', null, load)).toMatchObject({ ok: false, fault: { code } });
});

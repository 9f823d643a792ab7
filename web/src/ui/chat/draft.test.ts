import { expect, test } from 'vitest';
import type { ChatLine, ChatTo } from '../stage/view';
import { DraftRules } from './draft';

class Draft extends DraftRules {
  text = this.recalled();
  to: ChatTo = 'all';
  sending = false;
}

function aStorage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage;
}

const own = (number: number, text: string): ChatLine => ({
  number,
  at: 0,
  writer: 'Lai Châu',
  point: 'Lai Châu',
  to: 'all',
  text,
  own: true,
});

test('a line that was taken leaves an empty field', async () => {
  const draft = new Draft('duan', aStorage());
  draft.write('Đã nhận');
  expect(await draft.send(0, () => Promise.resolve(true))).toBe(true);
  expect(draft.text).toBe('');
});

test('a line that was refused, or that nobody answered, stays', async () => {
  const storage = aStorage();
  const draft = new Draft('duan', storage);
  draft.write('Đã nhận');
  await draft.send(0, () => Promise.resolve(false));
  expect([draft.text, new Draft('duan', storage).text, new Draft('khac', storage).text]).toEqual([
    'Đã nhận',
    'Đã nhận',
    '',
  ]);
});

test('what was taken although the line broke before the answer is not written twice', async () => {
  const draft = new Draft('duan', null);
  draft.write(' Lai Cha\u0302u ');
  await draft.send(4, () => Promise.resolve(false));
  draft.settle([own(4, 'Lai Châu')]);
  expect(draft.text).not.toBe('');
  draft.settle([own(4, 'Lai Châu'), own(5, 'Lai Châu')]);
  expect(draft.text).toBe('');
});

test('what was written on while the answer was out is kept', async () => {
  const draft = new Draft('duan', null);
  draft.write('một');
  let answer: (taken: boolean) => void = () => undefined;
  const sent = draft.send(0, () => new Promise((settle) => (answer = settle)));
  draft.write('một hai');
  answer(true);
  await sent;
  expect(draft.text).toBe('một hai');
});

test('two presses send one line', async () => {
  const draft = new Draft('duan', null);
  draft.write('một');
  let asked = 0;
  const say = () => {
    asked += 1;
    return new Promise<boolean>(() => undefined);
  };
  void draft.send(0, say);
  void draft.send(0, say);
  await Promise.resolve();
  expect(asked).toBe(1);
});

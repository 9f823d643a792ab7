import { expect, test } from 'vitest';
import { Asked } from './asked';

test('a second press takes back the first one before that is done', async () => {
  const asked = new Asked();
  const first = Promise.withResolvers();
  asked.note('microphone', true, first.promise);
  expect(asked.isOn('microphone', false)).toBe(true);
  const second = Promise.withResolvers();
  asked.note('microphone', false, second.promise);
  first.resolve(null);
  await first.promise;
  expect([asked.isOn('microphone', true), asked.isOn('camera', true)]).toEqual([false, true]);
});

test('once it is done, or refused, a press is about what the server says', async () => {
  const asked = new Asked();
  const done = Promise.resolve();
  asked.note('microphone', true, done);
  await done;
  expect(asked.isOn('microphone', false)).toBe(false);
});

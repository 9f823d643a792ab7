import { expect, test } from 'vitest';
import { TalkWhileHeld } from './talk_while_held';
import type { Seat } from './view';

const SPACE = {
  key: ' ',
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  repeat: false,
};
const MUTED = { maySpeak: true, micOn: false };

function talking(you: Pick<Seat, 'maySpeak' | 'micOn'>) {
  const asked: boolean[] = [];
  const talk = new TalkWhileHeld({
    you: () => you as Seat,
    isOn: () => you.micOn,
    turn: (on) => asked.push(on),
  });
  return { talk, asked };
}
const focused = (matches: boolean) => ({ matches: () => matches }) as unknown as Element;

test('Space opens the microphone for as long as it is held', () => {
  const { talk, asked } = talking(MUTED);
  expect(talk.press(SPACE, null)).toBe(true);
  expect(talk.press({ ...SPACE, repeat: true }, null)).toBe(true);
  talk.release();
  talk.release();
  expect(asked).toEqual([true, false]);
});

test.each([
  ['whoever may not speak', { maySpeak: false, micOn: false }],
  ['a microphone that is open already', { maySpeak: true, micOn: true }],
])('Space changes nothing for %s', (_, you) => {
  const { talk, asked } = talking(you);
  expect(talk.press(SPACE, null)).toBe(false);
  talk.release();
  expect(asked).toEqual([]);
});

test('Space on a button presses the button', () => {
  const { talk, asked } = talking(MUTED);
  expect(talk.press(SPACE, focused(true))).toBe(false);
  expect(talk.press(SPACE, focused(false))).toBe(true);
  expect(asked).toEqual([true]);
});

test('Space with another key belongs to the browser', () => {
  expect(talking(MUTED).talk.press({ ...SPACE, shiftKey: true }, null)).toBe(false);
});

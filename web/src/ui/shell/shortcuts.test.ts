import { expect, test } from 'vitest';
import { type KeyPress, shortcutOf } from './shortcuts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  repeat: false,
  ...more,
});
const OUTSIDE = { inText: false, letters: true };

test.each([
  ['m', {}, 'microphone'],
  ['M', { shiftKey: true }, 'mute_all'],
  ['A', { shiftKey: true }, 'admit_invited'],
  ['a', {}, 'admit'],
  ['t', {}, 'chat'],
  ['?', { shiftKey: true }, 'help'],
  ['+', { shiftKey: true }, 'floor_more'],
  ['+', {}, 'floor_more'],
  ['h', {}, 'floor_ask'],
  ['N', { shiftKey: true }, null],
  ['F6', { shiftKey: true }, 'region_previous'],
  ['x', {}, null],
] as const)('%s with %o asks for %s', (key, more, shortcut) => {
  expect(shortcutOf(press(key, more), OUTSIDE)).toBe(shortcut);
});

test('a letter typed into a field stays a letter, and F6 still leads out', () => {
  expect(shortcutOf(press('m'), { inText: true, letters: true })).toBeNull();
  expect(shortcutOf(press('F6'), { inText: true, letters: true })).toBe('region_next');
});

test('a letter of a Vietnamese input method is no shortcut', () => {
  expect(shortcutOf(press('m', { isComposing: true }), OUTSIDE)).toBeNull();
});

test('the commands of the browser stay with the browser', () => {
  expect(shortcutOf(press('c', { ctrlKey: true }), OUTSIDE)).toBeNull();
});

test('Ctrl+K finds commands from anywhere, and with single letters switched off', () => {
  expect(shortcutOf(press('k', { ctrlKey: true }), { inText: true, letters: false })).toBe('commands');
  expect(shortcutOf(press('k', { metaKey: true }), OUTSIDE)).toBe('commands');
  expect(shortcutOf(press('k', { ctrlKey: true, shiftKey: true }), OUTSIDE)).toBeNull();
});

test('single letters can be switched off', () => {
  expect(shortcutOf(press('m'), { inText: false, letters: false })).toBeNull();
  expect(shortcutOf(press('Escape'), { inText: false, letters: false })).toBe('escape');
});

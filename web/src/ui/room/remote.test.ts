import { expect, test } from 'vitest';
import { remoteKey, stepped } from './remote';

const press = (key: string, more = {}) => remoteKey({ key, repeat: false, isComposing: false, ...more });

test('arrows, OK, back and menu are read, and nothing else', () => {
  expect(
    ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Enter', 'GoBack', 'ContextMenu', 'x'].map((key) => press(key)),
  ).toEqual(['left', 'right', 'up', 'down', 'ok', 'back', 'menu', null]);
});

test('a held OK is one press, a held arrow goes on', () => {
  expect(press('Enter', { repeat: true })).toBeNull();
  expect(press('ArrowDown', { repeat: true })).toBe('down');
});

test('a list goes round', () => {
  expect([stepped(0, 1, 3), stepped(2, 1, 3), stepped(0, -1, 3), stepped(0, 1, 0)]).toEqual([1, 0, 2, 0]);
});

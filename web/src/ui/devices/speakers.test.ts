import { expect, test } from 'vitest';
import { speakersOf } from './speakers';

const TV = { id: 'tv', label: 'HDMI' };
const MACHINE = { id: 'default', label: 'Default' };

test('with no speaker chosen that of the machine is shown, whether the browser lists it or not', () => {
  expect(speakersOf([MACHINE, TV], '').chosen).toBe('default');
  const { choices, chosen } = speakersOf([TV], '');
  expect(choices.find(({ id }) => id === chosen)?.label).toBe('Mặc định của máy');
});

test('a chosen speaker is shown, and that of the machine can be taken again', () => {
  const { choices, chosen } = speakersOf([TV], 'tv');
  expect(chosen).toBe('tv');
  expect(choices.map(({ id }) => id)).toEqual(['', 'tv']);
});

test('where the chosen speaker is gone, that of the machine is shown', () => {
  expect(speakersOf([TV], 'gone').chosen).toBe('');
});

import { expect, test } from 'vitest';
import { SETTLES_MS, Steady } from './steady';

test('a press on a name that stands is meant for it', () => {
  const steady = new Steady();
  steady.names('a', 0);
  expect(steady.isMeant(0)).toBe(true);
});

test('the second press of a double click does not invite the next but one', () => {
  const steady = new Steady();
  steady.names('a', 0);
  steady.names('b', 1_000);
  expect(steady.isMeant(1_000 + SETTLES_MS - 1)).toBe(false);
  expect(steady.isMeant(1_000 + SETTLES_MS)).toBe(true);
});

test('the clock does not begin anew while the name stays', () => {
  const steady = new Steady();
  steady.names('a', 0);
  steady.names('b', 1_000);
  steady.names('b', 1_600);
  expect(steady.isMeant(1_000 + SETTLES_MS)).toBe(true);
});

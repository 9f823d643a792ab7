import { describe, expect, test } from 'vitest';
import { drawn, homeOf, pressed } from './panel_tabs';

describe("the bar's buttons and the panel beside the stage", () => {
  test.each([
    ['opens it where it is closed', 'chair', null, 'chair'],
    ['shows its tab instead of another one', 'chair', 'chat', 'chair'],
    ['closes it where its own tab is shown', 'chair', 'chair', null],
    ['closes the chat by the button of the chat', 'chat', 'chat', null],
  ] as const)('a press %s', (_, tab, shown, then) => {
    expect(pressed(tab, shown)).toBe(then);
  });

  test('leads who leads to the acts, and everybody else to the people', () => {
    expect(homeOf({ leading: true, waiting: 0 })).toBe('chair');
    expect(homeOf({ leading: false, waiting: 0 })).toBe('people');
  });

  test('leads who lets in without leading to those who wait', () => {
    expect(homeOf({ leading: false, waiting: 2 })).toBe('floor');
  });

  test("draws the first tab where the asked one is not the reader's", () => {
    expect(drawn('chair', false)).toBe('floor');
    expect(drawn('people', false)).toBe('people');
  });
});

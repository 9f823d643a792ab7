import { expect, test } from 'vitest';
import { clock, dayOfWeek, longClock, timeOfDay } from './duration';

test.each([
  [0, '00:00'],
  [134_000, '02:14'],
  [3_599_999, '59:59'],
  [3_600_000, '01:00:00'],
  [-5_000, '00:00'],
])('a duration of %d ms reads %s', (ms, text) => {
  expect(clock(ms)).toBe(text);
});

test('the clock of a meeting keeps its width past the first hour', () => {
  expect(longClock(1_960_000)).toBe('00:32:40');
  expect(longClock(3_600_000)).toBe('01:00:00');
});

test('a day is named in the language of the page', () => {
  const at = Date.UTC(2026, 10, 26, 1, 0);
  expect(dayOfWeek(at, 'vi-VN', 'Asia/Ho_Chi_Minh')).toBe('Thứ Năm 26/11/2026');
  expect(dayOfWeek(at, 'en-GB', 'Asia/Ho_Chi_Minh')).toBe('Thursday 26/11/2026');
  expect(timeOfDay(at, 'Asia/Ho_Chi_Minh')).toBe('08:00');
});

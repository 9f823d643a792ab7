import { expect, test } from 'vitest';
import { nextPage } from './next';

test.each([
  ['?next=/duan', false, '/duan'],
  ['?next=/office', true, '/office'],
  ['', true, '/office'],
  ['', false, null],
  ['?next=//evil.example', false, null],
  ['?next=https://evil.example', false, null],
  ['?next=/du/an', false, null],
  ['?next=javascript:alert(1)', true, '/office'],
])('after signing in with %j (manages: %j) comes %j', (search, manages, page) => {
  expect(nextPage(search, manages)).toBe(page);
});

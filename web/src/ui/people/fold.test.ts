import { expect, test } from 'vitest';
import { fold } from './fold';

test.each([
  ['Sở TNMT Lai Châu', 'so tnmt lai chau'],
  ['Đắk Lắk', 'dak lak'],
  ['Ẳ Ẵ Ễ Ộ Ậ ỷ', 'a a e o a y'],
])('%s is found as %s', (written, typed) => {
  expect(fold(written)).toBe(typed);
});

import { expect, test } from 'vitest';
import { stripFor } from './strip';

const measure = (text: string) => text.length * 8;
const SHORT = { point: 'Bộ TNMT', person: 'Thứ trưởng' };
const LONG = { point: 'Cục Công nghệ thông tin và Dữ liệu', person: 'Nguyễn Thị Phương Thảo, Cục trưởng' };

test('captions that fit take one line', () => {
  expect(stripFor([SHORT, SHORT], 320, 14, measure)).toMatchObject({ lines: 1, stacked: false });
});

test('one long caption gives every strip of the page its lines', () => {
  expect(stripFor([SHORT, LONG], 420, 14, measure)).toMatchObject({ lines: 2, stacked: true });
});

test('below 300 px the person stands under the bridge point', () => {
  expect(stripFor([SHORT], 181, 14, measure)).toMatchObject({ lines: 2, stacked: true });
});

test('a name that is wider than the tile wraps', () => {
  expect(stripFor([LONG], 240, 14, measure).lines).toBe(4);
});

import { expect, test } from 'vitest';
import { perPage, settle } from './settle';

const LAPTOP = { width: 948, height: 632 };
const PHONE = { width: 366, height: 690 };
const measuring = (fontSize: number) => (text: string) => text.length * fontSize * 0.52;
const SHORT = { point: 'Sở TNMT Hà Giang', person: 'Giám đốc' };
const LONG = {
  point: 'Trung tâm Thông tin, Lưu trữ và Thư viện Tài nguyên Nước',
  person: 'Nguyễn Thị Hoàng Phương Thảo, Phó Trưởng phòng Kỹ thuật',
};
const NINE = Array.from({ length: 9 }, () => SHORT);

test('nine short captions take one line each, and nine tiles stand on a laptop', () => {
  const { boxes, strips } = settle(LAPTOP, NINE, false, measuring);
  expect(strips.every(({ lines }) => lines === 1)).toBe(true);
  expect(boxes[0]?.width).toBeGreaterThan(305);
  expect(perPage(LAPTOP, NINE, 9, measuring)).toBe(9);
});

test.each([
  [LAPTOP, 9, 220],
  [PHONE, 6, 160],
])('one long name leaves every picture wide enough to see a face: %j', (area, most, narrowest) => {
  const names = [...NINE.slice(1), LONG];
  const count = perPage(area, names, most, measuring);
  expect(count).toBeLessThan(most);
  const page = settle(area, names.slice(-count), false, measuring);
  expect(page.boxes[0]?.width).toBeGreaterThanOrEqual(narrowest);
});

test('a stage with no room still shows one tile', () => {
  expect(perPage({ width: 100, height: 80 }, NINE, 9, measuring)).toBe(1);
});

import { expect, test } from 'vitest';
import { fitted } from './draw';

const ROOM = { width: 3300, height: 2160 };
const measure = (size: number) => (text: string) => text.length * size * 0.6;

test('a short title stands in one line of the largest letters', () => {
  expect(fitted('Giao ban', ROOM, measure)).toEqual({ size: 238, lines: ['Giao ban'] });
});

test('a long title takes smaller letters, and no word of it is lost', () => {
  const title = 'Hội nghị trực tuyến toàn ngành tổng kết công tác năm 2026 và triển khai nhiệm vụ trọng tâm năm 2027';
  const { size, lines } = fitted(title, ROOM, measure);
  expect(lines.join(' ')).toBe(title);
  expect(lines.length).toBeLessThanOrEqual(3);
  expect(size).toBeLessThan(238);
  for (const line of lines) expect(measure(size)(line)).toBeLessThanOrEqual(ROOM.width);
});

import { expect, test } from 'vitest';
import { filmFor, perPage, settle } from './settle';

const LAPTOP = { width: 948, height: 632 };
const PHONE = { width: 366, height: 690 };
const measuring = (fontSize: number) => (text: string) => text.length * fontSize * 0.52;
const SHORT = { point: 'Sở TNMT Hà Giang', person: 'Giám đốc' };
const LONG = {
  point: 'Trung tâm Thông tin, Lưu trữ và Thư viện Tài nguyên Nước',
  person: 'Nguyễn Thị Hoàng Phương Thảo, Phó Trưởng phòng Kỹ thuật',
};
const GRID = { layout: 'grid', large: 0 } as const;
const NINE = Array.from({ length: 9 }, () => SHORT);

test('nine short captions take one line each, and nine tiles stand on a laptop', () => {
  const { boxes, strips } = settle(LAPTOP, NINE, GRID, measuring);
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
  const page = settle(area, names.slice(-count), GRID, measuring);
  expect(page.boxes[0]?.width).toBeGreaterThanOrEqual(narrowest);
});

test.each([
  [NINE, [0, 2, 4]],
  [
    [...NINE.slice(1), LONG],
    [0, 2],
  ],
])(
  'on a phone of any height no small picture under a large one is a sliver, and all end on the page',
  (names, films) => {
    const seen = new Set<number>();
    for (let height = 380; height <= 800; height += 5) {
      const area = { width: 370, height };
      const film = filmFor(area, names, measuring);
      seen.add(film);
      if (film === 0) continue; // one kind only
      const { boxes, strips } = settle(area, names.slice(-film - 1), { layout: 'speaker', large: 1 }, measuring);
      const last = boxes.at(-1);
      expect(Math.min(...boxes.slice(1).map(({ width }) => width))).toBeGreaterThanOrEqual(130);
      expect((last?.top ?? 0) + (last?.picture ?? 0) + (strips.at(-1)?.height ?? 0)).toBeLessThanOrEqual(height + 1);
    }
    expect([...seen].sort()).toEqual(films);
  },
);

test('a stage with no room still shows one tile', () => {
  expect(perPage({ width: 100, height: 80 }, NINE, 9, measuring)).toBe(1);
});

test.each(['two_columns', 'conference'] as const)('in %s all captions of one size take the same lines', (layout) => {
  const { boxes, strips } = settle(LAPTOP, [...NINE.slice(0, 5), LONG, SHORT], { layout, large: 2 }, measuring);
  expect(strips[0]).toEqual(strips[1]);
  expect(new Set(strips.slice(2, boxes.length).map(({ height }) => height)).size).toBe(1);
});

test('an upright stage has one large picture, and the words of the conference stand elsewhere', () => {
  const { strips, panel } = settle(PHONE, NINE.slice(0, 5), { layout: 'conference', large: 2 }, measuring);
  expect(panel).toBeNull();
  expect(strips[1]).toEqual(strips[2]);
});

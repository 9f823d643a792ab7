import { describe, expect, test } from 'vitest';
import { filmOf, GAP, grid, paged, speaker } from './layout';

const LAPTOP = { width: 948, height: 632 };
const PHONE = { width: 366, height: 560 };
const STRIP = 31;

describe('the grid', () => {
  test('nine tiles on a laptop stand three by three and are 309 px wide or wider', () => {
    const places = grid(LAPTOP, 9, STRIP);
    expect(new Set(places.map(({ top }) => Math.round(top))).size).toBe(3);
    expect(places[0]?.width).toBeGreaterThanOrEqual(309);
  });

  test('two tiles stand side by side on a wide stage and one above the other on a phone', () => {
    const [first, second] = grid({ width: 1340, height: 632 }, 2, STRIP);
    expect(first?.top).toBe(second?.top);
    const [upper, lower] = grid(PHONE, 2, STRIP);
    expect(upper?.left).toBe(lower?.left);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 9])('%d pictures are equal, 16:9, inside the stage and do not overlap', (count) => {
    for (const area of [LAPTOP, PHONE]) {
      const places = grid(area, count, STRIP);
      expect(places).toHaveLength(count);
      for (const { left, top, width, picture } of places) {
        expect(width).toBeCloseTo(places[0]?.width ?? 0);
        expect(picture / width).toBeCloseTo(9 / 16);
        expect(left).toBeGreaterThanOrEqual(-0.01);
        expect(left + width).toBeLessThanOrEqual(area.width + 0.01);
        expect(top + picture + STRIP).toBeLessThanOrEqual(area.height + 0.01);
      }
      const [first, second] = places;
      if (second && first?.top === second.top)
        expect(second.left).toBeGreaterThanOrEqual(first.left + first.width + GAP - 0.01);
    }
  });

  test('six tiles fill a laptop beside the panel: three columns, not two of the same width', () => {
    const places = grid(LAPTOP, 6, STRIP);
    expect(new Set(places.map(({ top }) => Math.round(top))).size).toBe(2);
  });

  test('nine tiles stand three by three on a wide stage too, where four columns leave one alone in its row', () => {
    const places = grid({ width: 1216, height: 640 }, 9, 60);
    expect(new Set(places.map(({ top }) => Math.round(top))).size).toBe(3);
    expect(new Set(places.map(({ left }) => Math.round(left))).size).toBe(3);
  });

  test('nobody present needs no place', () => {
    expect(grid(LAPTOP, 0, STRIP)).toEqual([]);
  });
});

describe('the speaker view', () => {
  test.each([2, 4, 6, 9])('one of %d is larger than the others, and nothing leaves the stage', (count) => {
    for (const area of [LAPTOP, PHONE]) {
      const [main, ...others] = speaker(area, count, { large: 35, small: STRIP });
      for (const { left, top, width, picture } of others) {
        expect(width).toBeLessThan(main?.width ?? 0);
        expect(left).toBeGreaterThanOrEqual(-0.01);
        expect(left + width).toBeLessThanOrEqual(area.width + 0.01);
        expect(top + picture + STRIP).toBeLessThanOrEqual(area.height + 0.5);
      }
    }
  });

  test('a laptop shows five beside the large one, an upright phone four', () => {
    expect(speaker(LAPTOP, 9, { large: 35, small: STRIP })).toHaveLength(6);
    expect(speaker(PHONE, 9, { large: 35, small: STRIP })).toHaveLength(5);
  });
});

test.each([
  ['a laptop', LAPTOP, 5],
  ['an upright phone', PHONE, 4],
  ['a phone of 360 by 640', { width: 336, height: 440 }, 2],
  ['half a phone', { width: 296, height: 300 }, 0],
])('under a large picture %s has room for so many small ones, and none is a sliver', (_, area, film) => {
  expect(filmOf(area)).toBe(film);
  const [, ...small] = speaker(area, 1 + film, { large: 48, small: 66 });
  expect(small).toHaveLength(film);
  for (const { width } of small) expect(width).toBeGreaterThanOrEqual(130);
});

test('turning pages stays inside what there is', () => {
  expect(paged(58, 9, 0)).toEqual({ page: 0, pages: 7, from: 0, to: 9 });
  expect(paged(58, 9, 99)).toEqual({ page: 6, pages: 7, from: 54, to: 58 });
  expect(paged(0, 9, 3)).toEqual({ page: 0, pages: 1, from: 0, to: 0 });
});

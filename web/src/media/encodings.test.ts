import { describe, expect, test } from 'vitest';
import { encodingsOf, wantedOf } from './encodings';

const scales = (...[width, height]: [number, number] | []) =>
  encodingsOf(width === undefined || height === undefined ? {} : { width, height }).map(
    ({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy],
  );

describe('the encodings of a camera', () => {
  test('are three of a large picture, and of one whose size is not known', () => {
    const three = [
      ['q', 4],
      ['h', 2],
      ['f', 1],
    ];
    expect(scales(1280, 720)).toEqual(three);
    expect(scales(960, 540)).toEqual(three);
    expect(scales()).toEqual(three);
  });

  test('of a small picture are fewer, and the last is the whole of it', () => {
    expect(scales(640, 480)).toEqual([
      ['q', 2],
      ['h', 1],
    ]);
    expect(scales(480, 270)).toHaveLength(2);
    expect(scales(320, 240)).toEqual([['q', 1]]);
  });

  test('are active as far as somebody gets them', () => {
    expect([...wantedOf(encodingsOf({}), ['q', 'f'])]).toEqual(['q', 'f']);
    expect([...wantedOf(encodingsOf({}), [])]).toEqual([]);
  });

  test('that are wanted and not there are stood in for by the sharpest there is', () => {
    const [medium, small] = [encodingsOf({ width: 640, height: 480 }), encodingsOf({ width: 320, height: 240 })];
    expect([...wantedOf(medium, ['f'])]).toEqual(['h']);
    expect([...wantedOf(medium, ['q', 'h'])]).toEqual(['q', 'h']);
    expect([...wantedOf(small, ['h', 'f'])]).toEqual(['q']);
    expect([...wantedOf(small, [])]).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import type { ParticipantId, Tile } from '../protocol/messages';
import { someone } from './build';
import { assignSlots, sameTiles, seating, type Shown } from './seating';

const CHAIR = someone('chair', { role: 'chair', order: 7 });
const [A, B, C] = ['a', 'b', 'c'].map((id, order) => someone(id, { order })) as [
  typeof CHAIR,
  typeof CHAIR,
  typeof CHAIR,
];
const order = (speaking: string | null, stage: readonly string[] = []) => {
  const found = seating([A, B, C, CHAIR], { speaking, stage });
  const first = [found.chair, found.speaker, ...found.stage].flatMap((seat) => seat?.id ?? []);
  return [...first, ...found.rest.map(({ seat, card }) => `${seat.id}${card ? ' card' : ''}`)];
};

describe('the order of the tiles', () => {
  test('is the chair, then the protocol order', () => {
    expect(order(null)).toEqual(['chair', 'a', 'b', 'c']);
  });

  test('gives seat 2 to who speaks, and a card to the own place', () => {
    expect(order('b')).toEqual(['chair', 'b', 'a', 'b card', 'c']);
  });

  test('moves nobody else when another one speaks', () => {
    expect(
      order('c')
        .slice(2)
        .map((seat) => seat.split(' ')[0]),
    ).toEqual(['a', 'b', 'c']);
    expect(
      order('a')
        .slice(2)
        .map((seat) => seat.split(' ')[0]),
    ).toEqual(['a', 'b', 'c']);
  });

  test('leaves the chair in seat 1 while the chair speaks', () => {
    expect(order('chair')).toEqual(['chair', 'a', 'b', 'c']);
  });

  test('has those brought to the stage after who speaks, in the order of the chair', () => {
    expect(order('a', ['c', 'b'])).toEqual(['chair', 'a', 'c', 'b', 'a card']);
  });

  test('gives seat 2 to who speaks from the stage, and their place there to the next', () => {
    expect(order('c', ['c', 'b', 'gone'])).toEqual(['chair', 'c', 'b', 'a', 'c card']);
  });

  test('knows meetings without a chair', () => {
    const { chair, speaker } = seating([A, B], { speaking: B.id, stage: [] });
    expect([chair, speaker?.id]).toEqual([null, 'b']);
  });
});

describe('receiving slots', () => {
  const shown = (...ids: string[]): Shown[] =>
    ids.map((id) => ({ participant: id as ParticipantId, source: 'camera', width: 320, height: 180 }));
  const slots = (tiles: readonly Tile[]) =>
    Object.fromEntries(tiles.map(({ slot, participant }) => [participant, slot]));
  const room = { slots: 3, you: 'you' as ParticipantId };

  test('are given in the order of the list', () => {
    expect(slots(assignSlots(shown('a', 'b'), [], room))).toEqual({ a: 0, b: 1 });
  });

  test('stay with their picture when others come, go or change places', () => {
    const before = assignSlots(shown('a', 'b', 'c'), [], room);
    const after = assignSlots(shown('d', 'c', 'b'), before, room);
    expect(slots(after)).toEqual({ d: 0, c: 2, b: 1 });
  });

  test('are two for a camera and a screen of the same participant', () => {
    const both: Shown[] = [...shown('a'), ...shown('a').map((picture) => ({ ...picture, source: 'screen' as const }))];
    expect(assignSlots(both, [], room).map(({ slot }) => slot)).toEqual([0, 1]);
  });

  test('are not spent on the own picture', () => {
    expect(slots(assignSlots(shown('you', 'a'), [], room))).toEqual({ a: 0 });
  });

  test('go to the first of the list when there are too few', () => {
    expect(slots(assignSlots(shown('a', 'b', 'c', 'd'), [], room))).toEqual({ a: 0, b: 1, c: 2 });
  });

  test('are never given twice, also when the number of slots shrank with a new connection', () => {
    const before = assignSlots(shown('a', 'b', 'c'), [], room);
    const after = assignSlots(shown('c', 'b'), before, { ...room, slots: 2 });
    expect(Object.values(slots(after)).sort()).toEqual([0, 1]);
  });

  test('tell a change of size from no change', () => {
    const tiles = assignSlots(shown('a'), [], room);
    expect(sameTiles(tiles, assignSlots(shown('a'), tiles, room))).toBe(true);
    expect(
      sameTiles(
        tiles,
        tiles.map((tile) => ({ ...tile, width: 640 })),
      ),
    ).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import { aPicture, aSpeech, aTurn, NINE, someone } from '../../meeting/build';
import { begin } from '../../meeting/reduce';
import type { FloorEvent } from '../../protocol/floor';
import type { MeetingEvent } from '../../protocol/messages';
import { floorNews, STALE_MS } from './news';

const YOU = someone('you');
const OTHER = someone('other');
const CHAIR = someone('chair', { role: 'chair' });
const asAttendee = begin(aPicture([YOU, OTHER, CHAIR]), NINE);
const asChair = begin(aPicture([CHAIR, YOU, OTHER]), NINE);
const by = CHAIR.id;

const ended = (cause: (FloorEvent & { type: 'turn_ended' })['cause'], spoken_ms = 60_000, participant = YOU.id) =>
  ({ type: 'turn_ended', at: NINE, participant, cause, by, spoken_ms, back_in_queue: cause === 'lapsed' }) as const;
const changed = (change: (FloorEvent & { type: 'turn_changed' })['change'], turn = aSpeech('you')) =>
  ({ type: 'turn_changed', at: NINE, turn, change, by }) as const;

describe('the one concerned hears', () => {
  const table: readonly [MeetingEvent, object | null][] = [
    [
      { type: 'floor_asked', at: NINE, participant: YOU.id, place: 2 },
      { kind: 'queued', place: 3 },
    ],
    [
      { type: 'request_moved', at: NINE, participant: YOU.id, place: 1, by },
      { kind: 'moved', place: 2 },
    ],
    [
      { type: 'floor_withdrawn', at: NINE, participant: YOU.id, cause: 'refused', by, reason: 'Mời sau' },
      { kind: 'refused', reason: 'Mời sau' },
    ],
    [{ type: 'turn_granted', at: NINE, turn: aTurn('you') }, { kind: 'granted' }],
    [
      { type: 'turn_started', at: NINE, turn: aSpeech('you') },
      { kind: 'started', turnMs: 300_000 },
    ],
    [changed('held', aSpeech('you', { state: 'held', held_because: 'chair' })), { kind: 'held' }],
    [changed('resumed'), { kind: 'resumed' }],
    [changed('extended'), { kind: 'extended', leftMs: 300_000 }],
    [ended('over'), { kind: 'over' }],
    [ended('ended'), { kind: 'ended' }],
    [ended('replaced'), { kind: 'ended' }],
    [ended('ended', 0), { kind: 'unasked' }],
    [ended('lapsed', 0), { kind: 'lapsed', first: true }],
    [ended('finished'), { kind: 'finished' }],
    [ended('left'), null],
  ];
  test.each(table)('$type: $cause$change', (event, news) => {
    expect(floorNews(event, asAttendee, NINE)).toEqual(news);
  });

  test('nothing of a line that was away and came back by itself', () => {
    const held = changed('held', aSpeech('you', { state: 'held', held_because: 'line' }));
    expect(floorNews(held, asAttendee, NINE)).toBeNull();
    expect(floorNews({ ...changed('resumed'), by: null }, asAttendee, NINE)).toBeNull();
  });
});

describe('those who lead hear of others', () => {
  test.each([
    [{ type: 'floor_asked', at: NINE, participant: OTHER.id, place: 0 }, 'somebody_asked'],
    [ended('declined', 0, OTHER.id), 'somebody_declined'],
    [ended('lapsed', 0, OTHER.id), 'somebody_lapsed'],
    [changed('more_time_asked', aSpeech('other', { asked_ms: 60_000 })), 'somebody_asks_more'],
  ] as const)('%o as %s', (event, kind) => {
    expect(floorNews(event as MeetingEvent, asChair, NINE)?.kind).toBe(kind);
    expect(floorNews(event as MeetingEvent, asAttendee, NINE)).toBeNull();
  });
});

test('what was missed long ago is no news', () => {
  const event: MeetingEvent = { type: 'turn_granted', at: NINE, turn: aTurn('you') };
  expect(floorNews(event, asAttendee, NINE + STALE_MS)).toEqual({ kind: 'granted' });
  expect(floorNews(event, asAttendee, NINE + STALE_MS + 1)).toBeNull();
});

test('events of other kinds are not news of the floor', () => {
  expect(floorNews({ type: 'room_locked', at: NINE, locked: true, by }, asChair, NINE)).toBeNull();
});

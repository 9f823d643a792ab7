import type { ParticipantId, ParticipantView, PictureSource, Tile } from '../protocol/messages';
import { pictureKey } from './state';

/**
 * The order of the tiles (R23): seat 1 the chair, seat 2 the speaking seat, then the protocol order. Only seat 2 changes
 * its occupant; who sits there has `card` at the own place, so that nobody else moves.
 */
export interface Seat {
  readonly participant: ParticipantView;
  /** The picture is in seat 2: here stands a card with the name. */
  readonly card: boolean;
}

export function seats(participants: readonly ParticipantView[], speaking: ParticipantId | null): readonly Seat[] {
  const chair = participants.find(({ role }) => role === 'chair') ?? null;
  const speaker = participants.find(({ id }) => id === speaking && id !== chair?.id) ?? null;
  const first = [chair, speaker].flatMap((participant) => (participant ? [{ participant, card: false }] : []));
  const rest = participants.filter((participant) => participant !== chair);
  return [...first, ...rest.map((participant) => ({ participant, card: participant === speaker }))];
}

/** A picture that the page shows now, in device pixels. */
export interface Shown {
  readonly participant: ParticipantId;
  readonly source: PictureSource;
  readonly width: number;
  readonly height: number;
}

/**
 * Gives each picture a receiving slot. A picture that has one keeps it, whatever moves around it, so that no picture
 * restarts; the own ones need none. What does not fit is left out, the last of the list first.
 */
export function assignSlots(
  shown: readonly Shown[],
  before: readonly Tile[],
  { slots, you }: { readonly slots: number; readonly you: ParticipantId | null },
): readonly Tile[] {
  const wanted = shown.filter(({ participant }) => participant !== you).slice(0, slots);
  const had = new Map(before.map((tile) => [keyOf(tile), tile.slot]));
  const kept = new Set(wanted.flatMap((picture) => had.get(keyOf(picture)) ?? []).filter((slot) => slot < slots));
  const free = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => !kept.has(slot));
  return wanted.flatMap(({ participant, source, width, height }) => {
    const own = had.get(keyOf({ participant, source }));
    const slot = own !== undefined && kept.has(own) ? own : free.shift();
    return slot === undefined ? [] : [{ slot, participant, source, width, height }];
  });
}

export function sameTiles(one: readonly Tile[], other: readonly Tile[]): boolean {
  return one.length === other.length && one.every((tile, at) => isSame(tile, other[at]));
}

function isSame(one: Tile, other: Tile | undefined): boolean {
  return (
    one.slot === other?.slot &&
    one.participant === other.participant &&
    one.source === other.source &&
    one.width === other.width &&
    one.height === other.height
  );
}

function keyOf({ participant, source }: Pick<Tile, 'participant' | 'source'>): string {
  return pictureKey(participant, source as PictureSource);
}

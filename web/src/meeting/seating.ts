import type { ParticipantId, ParticipantView, PictureSource, Tile } from '../protocol/messages';
import { pictureKey } from './state';

/** As much of somebody as decides where their picture stands. */
interface Person {
  readonly id: string;
  readonly role: ParticipantView['role'];
}

/**
 * Who stands where (R23): seat 1 the chair, seat 2 the speaking seat, then whom the chair brought to the stage, then
 * the protocol order. Only seat 2 changes its occupant by itself; who sits there has a `card` at the own place, so that
 * nobody else moves.
 */
export interface Seating<Somebody extends Person> {
  readonly chair: Somebody | null;
  readonly speaker: Somebody | null;
  readonly stage: readonly Somebody[];
  readonly rest: readonly { readonly seat: Somebody; readonly card: boolean }[];
}

/** `speaking` has the floor, had it last, or is next; `stage` is the chair's choice in its order. */
export function seating<Somebody extends Person>(
  people: readonly Somebody[],
  { speaking, stage }: { readonly speaking: string | null; readonly stage: readonly string[] },
): Seating<Somebody> {
  const chair = people.find(({ role }) => role === 'chair') ?? null;
  const speaker = people.find((somebody) => somebody.id === speaking && somebody !== chair) ?? null;
  const brought = stage
    .flatMap((id) => people.find((somebody) => somebody.id === id) ?? [])
    .filter((somebody) => somebody !== chair && somebody !== speaker);
  const up = new Set<Somebody | null>([chair, ...brought]);
  const rest = people.filter((somebody) => !up.has(somebody));
  return { chair, speaker, stage: brought, rest: rest.map((seat) => ({ seat, card: seat === speaker })) };
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

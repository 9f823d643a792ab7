import type { FloorNow, RequestNow, TurnNow } from '../../meeting/floor';
import type { Role } from '../stage/roles';

export type { FloorNow, RequestNow, TurnNow } from '../../meeting/floor';

/** What the buttons of the floor do (R17); every one is answered by the server before the page shows it. */
export interface FloorActs {
  ask(): void;
  withdraw(): void;
  /** The participant's own press: the microphone is opened first, then one command. */
  take(): void;
  decline(): void;
  endOwn(): void;
  askMore(seconds: number): void;
  /** `instead`: when nobody else may begin, the turn that has lasted longest ends. */
  grant(seat: string, options: { readonly instead: boolean }): void;
  end(seat: string): void;
  extend(seat: string, seconds: number): void;
  hold(seat: string): void;
  resume(seat: string): void;
  refuse(seat: string, reason: string): void;
  skip(seat: string): void;
  /** 0 is first. */
  move(seat: string, place: number): void;
  set(rules: Pick<FloorNow, 'turnS' | 'atOnce' | 'overrun'>): void;
}

export const NO_FLOOR: FloorNow = {
  turns: [],
  queue: [],
  turnS: null,
  atOnce: 1,
  overrun: 'close',
  spoken: new Map(),
  holder: null,
  newcomerInMs: null,
};

const MAY_ASK: readonly Role[] = ['chair', 'co_chair', 'secretary', 'attendee'];

/** May have the floor: whoever may have a microphone in the meeting. */
export function mayHaveFloor(role: Role): boolean {
  return MAY_ASK.includes(role);
}

export function turnOf({ turns }: Pick<FloorNow, 'turns'>, seat: string): TurnNow | null {
  return turns.find(({ participant }) => participant === seat) ?? null;
}

export function requestOf({ queue }: Pick<FloorNow, 'queue'>, seat: string): RequestNow | null {
  return queue.find(({ participant }) => participant === seat) ?? null;
}

/** Whom "Mời tiếp" invites: the first who is there. Who lost the line keeps the place, and is passed over. */
export function nextOf(
  { queue }: Pick<FloorNow, 'queue'>,
  seats: readonly { readonly id: string; readonly connected: boolean }[],
): RequestNow | null {
  if (queue.length === 0) return null;
  const here = new Set(seats.filter(({ connected }) => connected).map(({ id }) => id));
  return queue.find(({ participant }) => here.has(participant)) ?? null;
}

/** Whether another turn can be given only in the place of one that goes on. */
export function isFull({ turns, atOnce }: Pick<FloorNow, 'turns' | 'atOnce'>): boolean {
  return turns.length >= atOnce;
}

/** The turn that keys are about: the first that is spoken, else the first there is. */
export function foremost({ turns }: Pick<FloorNow, 'turns'>): TurnNow | null {
  return turns.find(({ state }) => state === 'speaking') ?? turns[0] ?? null;
}

/** The last minute is amber, the last ten seconds say so. */
const AMBER_MS = 60_000;
const SOON_MS = 10_000;

export type Urgency = 'calm' | 'amber' | 'soon' | 'over';

export function urgencyOf({ leftMs, state }: Pick<TurnNow, 'leftMs' | 'state'>): Urgency {
  if (leftMs === null || state === 'granted') return 'calm';
  if (leftMs <= 0) return 'over';
  if (leftMs <= SOON_MS) return 'soon';
  return leftMs <= AMBER_MS ? 'amber' : 'calm';
}

/** How much of the time is left, for a bar that shrinks with the clock beside it: 1 to 0. */
export function leftShare({ leftMs, limitMs }: Pick<TurnNow, 'leftMs' | 'limitMs'>): number {
  if (leftMs === null || limitMs === null || limitMs <= 0) return 0;
  return Math.min(1, Math.max(0, leftMs / limitMs));
}

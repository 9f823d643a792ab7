import type { Locator } from '@playwright/test';
import type { Guest } from './guest';

/** The meeting in which the chair's acts are counted. */
export interface Room {
  readonly chair: Guest;
  readonly lai: Guest;
  readonly lao: Guest;
  /** Brings somebody new to the door of the lobby. */
  readonly knock: () => Promise<Guest>;
  /** Brings so many to the lobby who are invited. */
  readonly invite: (count: number) => Promise<readonly Guest[]>;
}

/** What opens the card of a bridge point. */
export function cardOf(room: Room, point: string): Locator {
  return room.chair.tile(point).getByRole('button');
}

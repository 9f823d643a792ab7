import { m } from '#lib/paraglide/messages.js';
import type { Seat, StageActs } from '../stage/view';

/** What OK does now, and how the hint bar says it. */
export interface Ok {
  readonly words: string;
  readonly press: () => void;
  /** The chair waits for this press: it is asked for in the middle of the screen. */
  readonly urgent: boolean;
}

/** null: there is nothing to press, as for a screen without a microphone. */
export function okOf(you: Seat, acts: Pick<StageActs, 'switchMicrophone'>): Ok | null {
  if (you.role === 'companion' || you.role === 'observer') return null;
  if (you.micOn) return { words: m.room_ok_close(), press: () => acts.switchMicrophone(false), urgent: false };
  if (you.maySpeak)
    return { words: m.room_ok_open(), press: () => acts.switchMicrophone(true), urgent: you.role !== 'chair' };
  return null;
}

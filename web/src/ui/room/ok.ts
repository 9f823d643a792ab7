import { m } from '#lib/paraglide/messages.js';
import { mayHaveFloor, requestOf } from '../floor/view';
import type { Seat, StageActs, StageView } from '../stage/view';

/** What OK does now, and how the hint bar says it. */
export interface Ok {
  readonly words: string;
  readonly press: () => void;
  /** What happened, where the press is waited for: it is asked for in large letters over the picture. */
  readonly asked: string | null;
}

/** null: there is nothing to press, as for a screen without a microphone. */
export function okOf(
  you: Seat,
  { floor, meeting }: Pick<StageView, 'floor' | 'meeting'>,
  acts: Pick<StageActs, 'switchMicrophone' | 'floor'>,
): Ok | null {
  if (you.role === 'companion' || you.role === 'observer') return null;
  if (you.turn?.state === 'granted')
    return { words: m.floor_take(), press: () => acts.floor.take(), asked: m.floor_given() };
  if (you.turn && you.micOn) return { words: m.floor_end_own(), press: () => acts.floor.endOwn(), asked: null };
  if (you.micOn) return { words: m.room_ok_close(), press: () => void acts.switchMicrophone(false), asked: null };
  if (you.maySpeak) {
    // who was given the word is waited for; where the floor is open, nobody is
    const asked = meeting.mutedUntilAllowed && you.role !== 'chair' ? m.allowed() : null;
    return { words: m.room_ok_open(), press: () => void acts.switchMicrophone(true), asked };
  }
  if (you.turn || !mayHaveFloor(you.role)) return null;
  const request = requestOf(floor, you.id);
  return request
    ? { words: m.floor_queued({ place: request.place }), press: () => acts.floor.withdraw(), asked: null }
    : { words: m.floor_ask(), press: () => acts.floor.ask(), asked: null };
}

/** A press that follows another one so closely is of the same hand: it would take back what that one asked for. */
export const SAME_PRESS_MS = 400;

/** Which presses of OK count. Time is an argument. */
export class Presses {
  #lastMs = -Infinity;

  counts({ asked }: Ok, nowMs: number): boolean {
    // what is asked for in large letters is no taking back
    if (asked === null && nowMs - this.#lastMs < SAME_PRESS_MS) return false;
    this.#lastMs = nowMs;
    return true;
  }
}

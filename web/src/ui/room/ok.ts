import { m } from '#lib/paraglide/messages.js';
import { mayHaveFloor, requestOf } from '../floor/view';
import type { Seat, StageActs, StageView } from '../stage/view';

/** What OK does now, and how the hint bar says it. */
export interface Ok {
  /** What is asked for, whatever words say it. */
  readonly does: 'take' | 'end' | 'close' | 'open' | 'ask' | 'withdraw' | 'allow_sound';
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
    return { does: 'take', words: m.floor_take(), press: () => acts.floor.take(), asked: m.floor_given() };
  if (you.turn && you.micOn)
    return { does: 'end', words: m.floor_end_own(), press: () => acts.floor.endOwn(), asked: null };
  if (you.micOn)
    return { does: 'close', words: m.room_ok_close(), press: () => void acts.switchMicrophone(false), asked: null };
  if (you.maySpeak) {
    // who was given the word is waited for; where the floor is open, nobody is
    const asked = meeting.mutedUntilAllowed && you.role !== 'chair' ? m.allowed() : null;
    return { does: 'open', words: m.room_ok_open(), press: () => void acts.switchMicrophone(true), asked };
  }
  if (you.turn || !mayHaveFloor(you.role)) return null;
  const request = requestOf(floor, you.id);
  return request
    ? {
        does: 'withdraw',
        words: m.floor_queued_short({ place: request.place }),
        press: () => acts.floor.withdraw(),
        asked: null,
      }
    : { does: 'ask', words: m.floor_ask(), press: () => acts.floor.ask(), asked: null };
}

/** The longest of what the hint bar may say of OK: it keeps room for that, so that no word moves the pictures. */
export function longestWords(): string {
  return longest([m.floor_take(), m.floor_end_own(), m.room_ok_open(), m.room_ok_close(), m.floor_ask()]);
}

export function longest(texts: readonly string[]): string {
  return texts.reduce((most, text) => (text.length > most.length ? text : most), '');
}

/** A press that follows another one so closely is of the same hand: it would take back what that one asked for. */
export const SAME_PRESS_MS = 400;

/** For so long after it came to mean that, OK ends no turn: a slow second press still meant what stood there before. */
export const MEANT_AFTER_MS = 2_000;

/** Which presses of OK count. Time is an argument. */
export class Presses {
  #lastMs = -Infinity;
  #does: Ok['does'] | null = null;
  #sinceMs = -Infinity;

  /** To be told of what OK does whenever it may be another thing. */
  means(ok: Ok | null, nowMs: number): void {
    if (ok?.does !== this.#does) this.#sinceMs = nowMs;
    this.#does = ok?.does ?? null;
  }

  counts(ok: Ok, nowMs: number): boolean {
    this.means(ok, nowMs);
    if (ok.does === 'end' && nowMs - this.#sinceMs < MEANT_AFTER_MS) return false;
    // what is asked for in large letters is no taking back
    if (ok.asked === null && nowMs - this.#lastMs < SAME_PRESS_MS) return false;
    this.#lastMs = nowMs;
    return true;
  }
}

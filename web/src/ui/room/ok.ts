import { m } from '#lib/paraglide/messages.js';
import { mayHaveFloor, requestOf } from '../floor/view';
import type { Seat, StageActs, StageView } from '../stage/view';

/** What OK does now, and how the hint bar says it. */
export interface Ok {
  readonly words: string;
  readonly press: () => void;
  /** The chair waits for this press: it is asked for in the middle of the screen. */
  readonly urgent: boolean;
}

/** null: there is nothing to press, as for a screen without a microphone. */
export function okOf(
  you: Seat,
  { floor, meeting }: Pick<StageView, 'floor' | 'meeting'>,
  acts: Pick<StageActs, 'switchMicrophone' | 'floor'>,
): Ok | null {
  if (you.role === 'companion' || you.role === 'observer') return null;
  if (you.turn?.state === 'granted') return { words: m.floor_take(), press: () => acts.floor.take(), urgent: true };
  if (you.turn && you.micOn) return { words: m.floor_end_own(), press: () => acts.floor.endOwn(), urgent: false };
  if (you.micOn) return { words: m.room_ok_close(), press: () => acts.switchMicrophone(false), urgent: false };
  if (you.maySpeak) {
    // who was given the word is waited for; where the floor is open, nobody is
    const urgent = meeting.mutedUntilAllowed && you.role !== 'chair';
    return { words: m.room_ok_open(), press: () => acts.switchMicrophone(true), urgent };
  }
  if (you.turn || !mayHaveFloor(you.role)) return null;
  const request = requestOf(floor, you.id);
  return request
    ? { words: m.floor_queued({ place: request.place }), press: () => acts.floor.withdraw(), urgent: false }
    : { words: m.floor_ask(), press: () => acts.floor.ask(), urgent: false };
}

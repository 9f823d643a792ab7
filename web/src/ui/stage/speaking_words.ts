import { m } from '#lib/paraglide/messages.js';
import { digits, stateOf } from '../floor/texts';
import { foremost, nextOf, urgencyOf } from '../floor/view';
import type { StageView } from './view';

/** What is said beside the pictures of *Hội nghị*. */
export interface SpeakingWords {
  /** Time left; null without a limit, or while nobody speaks. */
  readonly clock: string | null;
  readonly now: string;
  /** The bridge point that is next; null when nobody asked. */
  readonly next: string | null;
  /** The floor's green, the last minute's amber, or neither. */
  readonly tone: 'floor' | 'last' | 'plain';
}

/** Whose turn it is and who is next; without a turn, who is heard. */
export function wordsOf({
  floor,
  seats,
  speakingSeat,
}: Pick<StageView, 'floor' | 'seats' | 'speakingSeat'>): SpeakingWords {
  const turn = foremost(floor);
  const following = nextOf(floor, seats)?.participant;
  const next = seats.find(({ id }) => id === following)?.point ?? null;
  if (turn)
    return {
      clock: turn.leftMs === null || turn.state === 'granted' ? null : digits(turn),
      now: stateOf(turn),
      next,
      tone: turn.state !== 'speaking' ? 'plain' : urgencyOf(turn) === 'calm' ? 'floor' : 'last',
    };
  const speaker = seats.find(({ id }) => id === speakingSeat) ?? seats.find(({ dominant }) => dominant);
  const speaks = speaker?.micOn === true && speaker.speaking;
  return {
    clock: null,
    now: speaks ? m.speaking_now() : m.speaking_nobody(),
    next,
    tone: speaks ? 'floor' : 'plain',
  };
}

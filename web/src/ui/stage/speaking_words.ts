import { m } from '#lib/paraglide/messages.js';
import type { Seat } from './view';

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

/** Before a meeting has turns: who is heard. */
export function wordsOf(seats: readonly Seat[], speakingSeat: string | null): SpeakingWords {
  const speaker = seats.find(({ id }) => id === speakingSeat) ?? seats.find(({ dominant }) => dominant);
  const speaks = speaker?.micOn === true && speaker.speaking;
  return {
    clock: null,
    now: speaks ? m.speaking_now() : m.speaking_nobody(),
    next: null,
    tone: speaks ? 'floor' : 'plain',
  };
}

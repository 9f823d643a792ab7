import { m } from '#lib/paraglide/messages.js';
import { microphoneSketch } from '../shell/sketches';
import type { Seat } from '../stage/view';
import { type Sign, signOf } from './sign';

/** Somebody in a list, as everything that is drawn of them: one value to be compared, however many parts show it. */
export interface Face {
  readonly point: string;
  readonly person: string;
  /** The sign before the name, as one path, and what it says. */
  readonly lines: string;
  readonly words: string;
  readonly on: boolean;
  readonly speaking: boolean;
  readonly sign: Shown;
}

interface Shown {
  readonly tone: Sign['tone'] | 'neutral';
  readonly text: string;
  readonly hidden: boolean;
}

const NO_SIGN: Shown = { tone: 'neutral', text: '', hidden: true };

export function faceOf(seat: Seat, mutedUntilAllowed: boolean): Face {
  const sign = signOf(seat, mutedUntilAllowed);
  return {
    point: seat.point,
    person: seat.person,
    lines: microphoneSketch(seat),
    words: seat.micOn ? m.tile_mic_on() : m.tile_mic_off(),
    on: seat.micOn,
    speaking: seat.speaking,
    sign: sign ? { ...sign, hidden: false } : NO_SIGN,
  };
}

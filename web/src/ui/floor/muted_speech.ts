/**
 * Somebody speaks into a microphone that is off. Said only after a while of speech, so that a cough or a word to the
 * neighbour is left alone, and not again for some time. Time is an argument.
 */
/** On the scale of the level meter: −35 dB, above the noise of a room. */
const SPEECH_LEVEL = 0.5;
export const AFTER_MS = 1_200;
const PAUSE_MS = 500;
export const AGAIN_MS = 120_000;

export class MutedSpeech {
  #since: number | null = null;
  #heard = -Infinity;
  #told = -Infinity;

  /** `level` from 0 to 1; true when it is to be said now. */
  at(level: number, muted: boolean, nowMs: number): boolean {
    if (!muted) {
      this.#since = null;
      return false;
    }
    if (level >= SPEECH_LEVEL) {
      if (nowMs - this.#heard > PAUSE_MS) this.#since = nowMs;
      this.#since ??= nowMs;
      this.#heard = nowMs;
    }
    if (this.#since === null || nowMs - this.#heard > PAUSE_MS) return false;
    if (nowMs - this.#since < AFTER_MS || nowMs - this.#told < AGAIN_MS) return false;
    this.#told = nowMs;
    return true;
  }
}

import { SoundPacing, type SoundName } from './sound_pacing';

const KEY = 'hoptt.sounds';
const DEFAULT = 0.5;
/** What is played, in hertz: two rising notes for who knocks, three for the own turn, two falling ones for the time. */
const NOTES: Readonly<Record<SoundName, readonly number[]>> = {
  knock: [587.33, 880],
  turn: [523.25, 659.25, 783.99],
  time: [659.25, 523.25],
};

export type Play = (volume: number, notes: readonly number[]) => Promise<void>;

/** The page's notices to the ear, with a volume of their own (ui 2.4). Quiet while this page speaks. */
class Sounds {
  volume = $state(DEFAULT);
  /** Set by the stage: how the chosen speaker is reached. */
  play: Play | null = null;
  /** The own microphone is open: a sound would be heard in every room. */
  speaking = false;
  readonly #pacing = new SoundPacing();

  recall(): void {
    try {
      const kept = Number.parseFloat(localStorage.getItem(KEY) ?? '');
      if (kept >= 0 && kept <= 1) this.volume = kept;
    } catch {
      // storage is closed to this page: the volume lives as long as the page
    }
  }

  choose(volume: number): void {
    this.volume = volume;
    try {
      localStorage.setItem(KEY, String(volume));
    } catch {
      // as above
    }
  }

  notice(name: SoundName, nowMs = performance.now()): void {
    const { play, volume } = this;
    if (play === null || !this.#pacing.take(name, nowMs, this)) return;
    // a browser that wants a press first keeps silent: the notice is on the screen too
    play(volume, NOTES[name]).catch(() => undefined);
  }
}

export const sounds = new Sounds();

/** Sounds of notices; each kind at most so often (ui 2.4). Time is an argument, so that tests need no waiting. */
export type SoundName = 'knock' | 'turn' | 'time';

const EVERY_MS: Readonly<Record<SoundName, number>> = { knock: 20_000, turn: 2_000, time: 2_000 };

export interface Ears {
  /** 0 to 1. */
  readonly volume: number;
  /** The own microphone is open: a sound would be heard in every room. */
  readonly speaking: boolean;
}

export class SoundPacing {
  readonly #last = new Map<SoundName, number>();

  /** Whether this sound is to be played now; only then it counts as played. */
  take(name: SoundName, nowMs: number, { volume, speaking }: Ears): boolean {
    if (volume === 0 || speaking || nowMs - (this.#last.get(name) ?? -Infinity) < EVERY_MS[name]) return false;
    this.#last.set(name, nowMs);
    return true;
  }
}

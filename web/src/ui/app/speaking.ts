import type { ParticipantId } from '../../protocol/messages';

/** A ring is drawn after this much speech … */
export const RING_AFTER_MS = 150;
/** … and leaves this long after it: so that a pause for breath does not make it flicker. */
export const RING_STAYS_MS = 600;
/** Below this level (0 silence to 127) it is the room's noise and nobody's speech. */
export const SPEECH_LEVEL = 70;

interface Heard {
  readonly since: number;
  readonly last: number;
}

/** Who has a ring. Time is an argument; the same set is returned while nothing changes. */
export class Speaking {
  #heard = new Map<ParticipantId, Heard>();
  #ringed: ReadonlySet<ParticipantId> = new Set();

  at(levels: ReadonlyMap<ParticipantId, number>, nowMs: number): ReadonlySet<ParticipantId> {
    for (const [participant, level] of levels)
      if (level >= SPEECH_LEVEL)
        this.#heard.set(participant, { since: this.#heard.get(participant)?.since ?? nowMs, last: nowMs });
    const ringed = new Set<ParticipantId>();
    for (const [participant, { since, last }] of this.#heard) {
      if (nowMs - last > RING_STAYS_MS) this.#heard.delete(participant);
      else if (last - since >= RING_AFTER_MS || this.#ringed.has(participant)) ringed.add(participant);
    }
    if (!same(ringed, this.#ringed)) this.#ringed = ringed;
    return this.#ringed;
  }
}

function same<Value>(one: ReadonlySet<Value>, other: ReadonlySet<Value>): boolean {
  return one.size === other.size && [...one].every((value) => other.has(value));
}

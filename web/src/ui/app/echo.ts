import type { ParticipantId } from '../../protocol/messages';
import { SPEECH_LEVEL } from './speaking';

/** Looked at over this time, once per tick of the levels. */
const WINDOW = 150;
/** So often both have to begin and end together: one long sentence proves nothing. */
const TURNS = 6;
/** Share of the looks in which both are loud or both are silent. */
const ALIKE = 0.93;

interface Look {
  readonly own: boolean;
  readonly others: ReadonlySet<ParticipantId>;
}

/**
 * Finds a microphone that hears this room (R24): it is loud when the own one is and silent when it is, word for word,
 * which two people who talk with each other never are. Time is the ticks themselves.
 */
export class Echo {
  private looks: Look[] = [];

  /** Takes who is loud now; gives who seems to stand in the same room, null while nobody does. */
  at(levels: ReadonlyMap<ParticipantId, number>, you: ParticipantId): ParticipantId | null {
    const loud = new Set([...levels].filter(([, level]) => level >= SPEECH_LEVEL).map(([id]) => id));
    this.looks.push({ own: loud.has(you), others: loud });
    if (this.looks.length > WINDOW) this.looks.shift();
    if (this.looks.length < WINDOW || turns(this.looks.map(({ own }) => own)) < TURNS) return null;
    return [...loud].find((id) => id !== you && this.isAlike(id)) ?? null;
  }

  private isAlike(id: ParticipantId): boolean {
    // the other one hears it a moment later: one look of delay is forgiven
    const alike = this.looks.filter(
      ({ own, others }, nth) => own === others.has(id) || this.looks[nth - 1]?.own === others.has(id),
    );
    return alike.length >= WINDOW * ALIKE && turns(this.looks.map(({ others }) => others.has(id))) >= TURNS;
  }
}

function turns(loud: readonly boolean[]): number {
  return loud.filter((each, nth) => nth > 0 && each !== loud[nth - 1]).length;
}

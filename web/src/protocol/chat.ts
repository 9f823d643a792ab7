/** The chat on the wire (docs/protocol.md). */
import type { Name, ParticipantId } from './messages';

/** For whom a line is: everybody, chair with co-chairs and secretary, or the own proved unit. */
export type ChatTo = 'all' | 'leads' | 'unit';

export type ChatAct =
  | { readonly type: 'say'; readonly to: ChatTo; readonly text: string }
  /** Chair and co-chairs. */
  | { readonly type: 'close_chat'; readonly closed: boolean };

export interface Said {
  readonly type: 'said';
  readonly at: number;
  readonly participant: ParticipantId;
  readonly to: ChatTo;
  readonly text: string;
  /** Counts the lines of the meeting, those for others too. */
  readonly number: number;
}

export type ChatEvent =
  | Said
  | { readonly type: 'chat_closed'; readonly at: number; readonly closed: boolean; readonly by: ParticipantId | null };

/** A line in the picture, with the name that its writer had. */
export interface ChatLine extends Omit<Said, 'type'> {
  readonly name: Name;
}

/** The floor on the wire (R16, R17; docs/protocol.md): who asked, whose turn it is, and how long it lasts. */
import type { ParticipantId } from './messages';

/** One choice that sets the defaults of microphones and floor. */
export type MeetingKind = 'discussion' | 'training' | 'conference';
/** What the end of the time does: closes the gate, or lets time run over until somebody ends the turn. */
export type Overrun = 'close' | 'warn';
export type TurnState = 'granted' | 'speaking' | 'held';
export type HeldBecause = 'line' | 'chair';
export type TurnChange = 'extended' | 'held' | 'resumed' | 'more_time_asked' | 'allowed' | 'spared';
export type TurnEnd = 'finished' | 'over' | 'ended' | 'declined' | 'lapsed' | 'left' | 'lost' | 'removed' | 'replaced';
export type RequestEnd = 'withdrawn' | 'refused' | 'left' | 'lost' | 'removed';

export interface RequestView {
  readonly participant: ParticipantId;
  readonly since: number;
}

export interface TurnView {
  readonly participant: ParticipantId;
  readonly state: TurnState;
  readonly by: ParticipantId | null;
  /** Did not ask. */
  readonly invited: boolean;
  readonly granted_at: number;
  /** Until when a granted turn waits to be taken. */
  readonly lapses_at: number | null;
  readonly started_at: number | null;
  /** While speaking with a limit. */
  readonly ends_at: number | null;
  /** While the clock stands still, or a limit that does not run yet. */
  readonly left_ms: number | null;
  readonly held_because: HeldBecause | null;
  /** Had the right to speak before. */
  readonly standing: boolean;
  /** More time asked for; 0 none. */
  readonly asked_ms: number;
  /** Before the present stretch. */
  readonly spoken_ms: number;
}

export interface FloorView {
  readonly queue: readonly RequestView[];
  readonly turns: readonly TurnView[];
  /** Time of a turn; null: without a limit. */
  readonly turn_s: number | null;
  readonly at_once: number;
  readonly overrun: Overrun;
  readonly spoken: readonly { readonly participant: ParticipantId; readonly spoken_ms: number }[];
  /** Who had the floor last. */
  readonly last: ParticipantId | null;
}

export type FloorCommand =
  | { readonly type: 'ask_floor' }
  | { readonly type: 'withdraw_floor' }
  /** The participant's press: starts the turn, and the server turns the microphone on with it. */
  | { readonly type: 'take_floor' }
  | { readonly type: 'decline_floor' }
  /** null: the own one. */
  | { readonly type: 'end_turn'; readonly participant: ParticipantId | null }
  | { readonly type: 'ask_more_time'; readonly seconds: number }
  | { readonly type: 'grant_floor'; readonly participant: ParticipantId; readonly instead?: boolean }
  | { readonly type: 'extend_turn'; readonly participant: ParticipantId; readonly seconds: number }
  | { readonly type: 'hold_turn'; readonly participant: ParticipantId }
  | { readonly type: 'resume_turn'; readonly participant: ParticipantId }
  | { readonly type: 'refuse_request'; readonly participant: ParticipantId; readonly reason?: string }
  | { readonly type: 'skip_request'; readonly participant: ParticipantId }
  | { readonly type: 'move_request'; readonly participant: ParticipantId; readonly place: number }
  | {
      readonly type: 'set_floor';
      readonly turn_s: number | null;
      readonly at_once: number;
      readonly overrun: Overrun;
    };

export type FloorEvent =
  | {
      readonly type: 'floor_asked';
      readonly at: number;
      readonly participant: ParticipantId;
      /** 0 is first. */
      readonly place: number;
    }
  | {
      readonly type: 'floor_withdrawn';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly cause: RequestEnd;
      readonly by: ParticipantId | null;
      readonly reason: string;
    }
  | {
      readonly type: 'request_moved';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly place: number;
      readonly by: ParticipantId | null;
    }
  | { readonly type: 'turn_granted'; readonly at: number; readonly turn: TurnView }
  | { readonly type: 'turn_started'; readonly at: number; readonly turn: TurnView }
  | {
      readonly type: 'turn_changed';
      readonly at: number;
      readonly turn: TurnView;
      readonly change: TurnChange;
      readonly by: ParticipantId | null;
    }
  | {
      readonly type: 'turn_ended';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly cause: TurnEnd;
      readonly by: ParticipantId | null;
      /** In this turn. */
      readonly spoken_ms: number;
      /** First in the queue again: had asked, and did not take the turn in time. */
      readonly back_in_queue: boolean;
    }
  | {
      readonly type: 'floor_set';
      readonly at: number;
      readonly turn_s: number | null;
      readonly at_once: number;
      readonly overrun: Overrun;
      readonly by: ParticipantId | null;
    }
  /** Somebody came in anew under another id: what they spoke under the former one is theirs. */
  | {
      readonly type: 'spoken_kept';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly former: ParticipantId;
      readonly spoken_ms: number;
    };

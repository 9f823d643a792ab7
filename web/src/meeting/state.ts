import type { ChatLine } from '../protocol/chat';
import type { FloorView } from '../protocol/floor';
import type {
  ApplicantView,
  Fault,
  LineSign,
  MeetingId,
  MeetingView,
  Name,
  ParticipantId,
  ParticipantView,
  PictureSource,
  Result,
  RoomView,
  Switches,
} from '../protocol/messages';

/** The meeting as this page may see it. Changed in one pure function only: `reduce`. */
export interface MeetingState {
  /** The last event number seen: where a page that comes back goes on. */
  readonly seq: number;
  /** Server time minus this device's, so that clocks and countdowns agree with the server. */
  readonly skewMs: number;
  readonly you: ParticipantId;
  readonly room: RoomView;
  readonly meeting: MeetingView;
  /** In protocol order. */
  readonly participants: readonly ParticipantView[];
  /** In the order of coming; empty for those who may not admit. */
  readonly lobby: readonly ApplicantView[];
  readonly switches: ReadonlyMap<ParticipantId, Switches>;
  /** Who is heard now: 0 (silence) to 127. */
  readonly levels: ReadonlyMap<ParticipantId, number>;
  /** Who leads the talk. */
  readonly dominant: ParticipantId | null;
  /** How the lines do (R24); nobody is named whose line was never judged. */
  readonly lines: ReadonlyMap<ParticipantId, LineSign>;
  /** Until when the seat of somebody who lost the line is kept. */
  readonly keptUntil: ReadonlyMap<ParticipantId, number>;
  /** Since when the line of somebody is lost, where this page was told. */
  readonly lostSince: ReadonlyMap<ParticipantId, number>;
  /** The last lines of the chat, the oldest first. */
  readonly chat: readonly ChatLine[];
  /** The own unit where an invitation or an account proves it; else empty. */
  readonly unit: string;
  /** Who asked to speak, and whose turn it is (R17). */
  readonly floor: FloorView;
}

/** Where this page stands with its meeting. */
export type Phase =
  /** Nothing asked yet; the page may be about to come back to the seat it had before a reload. */
  | { readonly kind: 'outside' }
  | { readonly kind: 'joining' }
  /** At the door still: what is to be corrected, all at once. */
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] }
  | LobbyPlace
  | { readonly kind: 'in' }
  | { readonly kind: 'over'; readonly ending: Ending };

/** In the lobby: no media, no list (S26). */
export interface LobbyPlace {
  readonly kind: 'waiting';
  readonly applicant: ParticipantId;
  readonly title: string;
  readonly name: Name | null;
  readonly since: number;
  readonly skewMs: number;
  readonly chairPresent: boolean;
  readonly invited: boolean;
  /** The own name was typed, and may be corrected. */
  readonly typed: boolean;
}

/** Why the visitor is no longer in. `meeting` is the one it was, where known. */
export type Ending =
  | { readonly kind: 'left'; readonly meeting: MeetingId | null }
  | { readonly kind: 'turned_away'; readonly fault: Fault; readonly meeting: MeetingId | null };

/** The control line. While it is lost the page stays readable and comes back by itself. */
export type ControlLine =
  { readonly kind: 'up' } | { readonly kind: 'lost'; readonly since: number; readonly attempts: number };

/** The peer connection. */
export type MediaLine = 'none' | 'connecting' | 'up' | 'lost';

/** One of the page's own commands that is not answered yet, for "pending" after 300 ms. */
export interface Pending {
  readonly id: number;
  readonly type: string;
  /** Whom or what it is about: participant, applicant or source; null when it concerns the meeting. */
  readonly about: string | null;
  readonly since: number;
}

/** What one command came to. */
export type Outcome =
  | { readonly ok: true; readonly result: Result; readonly recorded: boolean }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Names one picture of one participant in maps. */
export type PictureKey = string;

export function pictureKey(participant: ParticipantId, source: PictureSource): PictureKey {
  return `${participant} ${source}`;
}

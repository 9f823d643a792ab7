/**
 * Messages between page and server, as they stand on the wire (docs/protocol.md): one JSON object each,
 * told apart by `type`. Names are those of the wire, so a sample in protocol/samples/signaling/ is a value of
 * these types. Times are milliseconds since 1970 UTC.
 */

import type { Acts, RoleAct, RoleEvent } from './roles';
import type { ChatAct, ChatEvent, ChatLine } from './chat';
import type { FloorCommand, FloorEvent, FloorView, MeetingKind } from './floor';

export const PROTOCOL = 1;

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A seat, or somebody in the lobby: admission keeps the id. */
export type ParticipantId = Branded<'participant'>;
export type MeetingId = Branded<'meeting'>;
export type ResumeToken = Branded<'resume'>;
export type JoinToken = Branded<'join'>;

export type Role =
  'chair' | 'co_chair' | 'secretary' | 'attendee' | 'observer' | 'operator' | 'technician' | 'companion';
export type EntryRule = 'open' | 'password' | 'lobby' | 'invited';
export type LifeState = 'scheduled' | 'doors_open' | 'opened' | 'closed' | 'cancelled';
export type Source = 'microphone' | 'camera' | 'screen' | 'screen_audio';
/** The sources that have a switch of their own: a share's sound goes with its picture. */
export type SwitchedSource = 'microphone' | 'camera' | 'screen';
/** The sources that have a picture. */
export type PictureSource = 'camera' | 'screen';
export type BridgePointKind = 'room' | 'person';
export type Cause =
  'left' | 'lost' | 'removed' | 'banned' | 'taken_over' | 'ended' | 'empty' | 'cancelled' | 'signed_out';
export type LobbyOutcome = 'admitted' | 'refused' | 'left' | 'lost' | 'ended' | 'signed_out';
/** How the pictures of every page stand; `free`: each page its own. */
export type Layout = 'free' | 'grid' | 'speaker' | 'two_columns' | 'presentation' | 'conference';
export type SlotKind = 'audio' | 'video';
export type LineSign = 'good' | 'watch' | 'bad';
export type Details = Readonly<Record<string, string | number>>;

// ---- parts ------------------------------------------------------------------------------------------

/** How a participant is shown (R11): `name` is "Họ và tên, chức vụ". */
export interface Name {
  readonly bridge_point: string;
  readonly name: string;
  readonly unit: string;
}

/** What one receiving video slot is to show, in device pixels. */
export interface Tile {
  readonly slot: number;
  readonly participant: ParticipantId;
  readonly source: Source;
  readonly width: number;
  readonly height: number;
}

export interface RoomView {
  readonly slug: string;
  readonly name: string;
}

export interface MeetingView {
  readonly id: MeetingId;
  readonly title: string;
  readonly state: LifeState;
  readonly entry: EntryRule;
  readonly kind: MeetingKind;
  readonly muted_until_allowed: boolean;
  readonly locked: boolean;
  readonly muted_all: boolean;
  readonly capacity: number;
  /** Bridge points on the invitation list. */
  readonly expected: number;
  readonly layout: Layout;
  /** Whom the chair brought to the stage of every page, in this order. */
  readonly stage: readonly ParticipantId[];
  readonly starts_at: number | null;
  readonly opened_at: number | null;
  /** Whom the chair named to stand in while its line is lost. */
  readonly deputy: ParticipantId | null;
  readonly chair_offered_to: ParticipantId | null;
  readonly chair_offered_by: ParticipantId | null;
  /** The chair who is away while the present one stands in. */
  readonly stands_in_for: ParticipantId | null;
  /** Who cares for the lobby in the chair's place. */
  readonly lobby_keeper: ParticipantId | null;
  readonly chat_closed: boolean;
}

/** A seat as everybody in the meeting sees it. */
export interface ParticipantView {
  readonly id: ParticipantId;
  readonly role: Role;
  readonly name: Name;
  readonly kind: BridgePointKind;
  readonly invited: boolean;
  /** Place in the protocol order. */
  readonly order: number;
  readonly joined_at: number;
  readonly connected: boolean;
  readonly may_speak: boolean;
  readonly may_show: boolean;
  readonly may_share: boolean;
  /** The branch of bridge points it belongs to; empty: none (R14). */
  readonly branch: string;
  /** Of a co-chair: its acts reach this branch only. */
  readonly leads_branch: string | null;
}

/** Somebody in the lobby, as those see it who may admit. */
export interface ApplicantView {
  readonly id: ParticipantId;
  readonly name: Name;
  readonly since: number;
  readonly invited: boolean;
  readonly without_password: boolean;
  /** The identity is proved by an account or a personal link. */
  readonly account: boolean;
  readonly connected: boolean;
  /** The name of somebody invited or present that the typed one is taken for; mostly empty. */
  readonly resembles: string;
  readonly branch: string;
}

export interface Switches {
  readonly participant: ParticipantId;
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
}

/** The meeting as one role may see it, at event number `seq`. */
export interface Picture {
  readonly seq: number;
  readonly now: number;
  readonly you: ParticipantId;
  readonly room: RoomView;
  readonly meeting: MeetingView;
  readonly participants: readonly ParticipantView[];
  readonly lobby: readonly ApplicantView[];
  readonly switches: readonly Switches[];
  /** The last lines that are for this reader, the oldest first. */
  readonly chat: readonly ChatLine[];
  /** The own unit where it is proved; else empty. */
  readonly unit: string;
  readonly floor: FloorView;
}

/** A receiving place of the answer: which m-line carries it. */
export interface SlotView {
  readonly kind: SlotKind;
  readonly slot: number;
  readonly mid: string;
}

/** One thing to correct, at one field. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly field: string | null;
  readonly details: Details;
}

// ---- commands: what the page asks -------------------------------------------------------------------

export interface Join {
  readonly type: 'join';
  readonly protocol: number;
  readonly room: string;
  readonly name?: Name | null;
  readonly token?: JoinToken | null;
  readonly password?: string | null;
  /** Ask for a place in the lobby without the password. */
  readonly knock?: boolean;
  readonly take_over?: boolean;
  /** Saves a round trip; not kept while somebody waits in the lobby. */
  readonly offer?: string | null;
  readonly microphone?: boolean;
  readonly camera?: boolean;
}

export interface Resume {
  readonly type: 'resume';
  readonly protocol: number;
  readonly token: ResumeToken;
  /** The last event number seen, 0 for none. */
  readonly last_seq: number;
}

export interface Offer {
  readonly type: 'offer';
  readonly sdp: string;
  readonly fresh?: boolean;
}

/** The acts of those who lead (R18), and what anybody may do. */
export type Act =
  | { readonly type: 'leave' }
  | { readonly type: 'switch'; readonly source: Source; readonly on: boolean }
  | { readonly type: 'view'; readonly tiles: readonly Tile[] }
  | { readonly type: 'correct_name'; readonly name: Name }
  | { readonly type: 'admit'; readonly applicants?: readonly ParticipantId[]; readonly all_invited?: boolean }
  | { readonly type: 'refuse'; readonly applicant: ParticipantId; readonly reason?: string }
  | { readonly type: 'remove'; readonly participant: ParticipantId; readonly ban?: boolean; readonly reason?: string }
  | { readonly type: 'lift_ban'; readonly participant: ParticipantId }
  /** Allow to speak (R16): never opens a microphone. Empty: all. */
  | { readonly type: 'allow'; readonly participants?: readonly ParticipantId[] }
  | { readonly type: 'take_back'; readonly participants?: readonly ParticipantId[] }
  | {
      readonly type: 'mute';
      readonly participants?: readonly ParticipantId[];
      readonly all_but?: readonly ParticipantId[];
      readonly may_reopen?: boolean;
    }
  | { readonly type: 'lift_mute' }
  | { readonly type: 'stop_source'; readonly participant: ParticipantId; readonly source: Source }
  | { readonly type: 'allow_source'; readonly participant: ParticipantId; readonly source: Source }
  | { readonly type: 'lock'; readonly locked: boolean }
  | { readonly type: 'set_layout'; readonly layout: Layout }
  /** The whole stage at once; empty clears it. */
  | { readonly type: 'set_stage'; readonly participants: readonly ParticipantId[] }
  | { readonly type: 'open_meeting' }
  | { readonly type: 'end_meeting' }
  | RoleAct
  | ChatAct
  | FloorCommand;

export type Command = Join | Resume | Offer | Act;
/** As it is sent: `id` is unique within the connection. */
export type Sent = Command & { readonly id: number };

// ---- answers ----------------------------------------------------------------------------------------

/** Relays for a network that lets no media out, in the shape of an RTCIceServer. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

export interface Joined {
  readonly type: 'joined';
  readonly resume: ResumeToken;
  readonly picture: Picture;
  readonly answer: string | null;
  readonly slots: readonly SlotView[];
  readonly ice_servers: readonly IceServer[];
}

export interface Resumed {
  readonly type: 'resumed';
  readonly resume: ResumeToken;
  /** False when the media session is gone: the page then sends a fresh offer. */
  readonly media: boolean;
  readonly picture: Picture | null;
  readonly missed: readonly Events[];
  readonly shows: readonly Shows[];
  readonly layers: readonly Layers[];
}

export interface Waiting {
  readonly type: 'waiting';
  readonly resume: ResumeToken;
  readonly applicant: ParticipantId;
  readonly since: number;
  readonly title: string;
  readonly chair_present: boolean;
  readonly invited: boolean;
  /** The name was typed, so it may be corrected. */
  readonly typed: boolean;
}

export interface Answer {
  readonly type: 'answer';
  readonly sdp: string;
  readonly slots: readonly SlotView[];
  readonly ice_servers: readonly IceServer[];
}

export interface Nothing {
  readonly type: 'nothing';
}

export type Result = Joined | Resumed | Waiting | Answer | Acts | Nothing;

export interface Ok {
  readonly type: 'ok';
  readonly id: number;
  readonly result: Result;
  /** False for an act that took effect before it could be stored. */
  readonly recorded: boolean;
}

export interface Refused {
  readonly type: 'refused';
  readonly id: number;
  readonly code: string;
  readonly message: string;
  readonly faults: readonly Fault[];
}

// ---- events: history, numbered, never lost ----------------------------------------------------------

export type MeetingEvent =
  | { readonly type: 'meeting_opened'; readonly at: number; readonly by: ParticipantId | null }
  | {
      readonly type: 'meeting_closed';
      readonly at: number;
      readonly by: ParticipantId | null;
      readonly cause: Cause;
    }
  | { readonly type: 'participant_joined'; readonly at: number; readonly participant: ParticipantView }
  | {
      readonly type: 'participant_left';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly cause: Cause;
      readonly by: ParticipantId | null;
    }
  | {
      readonly type: 'participant_lost';
      readonly at: number;
      readonly participant: ParticipantId;
      readonly until: number;
    }
  | { readonly type: 'participant_back'; readonly at: number; readonly participant: ParticipantId }
  | {
      readonly type: 'rights_changed';
      readonly at: number;
      readonly participants: readonly ParticipantId[];
      readonly by: ParticipantId | null;
      readonly may_speak: boolean | null;
      readonly may_show: boolean | null;
      readonly may_share: boolean | null;
    }
  | {
      readonly type: 'muted';
      readonly at: number;
      readonly participants: readonly ParticipantId[];
      readonly by: ParticipantId | null;
    }
  | { readonly type: 'all_muted'; readonly at: number; readonly on: boolean; readonly by: ParticipantId | null }
  | { readonly type: 'room_locked'; readonly at: number; readonly locked: boolean; readonly by: ParticipantId | null }
  | RoleEvent
  | { readonly type: 'layout_set'; readonly at: number; readonly layout: Layout; readonly by: ParticipantId | null }
  | {
      readonly type: 'stage_set';
      readonly at: number;
      readonly participants: readonly ParticipantId[];
      readonly by: ParticipantId | null;
    }
  | { readonly type: 'lobby_entered'; readonly at: number; readonly applicant: ApplicantView }
  | {
      readonly type: 'lobby_left';
      readonly at: number;
      readonly applicant: ParticipantId;
      readonly outcome: LobbyOutcome;
      readonly by: ParticipantId | null;
    }
  | ChatEvent
  | FloorEvent;

export interface Events {
  readonly type: 'events';
  readonly seq: number;
  readonly events: readonly MeetingEvent[];
}

// ---- signals: latest wins ---------------------------------------------------------------------------

/** What a receiving slot carries from RTP time `rtp_time` on: sent before the first packet of the new source. */
export interface Shows {
  readonly type: 'shows';
  readonly kind: SlotKind;
  readonly slot: number;
  readonly participant: ParticipantId | null;
  readonly source: Source | null;
  readonly rtp_time: number | null;
}

/** Which encodings of the reader's own source anybody gets, by the rid of its offer: the others need not be sent. */
export interface Layers {
  readonly type: 'layers';
  readonly source: Source;
  readonly rids: readonly string[];
}

/** Why a picture is shown no better: the tile, its sender, the reader's line, or that line has it paused (R24). */
export type LimitReason = 'tile' | 'sender' | 'line' | 'paused';

/** Of all pictures that the reader is to be shown. */
export interface Limits {
  readonly type: 'limits';
  readonly limits: readonly {
    readonly participant: ParticipantId;
    readonly source: Source;
    readonly reason: LimitReason;
  }[];
}

export interface SwitchesChanged {
  readonly type: 'switches';
  readonly switches: readonly Switches[];
}

export interface LevelsNow {
  readonly type: 'levels';
  /** 0 (silence) to 127. */
  readonly levels: readonly { readonly participant: ParticipantId; readonly level: number }[];
  readonly dominant: ParticipantId | null;
}

/** Only those whose sign changed. */
export interface LinesNow {
  readonly type: 'lines';
  readonly lines: readonly { readonly participant: ParticipantId; readonly sign: LineSign }[];
}

export interface MediaLost {
  readonly type: 'media_lost';
}

export interface LobbyNow {
  readonly type: 'lobby';
  readonly chair_present: boolean;
}

export interface Admitted {
  readonly type: 'admitted';
  readonly resume: ResumeToken;
  readonly picture: Picture;
}

export interface PictureNow {
  readonly type: 'picture';
  readonly picture: Picture;
}

/** Last message before the server closes. */
export interface Turned {
  readonly type: 'turned_away';
  readonly code: string;
  readonly message: string;
  readonly details: Details;
  /** Whether the page comes back by itself, and after how long. */
  readonly again_after_ms: number | null;
}

export type Told =
  | Events
  | SwitchesChanged
  | Shows
  | Layers
  | Limits
  | LevelsNow
  | LinesNow
  | MediaLost
  | LobbyNow
  | Admitted
  | PictureNow
  | Turned;

export type ToPage = Ok | Refused | Told;

// ---- REST: GET /api/rooms/{slug}/door ---------------------------------------------------------------

/** What a page needs before the door; with a join token it names the bearer. */
export interface Door {
  readonly room: RoomView;
  readonly title: string;
  /** null: no meeting now, an ad-hoc one may begin. */
  readonly state: LifeState | null;
  readonly entry: EntryRule;
  readonly password: boolean;
  readonly muted_until_allowed: boolean;
  readonly name_rule: {
    readonly require: readonly string[];
    readonly min_words: number;
    readonly max_length: number;
  };
  readonly now: number;
  readonly starts_at: number | null;
  readonly ends_at: number | null;
  readonly doors_at: number | null;
  readonly ended_at: number | null;
  readonly chair: string | null;
  readonly identity: { readonly role: Role; readonly name: Name | null; readonly invited: boolean } | null;
}

import type { MeetingKind } from '../../protocol/floor';
import type { LimitReason } from '../../protocol/messages';
import type { Asked } from '../../office/ask';
import type { Acts } from '../../protocol/roles';
import type { NameParts } from '../door/view';
import type { Refusal } from '../door/refusals';
import type { Companion } from '../people/companion';
import type { LineLimit } from '../../media/own_line';
import type { FloorActs, FloorNow, TurnNow } from '../floor/view';
import type { Role } from './roles';

/** One seat of the meeting, as tiles and lists draw it: everything known about it in one place. */
export interface Seat {
  readonly id: string;
  readonly point: string;
  /** "Họ và tên, chức vụ" */
  readonly person: string;
  readonly unit: string;
  readonly role: Role;
  /** A room of a bridge point, or one person's own device. */
  readonly kind: 'room' | 'person';
  readonly order: number;
  readonly joinedAt: number;
  readonly connected: boolean;
  readonly maySpeak: boolean;
  readonly mayShow: boolean;
  readonly mayShare: boolean;
  readonly micOn: boolean;
  readonly cameraOn: boolean;
  readonly screenOn: boolean;
  /** Is heard now. */
  readonly speaking: boolean;
  /** Leads the talk. */
  readonly dominant: boolean;
  readonly invited: boolean;
  /** The branch of bridge points it belongs to; empty: none (R14). */
  readonly branch: string;
  /** Of a co-chair: its acts reach this branch only. */
  readonly leadsBranch: string | null;
  /** How the line does, as the server sees it; null before it was judged. */
  readonly line: 'good' | 'watch' | 'bad' | null;
  /** Why the own picture is sent smaller than it could be; null for others and where nothing limits it. */
  readonly limit: LineLimit | null;
  /** Why the picture is shown no better here (R24); null for the own one and where nobody has told. */
  readonly shownNoBetter: LimitReason | null;
  /** How long the picture stands still; null while it moves. */
  readonly frozenMs: number | null;
  /** How long the line is away; null while it is there or nobody knows since when. */
  readonly awayMs: number | null;
  /** Has the floor, or has only to take it (R17). */
  readonly turn: TurnNow | null;
  /** Place in the queue for the floor, 1 for the next; null: did not ask. */
  readonly queued: number | null;
  readonly you: boolean;
}

export type { LimitReason, LineLimit };

/** Somebody in the lobby, as those see it who may admit. */
export interface Applicant {
  readonly id: string;
  readonly point: string;
  readonly person: string;
  readonly unit: string;
  readonly since: number;
  readonly invited: boolean;
  readonly withoutPassword: boolean;
  readonly account: boolean;
  readonly connected: boolean;
  /** Whose name it may be taken for; mostly empty. */
  readonly resembles: string;
  readonly branch: string;
}

/** How the page is connected: the control line (WebSocket), then picture and sound. */
export type LineState =
  { readonly kind: 'up' } | { readonly kind: 'lost'; readonly forMs: number } | { readonly kind: 'media' };

export interface MeetingFacts {
  readonly slug: string;
  readonly title: string;
  readonly kind: MeetingKind;
  readonly opened: boolean;
  /** Over: what still changes is its end. */
  readonly closed: boolean;
  /** Since the opening; null before. */
  readonly runningMs: number | null;
  readonly expected: number;
  readonly locked: boolean;
  readonly mutedAll: boolean;
  readonly mutedUntilAllowed: boolean;
  /** Whom the chair named to stand in while its line is lost. */
  readonly deputy: string | null;
  readonly chairOfferedTo: string | null;
  readonly chairOfferedBy: string | null;
  /** The chair who is away while the present one stands in. */
  readonly standsInFor: string | null;
  /** Who cares for the lobby in the chair's place. */
  readonly lobbyKeeper: string | null;
  /** Since when no chair is here; null while one is. `forMs` is null where this page was not told. */
  readonly chairAway: ChairAway | null;
  /** That of every page; null: each has its own (R23). */
  readonly layout: LayoutName | null;
}

export interface ChairAway {
  readonly point: string;
  readonly forMs: number | null;
}

/** For whom a line of the chat is. */
export type ChatTo = 'all' | 'leads' | 'unit';

export interface ChatLine {
  /** Counts the lines of the meeting, those for others too. */
  readonly number: number;
  readonly at: number;
  /** Bridge point and person as the captions have them. */
  readonly writer: string;
  readonly point: string;
  readonly to: ChatTo;
  readonly text: string;
  readonly own: boolean;
}

export interface Chat {
  /** The oldest first. */
  readonly lines: readonly ChatLine[];
  readonly closed: boolean;
  /** The own unit where it is proved: then one may write to it. */
  readonly unit: string;
}

export interface StageView {
  readonly meeting: MeetingFacts;
  /** In protocol order. */
  readonly seats: readonly Seat[];
  /** Whom the chair brought to the stage, in this order. */
  readonly stage: readonly string[];
  /** Who has the second seat of every page: has the floor, had it last, or is next. */
  readonly speakingSeat: string | null;
  readonly applicants: readonly Applicant[];
  readonly floor: FloorNow;
  readonly line: LineState;
  readonly chat: Chat;
  /** What was asked and is not answered yet: seats, applicants, sources, or the act itself. */
  readonly pending: ReadonlySet<string>;
}

/** What the buttons of the stage do. Every one of them is answered by the server before the page shows it. */
export interface StageActs {
  /** The own sources; each is done when its device is open or shut and the server has answered. */
  switchMicrophone(on: boolean): Promise<void>;
  switchCamera(on: boolean): Promise<void>;
  switchScreen(on: boolean): Promise<void>;
  admit(applicants: readonly string[]): void;
  admitAllInvited(): void;
  refuse(applicant: string): void;
  allow(seats: readonly string[]): void;
  takeBack(seats: readonly string[]): void;
  mute(seat: string): void;
  /** Settles with whether it was done. */
  muteAllBut(seat: string | null): Promise<boolean>;
  liftMute(): void;
  stopSource(seat: string, source: 'camera' | 'screen'): void;
  allowSource(seat: string, source: 'camera' | 'screen'): void;
  remove(seat: string, options: { readonly ban: boolean; readonly reason: string }): void;
  lock(locked: boolean): void;
  muteMany(seats: readonly string[]): void;
  muteAllButMany(seats: readonly string[]): void;
  setRole(seat: string, role: Role, branch: string | null): void;
  setBranch(seat: string, branch: string): void;
  /** Gives what is to be corrected; null when it is done. */
  rename(seat: string, name: NameParts): Promise<readonly Refusal[] | null>;
  offerChair(seat: string): void;
  withdrawChairOffer(): void;
  answerChair(accept: boolean): void;
  nameDeputy(seat: string | null): void;
  takeChair(): void;
  /** null: takes it back. */
  giveLobby(seat: string | null): void;
  /** A page of acts older than number `before`, the newest first; null when it could not be read. */
  readActs(before: number | null, search: string): Promise<Acts | null>;
  /** The layout of every page; null leaves each its own. */
  setLayout(layout: LayoutName | null): void;
  /** The whole stage of every page, in this order. */
  setStage(seats: readonly string[]): void;
  readonly floor: FloorActs;
  /** A link for another device of the own seat; refused to a guest, whose seat has none (R12). */
  makeCompanion(word: string): Promise<Asked<Companion>>;
  open(): void;
  /** Settles with whether the line was taken: a draft is kept until then. */
  say(to: ChatTo, text: string): Promise<boolean>;
  closeChat(closed: boolean): void;
  end(): void;
  leave(): void;
}

/** In the order of their keys, 1 to 5. */
export const LAYOUTS = ['grid', 'speaker', 'two_columns', 'presentation', 'conference'] as const;
export type LayoutName = (typeof LAYOUTS)[number];

/** The stage of every page holds so many beside the chair and who speaks. */
export const MAX_STAGE = 5;
/** The tabs of the panel. */
export type PanelTab = 'chair' | 'floor' | 'people' | 'chat';

export function sharing(seats: readonly Seat[]): Seat | null {
  return seats.find((seat) => seat.screenOn && seat.connected) ?? null;
}

/** "Bộ TNMT – Thứ trưởng", as the strip under a picture and the lists have it (R23). */
export function caption({ point, person }: Pick<Seat, 'point' | 'person'>): string {
  return point && person ? `${point} – ${person}` : point || person;
}

export function yourSeat({ seats }: Pick<StageView, 'seats'>): Seat | null {
  return seats.find(({ you }) => you) ?? null;
}

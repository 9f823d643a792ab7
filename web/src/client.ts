/**
 * What the components draw and press: one immutable state, and commands that the server answers.
 * The server decides, the page shows: no command changes the state by itself.
 */
import type { ControlLine, MediaLine, MeetingState, Outcome, Pending, Phase, PictureKey } from './meeting/state';
import type { Devices } from './media/device_state';
import { DeviceSet } from './media/device_set';
import type { LineLimit } from './media/own_line';
import { mark } from './media/spans';
import type {
  Act,
  JoinToken,
  LimitReason,
  MeetingEvent,
  Name,
  ParticipantId,
  PictureSource,
  SwitchedSource,
} from './protocol/messages';
import { Session } from './session';
import type { DoorAnswer } from './signaling/door';
import { forgetToken, takeToken } from './signaling/link';

export type { Choice, Devices, DevicesState, DeviceState } from './media/device_state';

export interface ClientState {
  readonly phase: Phase;
  readonly line: ControlLine;
  readonly media: MediaLine;
  /** null outside and in the lobby. After the end it stays as it was last. */
  readonly meeting: MeetingState | null;
  readonly pending: readonly Pending[];
  /** What this page sends of its own now: server's switches and rights, and the devices. */
  readonly own: Readonly<Record<SwitchedSource, boolean>>;
  /**
   * The pictures that may be shown now, by `pictureKey`: a stream is here only while its frames are known
   * to be of this participant, so there is never a wrong name under a face. The own ones are among them.
   */
  readonly streams: ReadonlyMap<PictureKey, MediaStream>;
  /** Pictures that stood still for 2 s though they should move, and since when. */
  readonly frozen: ReadonlyMap<PictureKey, number>;
  /** What limits the own picture now; null for nothing. */
  readonly limit: LineLimit | null;
  /** Why pictures of others are shown no better (R24). */
  readonly limits: ReadonlyMap<PictureKey, LimitReason>;
  /** The browser wants a press before it plays sound: call `unlockSound` from one. */
  readonly soundBlocked: boolean;
}

/** What is asked for at the door. */
export interface Entry {
  /** null with a personal link that names its bearer. */
  readonly name: Name | null;
  readonly password: string | null;
  readonly knock: boolean;
  readonly takeOver: boolean;
}

/** What the page shows of one participant, in device pixels; the first is the most important. */
export interface Wanted {
  readonly participant: ParticipantId;
  readonly source: PictureSource;
  readonly width: number;
  readonly height: number;
}

export type { DoorAnswer } from './signaling/door';

export interface Client {
  readonly state: ClientState;
  /** Svelte's store contract: called at once and at every change. Returns its end. */
  subscribe(listener: (state: ClientState) => void): () => void;
  /** Hears every event of the meeting once, after the state has taken it in: for announcements. */
  onEvent(listener: (event: MeetingEvent) => void): () => void;
  readonly devices: Devices;

  /** What stands at the door (REST). The first call trades the personal link's token and wipes it from the address. */
  door(): Promise<DoorAnswer>;
  /** Whether this tab held a seat or a place in the lobby before it was reloaded: then call `comeBack` and not `join`. */
  readonly canComeBack: boolean;
  comeBack(): Promise<void>;
  /** Fetches the code of a visit, while somebody reads the form; what fails is fetched again at the press. */
  prepare(): Promise<void>;
  /** Somebody fills in the door or comes near its button: what takes time before `join` begins. */
  approach(): void;
  /** Settles when the server answered: the phase then says `in`, `waiting` or `refused`. */
  join(entry: Entry): Promise<void>;
  correctName(name: Name): Promise<Outcome>;
  leave(): Promise<void>;

  /** The own switch. A device is opened when it has to be; taking away works at once, giving when the server agreed. */
  switch(source: SwitchedSource, on: boolean): Promise<Outcome>;
  /** Takes the turn that was given (R17): the microphone is opened first, and one press then leads to sound. */
  takeFloor(): Promise<Outcome>;
  /** All that is shown now, the most important first. Whatever is not named costs nothing. */
  setView(wanted: readonly Wanted[]): void;
  /** The acts of those who lead: `client.act({type: 'admit', applicants: [id]})`. */
  act(act: Exclude<Act, { readonly type: OwnAct }>): Promise<Outcome>;
  unlockSound(): Promise<void>;
  close(): void;
}

/** The acts that have a word of their own above. */
export type OwnAct = 'leave' | 'switch' | 'view' | 'correct_name' | 'take_floor';

export interface ClientOptions {
  readonly slug: string;
  /** Of a personal link; taken out of the address when it is left out. */
  readonly token?: JoinToken | null;
}

/** The client of one visit, in a browser. A personal link's token is wiped from the address at once (S29). */
export function createClient({ slug, token }: ClientOptions): Client {
  const { location, history } = globalThis;
  const tabStorage = storageOf('sessionStorage');
  const linked = takeToken(
    slug,
    {
      hash: location.hash,
      pathname: location.pathname,
      search: location.search,
      replace: (address) => history.replaceState(history.state, '', address),
    },
    tabStorage,
  );
  return new Session({
    slug,
    token: linked ?? token ?? null,
    openSocket: () => openSocket(new URL('/ws', location.href)),
    reach,
    tabStorage,
    devices: new DeviceSet(undefined, storageOf('localStorage')),
    loadInside: () => import('./inside'),
    onOnline: (listener) => {
      globalThis.addEventListener('online', listener);
      return () => globalThis.removeEventListener('online', listener);
    },
    forgetLink: () => forgetToken(slug, tabStorage),
    reload: () => reloadOnce(tabStorage),
  });
}

async function reach(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(REACHED_WITHIN_MS);
    return (await fetch('/robots.txt', { method: 'HEAD', cache: 'no-store', signal })).ok;
  } catch {
    return false;
  }
}

function openSocket(url: URL): WebSocket {
  url.protocol = url.protocol.replace('http', 'ws');
  url.hash = '';
  const socket = new WebSocket(url);
  socket.addEventListener('open', () => mark('socket'));
  return socket;
}

/** Once a minute at most: a page that stays too old must not load itself for ever. */
function reloadOnce(storage: Storage | null): boolean {
  const last = Number(storage?.getItem(RELOADED) ?? 0);
  if (storage === null || Date.now() - last < RELOAD_EVERY_MS) return false;
  storage.setItem(RELOADED, String(Date.now()));
  globalThis.location.reload();
  return true;
}

const REACHED_WITHIN_MS = 3_000;
const RELOADED = 'hoptt.reloaded';
const RELOAD_EVERY_MS = 60_000;

/** A browser may close its storage to the page: the meeting works without. */
function storageOf(name: 'sessionStorage' | 'localStorage'): Storage | null {
  try {
    return globalThis[name];
  } catch {
    return null;
  }
}

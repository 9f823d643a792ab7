import { afterEach, beforeEach, vi } from 'vitest';
import { aName, aPicture, NINE, someone } from './meeting/build';
import { aboutOf } from './meeting/about';
import { cameraLeftBehind, idleSwitches, maySend } from './meeting/own';
import { begin, reduce } from './meeting/reduce';
import { DeviceSet } from './media/device_set';
import type { MediaOptions, Outgoing } from './media/media_session';
import type {
  Joined,
  ParticipantId,
  Picture,
  Resumed,
  ResumeToken,
  Shows,
  Source,
  Tile,
  Waiting,
} from './protocol/messages';
import { Session } from './session';
import { FakeSocket } from './signaling/fake_socket';
import type { Media } from './visit_media';

export const YOU = someone('you');
export const LAO_CAI = someone('laocai', { order: 2 });
export const ENTRY = { name: aName('Sở TNMT Lai Châu'), password: null, knock: false, takeOver: false };

class FakeTrack extends EventTarget {
  enabled = true;
  readyState = 'live';
  constructor(readonly kind: string) {
    super();
  }
  clone = () => new FakeTrack(this.kind);
  stop = () => void (this.readyState = 'ended');
  getSettings = () => ({ deviceId: `${this.kind} 1` });
}

class FakeStream {
  constructor(readonly tracks: readonly FakeTrack[] = []) {}
  getAudioTracks = () => this.tracks.filter(({ kind }) => kind === 'audio');
  getVideoTracks = () => this.tracks.filter(({ kind }) => kind === 'video');
}

export class FakeMedia implements Record<keyof Media, unknown> {
  readonly calls: string[] = [];
  sent: Outgoing | null = null;
  tiles: readonly Tile[] = [];
  readonly videoSlots = 9;
  isRenewing = false;
  constructor(readonly options: MediaOptions) {}
  offer = () => Promise.resolve('offer');
  discard = () => void this.calls.push('discard');
  accept = ({ sdp }: { sdp: string }) => {
    this.calls.push(`accept ${sdp}`);
    this.options.ears.negotiated();
    return Promise.resolve(true);
  };
  renew = async () => {
    this.calls.push('renew');
    const answer = await this.options.negotiate('fresh offer', true);
    if (answer) await this.accept(answer);
  };
  send = (outgoing: Outgoing) => void (this.sent = outgoing);
  show = (tiles: readonly Tile[]) => void (this.tiles = tiles);
  tell = ({ slot }: Shows) => void this.calls.push(`shows ${slot}`);
  widen = (pictures: number) => void this.calls.push(`widen ${pictures}`);
  chooseSpeaker = () => undefined;
  unlockSound = () => Promise.resolve();
  close = () => void this.calls.push('close');
}

class Shelf {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

/** Time and media of a browser, for every test of the file. */
export function inFakeBrowser(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('MediaStream', FakeStream);
    vi.stubGlobal('HTMLMediaElement', FakeStream);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}

export function aVisit(shelf = new Shelf()) {
  const opened: FakeTrack[] = [];
  const track = (kind: string) => {
    const made = new FakeTrack(kind);
    opened.push(made);
    return made;
  };
  const devices = new DeviceSet(
    Object.assign(new EventTarget(), {
      getUserMedia: ({ audio, video }: MediaStreamConstraints) =>
        Promise.resolve(new FakeStream([...(audio ? [track('audio')] : []), ...(video ? [track('video')] : [])])),
      enumerateDevices: () => Promise.resolve([]),
    }) as unknown as MediaDevices,
  );
  const sockets: FakeSocket[] = [];
  const medias: FakeMedia[] = [];
  const reloads: string[] = [];
  const session = new Session({
    slug: 'duan',
    token: null,
    devices,
    tabStorage: shelf,
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    loadInside: () =>
      Promise.resolve({
        begin,
        aboutOf,
        cameraLeftBehind,
        idleSwitches,
        maySend,
        reduce,
        MediaSession: class extends FakeMedia {
          constructor(options: MediaOptions) {
            super(options);
            medias.push(this);
          }
        },
      }),
    onOnline: () => () => undefined,
    forgetLink: () => shelf.removeItem('hoptt.link.duan'),
    reload: () => {
      reloads.push('reload');
      return reloads.length === 1;
    },
  });
  const last = <Value>(list: readonly Value[]): Value => {
    const value = list.at(-1);
    if (value === undefined) throw new Error('none was made');
    return value;
  };
  return {
    session,
    shelf,
    opened,
    sockets,
    reloads,
    socket: () => last(sockets),
    media: () => last(medias),
    sent: (type: string) => sockets.flatMap(({ sent }) => sent).filter((command) => command.type === type),
  };
}

export const tick = () => vi.advanceTimersByTimeAsync(0);
export const on = (id: ParticipantId, ...sources: readonly Source[]) => ({
  participant: id,
  microphone: sources.includes('microphone'),
  camera: sources.includes('camera'),
  screen: sources.includes('screen'),
});
export const joined = (picture: Picture, answer: string | null = 'answer'): Joined => ({
  type: 'joined',
  resume: 'seat' as ResumeToken,
  picture,
  answer,
  slots: [],
  ice_servers: [],
});
export const comesBack = (change: Partial<Resumed> = {}): Resumed => ({
  type: 'resumed',
  resume: 'seat2' as ResumeToken,
  media: true,
  picture: null,
  missed: [],
  shows: [],
  layers: [],
  ...change,
});
export const WAITING: Waiting = {
  type: 'waiting',
  resume: 'place' as ResumeToken,
  applicant: YOU.id,
  since: NINE,
  title: 'Giao ban',
  chair_present: false,
  invited: false,
  typed: true,
};

export async function asked() {
  const visit = aVisit();
  await visit.session.devices.start();
  const joining = visit.session.join(ENTRY);
  await tick();
  visit.socket().opens();
  await tick();
  return { ...visit, joining };
}

export async function inMeeting(
  picture = aPicture([YOU, LAO_CAI], { switches: [on(YOU.id, 'microphone', 'camera')] }),
) {
  const visit = await asked();
  visit.socket().answers(joined(picture));
  await visit.joining;
  await tick();
  return visit;
}

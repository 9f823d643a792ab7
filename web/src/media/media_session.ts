import type { MediaLine, PictureKey } from '../meeting/state';
import type { Answer, Shows, Source, Tile } from '../protocol/messages';
import { backOffMs } from '../signaling/back_off';
import { Freezes, framesDecoded } from './freezes';
import { connect, LINES, Peer, type Receiving } from './peer';
import { Slots } from './slots';
import { Sound } from './sound';
import { mark } from './spans';

export interface MediaEars {
  line(line: MediaLine): void;
  /** The pictures of others that may be shown now. */
  streams(streams: ReadonlyMap<PictureKey, MediaStream>): void;
  frozen(frozen: ReadonlySet<PictureKey>): void;
  soundBlocked(blocked: boolean): void;
  /** Another transport is there: the server wants to know again what is shown. */
  negotiated(): void;
}

export interface MediaOptions {
  /** Sends a fresh offer; null when it was refused or nobody answered. */
  readonly negotiate: (sdp: string) => Promise<Pick<Answer, 'sdp' | 'slots'> | null>;
  /** Whether the server answers at once over the other line. */
  readonly serverAnswers: () => Promise<boolean>;
  readonly ears: MediaEars;
  readonly connect?: () => RTCPeerConnection;
}

/** What is to be sent; null for nothing. */
export type Outgoing = Readonly<Record<Source, MediaStreamTrack | null>>;

const NOTHING: Outgoing = { microphone: null, camera: null, screen: null, screen_audio: null };

/**
 * Picture and sound of one seat across peer connections: when one is lost, another is made by itself, and what is
 * sent, shown and heard goes on there.
 */
export class MediaSession {
  private peer: Peer | null = null;
  private outgoing: Outgoing = NOTHING;
  private tiles: readonly Tile[] = [];
  private readonly slots: Slots;
  private readonly sound: Sound;
  private readonly freezes = new Freezes();
  private readonly watch: ReturnType<typeof setInterval>;
  private renewing = false;
  private wake: (() => void) | null = null;
  private closed = false;

  constructor(private readonly options: MediaOptions) {
    const { ears } = options;
    this.slots = new Slots((streams) => {
      if (streams.size > 0) mark('first_frame');
      ears.streams(streams);
    });
    this.sound = new Sound((blocked) => ears.soundBlocked(blocked));
    this.watch = setInterval(() => void this.lookForFreezes(), WATCH_MS);
  }

  /** How many pictures can be received at once. */
  get videoSlots(): number {
    return LINES.video;
  }

  /** Another peer connection is being made: nothing is seen and heard just now. */
  get isRenewing(): boolean {
    return this.renewing;
  }

  /** An offer to go with `join`. Follow it with `accept`, or with `discard` when it was not taken. */
  async offer(): Promise<string> {
    const sdp = await this.fresh().offer();
    mark('offer');
    return sdp;
  }

  discard(): void {
    this.peer?.close();
    this.peer = null;
    this.options.ears.line('none');
  }

  /** Takes the answer to the last offer. */
  async accept({ sdp, slots }: Pick<Answer, 'sdp' | 'slots'>): Promise<boolean> {
    const { peer } = this;
    if (!peer) return false;
    mark('answered');
    this.slots.reset();
    let receiving: Receiving;
    try {
      receiving = await peer.accept(sdp, slots);
    } catch {
      return false; // closed meanwhile, or an answer to another offer
    }
    if (this.peer !== peer) return false;
    this.slots.open(receiving.video);
    this.sound.open(receiving.audio);
    this.options.ears.negotiated();
    return true;
  }

  /** The peer connection is gone, or there was none yet: makes another, and asks until the server takes it. */
  async renew(): Promise<void> {
    if (this.renewing) {
      this.wake?.();
      return;
    }
    this.renewing = true;
    for (let attempt = 0; !this.closed; attempt += 1) {
      const offer = await this.fresh().offer();
      const answer = this.isClosed() ? null : await this.options.negotiate(offer);
      if (answer && (await this.accept(answer))) break;
      await this.pause(backOffMs(attempt, Math.random()));
    }
    this.renewing = false;
  }

  send(outgoing: Outgoing): void {
    this.outgoing = outgoing;
    const { peer } = this;
    if (peer) for (const source of SOURCES) void peer.put(source, outgoing[source]);
  }

  show(tiles: readonly Tile[]): void {
    this.tiles = tiles;
    this.slots.ask(tiles);
  }

  tell(shows: Shows): void {
    if (shows.kind === 'video') this.slots.tell(shows);
  }

  chooseSpeaker(id: string): void {
    void this.sound.choose(id);
  }

  unlockSound(): Promise<void> {
    return this.sound.play();
  }

  close(): void {
    this.closed = true;
    clearInterval(this.watch);
    this.wake?.();
    this.discard();
    this.slots.close();
    this.sound.close();
  }

  private fresh(): Peer {
    this.peer?.close();
    const { ears } = this.options;
    const peer = new Peer((this.options.connect ?? connect)(), {
      connected: () => {
        if (this.peer !== peer) return;
        mark('connected');
        ears.line('up');
      },
      lost: () => {
        if (this.peer !== peer) return;
        ears.line('lost');
        void this.renew();
      },
      serverAnswers: () => this.options.serverAnswers(),
    });
    this.peer = peer;
    ears.line('connecting');
    this.send(this.outgoing);
    this.slots.ask(this.tiles);
    return peer;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resume) => {
      const timer = setTimeout(resume, ms);
      this.wake = () => {
        clearTimeout(timer);
        resume();
      };
    });
  }

  private isClosed(): boolean {
    return this.closed;
  }

  private async lookForFreezes(): Promise<void> {
    const cameras = new Map([...this.slots.tracks].filter(([key]) => key.endsWith(' camera')));
    const decoded = this.peer ? await framesDecoded(this.peer.connection, cameras) : new Map<PictureKey, number>();
    this.options.ears.frozen(this.freezes.at(Date.now(), decoded));
  }
}

const SOURCES: readonly Source[] = ['microphone', 'camera', 'screen', 'screen_audio'];
const WATCH_MS = 1_000;

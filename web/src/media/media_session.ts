import { type MediaLine, pictureKey, type PictureKey } from '../meeting/state';
import type { Layers, LimitReason, Limits, Shows, Source, Tile } from '../protocol/messages';
import { backOffMs } from '../signaling/back_off';
import { Freezes, framesDecoded, type Report as Decoded } from './freezes';
import { onOtherNetwork } from './network';
import { type LineLimit, OwnLine, type Report as Sent } from './own_line';
import { type Answered, connect, LINES, type Lines, Peer, type Receiving } from './peer';
import { type Report as Arrived, RepairWait } from './repair_wait';
import { Slots } from './slots';
import { Sound } from './sound';
import { mark } from './spans';
import { voiceFilter } from './voice_filter';

export interface MediaEars {
  line(line: MediaLine): void;
  /** The pictures of others that may be shown now. */
  streams(streams: ReadonlyMap<PictureKey, MediaStream>): void;
  /** Pictures that stand still, and since when (this device's time). */
  frozen(frozen: ReadonlyMap<PictureKey, number>): void;
  /** What limits the own picture; null for nothing. */
  limited(limit: LineLimit | null): void;
  /** Why pictures of others are shown no better. */
  limits(limits: ReadonlyMap<PictureKey, LimitReason>): void;
  soundBlocked(blocked: boolean): void;
  /** Another transport is there: the server wants to know again what is shown. */
  negotiated(): void;
}

export interface MediaOptions {
  /** Sends an offer, fresh or again on the same connection; null when it was refused or nobody answered. */
  readonly negotiate: (sdp: string, fresh: boolean) => Promise<Answered | null>;
  /** Whether the server answers at once over the other line. */
  readonly serverAnswers: () => Promise<boolean>;
  readonly ears: MediaEars;
  readonly connect?: () => RTCPeerConnection;
  readonly onOtherNetwork?: typeof onOtherNetwork;
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
  private readonly ownLine = new OwnLine();
  private readonly repairWait = new RepairWait();
  /** How many pictures are wanted, and how many the connection that is there can receive. */
  private lines: Lines = LINES;
  private open = 0;
  /** An offer on the connection that is there is under way. */
  private offering = false;
  /** The way of packets is to be looked for anew. */
  private strays = false;
  private readonly watch: ReturnType<typeof setInterval>;
  private readonly endFilter: () => void;
  private readonly endNetwork: () => void;
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
    this.watch = setInterval(() => void this.look(), WATCH_MS);
    this.endFilter = voiceFilter.subscribe(() => this.send(this.outgoing));
    this.endNetwork = (options.onOtherNetwork ?? onOtherNetwork)(() => this.seekWay());
  }

  /** How many pictures can be received at once. */
  get videoSlots(): number {
    return this.open || this.lines.video;
  }

  /** Makes room for as many pictures (9, 16, 25) by another offer on the same connection. It is never made smaller. */
  widen(pictures: number): void {
    const video = STEPS.find((step) => step >= pictures) ?? MOST;
    if (video <= this.lines.video) return;
    this.lines = { ...this.lines, video };
    this.catchUp();
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
  async accept(answer: Answered): Promise<boolean> {
    const { peer } = this;
    if (!peer) return false;
    mark('answered');
    this.slots.reset();
    let receiving: Receiving;
    try {
      receiving = await peer.accept(answer);
    } catch {
      return false; // closed meanwhile, or an answer to another offer
    }
    if (this.peer !== peer) return false;
    this.open = receiving.video.size;
    this.slots.open(receiving.video);
    this.sound.open(receiving.audio);
    this.options.ears.negotiated();
    this.catchUp();
    return true;
  }

  /** The network has changed, or nothing arrives: packets find their way anew, and the connection goes on (RFC 8445 §9). */
  private seekWay(): void {
    this.strays = this.open > 0;
    this.catchUp();
  }

  /** Asks again on the connection that is there for what it lacks, one after the other: two offers would cross. */
  private catchUp(): void {
    const { peer } = this;
    if (!peer || this.open === 0 || this.renewing || this.offering) return;
    const next = this.strays ? this.findWay(peer) : this.open < this.lines.video ? this.addLines(peer) : null;
    if (!next) return;
    this.offering = true;
    void next
      .catch(() => true) // closed meanwhile
      .then((heard) => {
        this.offering = false;
        setTimeout(() => this.catchUp(), heard ? 0 : AGAIN_MS);
      });
  }

  /** False when nobody heard it, or it was refused because it was asked just now: it is asked again on this connection. */
  private async findWay(peer: Peer): Promise<boolean> {
    this.strays = false;
    const answer = await this.options.negotiate(await peer.offerAnew(), false);
    if (this.peer !== peer || this.closed) return true;
    this.strays ||= answer === null;
    try {
      if (answer) await peer.accept(answer);
    } catch {
      peer.lose();
    }
    return answer !== null;
  }

  /** More pictures may be wanted than the connection was made for: it gets the lines that lack. */
  private async addLines(peer: Peer): Promise<boolean> {
    const answer = await this.options.negotiate(await peer.offerMore(this.lines.video), false);
    if (this.peer !== peer || this.closed) return true;
    try {
      if (!answer) throw new Error('refused, or not answered in time');
      const { video } = await peer.accept(answer);
      this.open = video.size;
      this.slots.open(video);
      this.options.ears.negotiated();
    } catch {
      // half-way between two offers a connection is of no use: the next one has all lines from the start
      this.open = this.lines.video;
      void this.renew();
    }
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
      const answer = this.isClosed() ? null : await this.options.negotiate(offer, true);
      if (answer && (await this.accept(answer))) break;
      await this.pause(backOffMs(attempt, Math.random()));
    }
    this.renewing = false;
    this.catchUp();
  }

  send(outgoing: Outgoing): void {
    this.outgoing = outgoing;
    const { peer } = this;
    const sent: Outgoing = { ...outgoing, microphone: voiceFilter.of(outgoing.microphone) };
    if (peer) for (const source of SOURCES) void peer.put(source, sent[source]);
  }

  show(tiles: readonly Tile[]): void {
    this.tiles = tiles;
    this.slots.ask(tiles);
  }

  tell(told: Shows | Layers | Limits): void {
    if (told.type === 'layers') void this.peer?.limit(told.source, told.rids);
    else if (told.type === 'limits') this.options.ears.limits(reasons(told));
    else if (told.kind === 'video') this.slots.tell(told);
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
    this.endFilter();
    this.endNetwork();
    voiceFilter.of(null);
    this.wake?.();
    this.discard();
    this.slots.close();
    this.sound.close();
  }

  private fresh(): Peer {
    this.peer?.close();
    const { ears } = this.options;
    const peer = new Peer(
      (this.options.connect ?? connect)(),
      {
        connected: () => {
          if (this.peer !== peer) return;
          mark('connected');
          ears.line('up');
        },
        blocked: () => {
          if (this.peer === peer) this.seekWay();
        },
        lost: () => {
          if (this.peer !== peer) return;
          ears.line('lost');
          void this.renew();
        },
        serverAnswers: () => this.options.serverAnswers(),
      },
      this.lines,
    );
    this.peer = peer;
    [this.open, this.strays] = [0, false];
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

  private async look(): Promise<void> {
    const cameras = new Map([...this.slots.tracks].filter(([key]) => key.endsWith(' camera')));
    const stats = this.peer ? await this.peer.connection.getStats() : new Map<string, unknown>();
    if (this.closed) return;
    const reports = [...stats.values()] as readonly (Decoded & Sent & Arrived)[];
    this.options.ears.frozen(this.freezes.at(Date.now(), framesDecoded(reports, cameras)));
    this.options.ears.limited(this.ownLine.at(reports));
    this.peer?.hold(this.repairWait.at(reports));
  }
}

function reasons({ limits }: Limits): ReadonlyMap<PictureKey, LimitReason> {
  return new Map(
    limits.map(({ participant, source, reason }) => [
      pictureKey(participant, source === 'screen' ? 'screen' : 'camera'),
      reason,
    ]),
  );
}

const SOURCES: readonly Source[] = ['microphone', 'camera', 'screen', 'screen_audio'];
const WATCH_MS = 1_000;
/** The server lets ICE begin anew once a second. */
const AGAIN_MS = 1_500;
/** The grids that a page shows; the server gives no more slots than the largest. */
const MOST = 25;
const STEPS = [LINES.video, 16, MOST] as const;

import type { ClientState, Wanted } from './client';
import type { DeviceSet } from './media/device_set';
import type { MediaOptions, MediaSession } from './media/media_session';
import { type May, NOTHING_MAY, OwnSources } from './media/own_sources';
import type { Answered } from './media/peer';
import { View } from './media/view';
import type { Outcome, PictureKey } from './meeting/state';
import type { Command, ParticipantId, Tile } from './protocol/messages';

/** As much of the media as a visit needs; tests bring their own. */
export type Media = Pick<MediaSession, keyof MediaSession>;

export interface VisitMediaOptions {
  readonly devices: DeviceSet;
  /** Fetched while the visitor stands at the door, so that the door itself opens fast. */
  readonly load: () => Promise<(options: MediaOptions) => Media>;
  readonly ask: (command: Command, timeoutMs?: number) => Promise<Outcome>;
  /** Who this page is in its meeting and what it may send; null outside. */
  readonly seat: () => { readonly you: ParticipantId; readonly may: May } | null;
  readonly put: (change: Partial<Drawn>) => void;
  /** The visitor stopped the share by the browser's own button. */
  readonly shareEnded: () => void;
}

/** The part of the state that the media writes. */
type Drawn = Pick<ClientState, 'media' | 'own' | 'streams' | 'frozen' | 'limit' | 'limits' | 'soundBlocked'>;

const NOTHING: Drawn = {
  media: 'none',
  own: NOTHING_MAY,
  streams: new Map(),
  frozen: new Map(),
  limits: new Map(),
  limit: null,
  soundBlocked: false,
};

/** The media of one visit, made when it is needed: what is sent, what is asked for, and what of it may be drawn. */
export class VisitMedia {
  readonly own: OwnSources;
  private media: Media | null = null;
  private drawn: Drawn = NOTHING;
  private others: ReadonlyMap<PictureKey, MediaStream> = new Map();
  private readonly view: View;

  constructor(private readonly options: VisitMediaOptions) {
    this.own = new OwnSources(options.devices, options.shareEnded);
    this.view = new View({
      show: (tiles) => this.media?.show(tiles),
      tell: (tiles) => {
        if (options.seat()) void options.ask({ type: 'view', tiles });
      },
    });
    options.devices.subscribe(({ speaker }) => {
      this.media?.chooseSpeaker(speaker);
      this.follow();
    });
  }

  get isOpen(): boolean {
    return this.media !== null;
  }

  get tiles(): readonly Tile[] {
    return this.view.tiles;
  }

  async open(): Promise<Media> {
    const make = await this.options.load();
    if (this.media) return this.media;
    const media = make({
      negotiate: (sdp, fresh) => this.negotiate(sdp, fresh),
      serverAnswers: () => this.serverAnswers(),
      ears: {
        line: (line) => this.put({ media: line }),
        streams: (streams) => {
          this.others = streams;
          this.draw();
        },
        frozen: (frozen) => {
          if (frozen.size > 0 || this.drawn.frozen.size > 0) this.put({ frozen });
        },
        limited: (limit) => {
          if (limit !== this.drawn.limit) this.put({ limit });
        },
        limits: (limits) => this.put({ limits }),
        soundBlocked: (soundBlocked) => this.put({ soundBlocked }),
        negotiated: () => {
          this.view.arrange(this.room);
          this.view.tell();
        },
      },
    });
    this.media = media;
    media.chooseSpeaker(this.options.devices.state.speaker);
    this.follow();
    this.view.arrange(this.room);
    return media;
  }

  /** The media that is there already; what concerns media before that is of no interest. */
  with(act: (media: Media) => void): void {
    if (this.media) act(this.media);
  }

  want(wanted: readonly Wanted[]): void {
    this.media?.widen(wanted.length);
    this.view.want(wanted, this.room);
  }

  tellView(): void {
    this.view.tell();
  }

  /** Rights, switches or devices may have changed: sends what may be sent, and nothing else. */
  follow(): void {
    const outgoing = this.own.allow(this.options.seat()?.may ?? NOTHING_MAY);
    this.media?.send(outgoing);
    const { sends } = this.own;
    const { own } = this.drawn;
    if (sends.microphone !== own.microphone || sends.camera !== own.camera || sends.screen !== own.screen)
      this.put({ own: sends });
    this.draw();
  }

  shut(): void {
    this.media?.close();
    this.media = null;
    this.own.close();
    this.others = new Map();
    this.view.reset();
    this.put(NOTHING);
  }

  private async negotiate(sdp: string, fresh: boolean): Promise<Answered | null> {
    const outcome = await this.options.ask({ type: 'offer', sdp, fresh });
    return outcome.ok && outcome.result.type === 'answer' ? outcome.result : null;
  }

  /** Asks something without effect; what comes later than at once is the answer of a line that was gone. */
  private async serverAnswers(): Promise<boolean> {
    const { ok } = await this.options.ask({ type: 'view', tiles: this.tiles }, AT_ONCE_MS);
    return ok;
  }

  private draw(): void {
    const seat = this.options.seat();
    const own = seat ? this.own.pictures(seat.you) : [];
    const streams = new Map([...this.others, ...own]);
    const before = this.drawn.streams;
    if (streams.size === before.size && [...streams].every(([key, stream]) => before.get(key) === stream)) return;
    this.put({ streams });
  }

  private get room(): { readonly slots: number; readonly you: ParticipantId | null } {
    return { slots: this.media?.videoSlots ?? 0, you: this.options.seat()?.you ?? null };
  }

  private put(change: Partial<Drawn>): void {
    this.drawn = { ...this.drawn, ...change };
    this.options.put(change);
  }
}

const AT_ONCE_MS = 1_000;

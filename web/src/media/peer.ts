import type { Answer, SlotView, Source } from '../protocol/messages';
import { preferred } from './codecs';
import { encodingsOf, RIDS, wantedOf } from './encodings';

/** The places of an offer, in the order that the server expects (docs/protocol.md, Media). */
export interface Lines {
  readonly audio: number;
  readonly video: number;
}

export const LINES: Lines = { audio: 4, video: 9 };

export interface PeerEars {
  /** Packets may flow. */
  connected(): void;
  /** Nothing arrives, though the server is there: packets may find another way (`offerAnew`). */
  blocked(): void;
  /** The connection is gone; this peer is of no more use. Told once. */
  lost(): void;
  /** Whether the server still hears this page otherwise, and answers at once. */
  serverAnswers(): Promise<boolean>;
}

/** Where things arrive: the receivers of the answer, by slot. */
export interface Receiving {
  readonly audio: ReadonlyMap<number, RTCRtpReceiver>;
  readonly video: ReadonlyMap<number, RTCRtpReceiver>;
}

/** What the server answers to an offer. */
export type Answered = Omit<Answer, 'type'>;

/** One peer connection with its fixed m-lines. It looks once for another way to the server; then another one is made. */
export class Peer {
  private readonly senders: Readonly<Record<Source, RTCRtpSender>>;
  private deadline: ReturnType<typeof setTimeout> | null = null;
  private offered: RTCLocalSessionDescriptionInit = {};
  /** What is offered lets candidates be gathered anew. */
  private anew = true;
  private hasSought = false;
  /** The encodings that somebody gets, as far as the server has said. */
  private readonly wanted = new Map<Source, readonly string[]>();
  /** The last change of parameters: a browser takes one at a time. */
  private shaping: Promise<void> = Promise.resolve();
  private held: number | null = null;
  private done = false;

  constructor(
    readonly connection: RTCPeerConnection,
    private readonly ears: PeerEars,
    lines: Lines = LINES,
  ) {
    const [self, share] = [new MediaStream(), new MediaStream()];
    this.senders = {
      microphone: this.sending('audio', self, {}),
      camera: this.sending('video', self, ...CAMERA),
      screen: this.sending('video', share, SCREEN),
      screen_audio: this.sending('audio', share, {}),
    };
    for (let slot = 0; slot < lines.audio; slot += 1) this.receiving('audio');
    for (let slot = 0; slot < lines.video; slot += 1) this.receiving('video');
    connection.addEventListener('connectionstatechange', this.follow);
  }

  /**
   * The offer. Nobody waits for candidates: the server is lite and finds this page by its checks (RFC 8445 §2.5). They
   * are gathered when the answer is there, for it brings the relays, and nobody gets those before the door is open.
   */
  offer(): Promise<string> {
    return this.describe({});
  }

  /** Another offer on the connection that is there: its packets are to find their way anew (RFC 8445 §9). */
  offerAnew(): Promise<string> {
    this.anew = true;
    return this.describe({ iceRestart: true });
  }

  /** Another offer on the connection that is there, with lines for as many pictures. */
  offerMore(video: number): Promise<string> {
    const kinds = this.connection.getTransceivers().filter(({ direction, receiver }) => {
      return direction === 'recvonly' && receiver.track.kind === 'video';
    });
    for (let slot = kinds.length; slot < video; slot += 1) this.receiving('video');
    return this.offer();
  }

  async accept({ sdp, slots, ice_servers }: Answered): Promise<Receiving> {
    const { connection } = this;
    // where no candidates are gathered other relays would mean to begin anew: those that it has go on
    if (this.anew && ice_servers.length > 0)
      connection.setConfiguration({
        ...connection.getConfiguration(),
        iceServers: ice_servers.map(({ urls, ...rest }) => ({ urls: [...urls], ...rest })),
      });
    this.anew = false;
    await connection.setLocalDescription(this.offered);
    await connection.setRemoteDescription({ type: 'answer', sdp });
    const byMid = new Map(connection.getTransceivers().map(({ mid, receiver }) => [mid, receiver]));
    const of = (kind: SlotView['kind']) =>
      new Map(
        slots.flatMap((view): [number, RTCRtpReceiver][] => {
          const receiver = byMid.get(view.mid);
          return view.kind === kind && receiver ? [[view.slot, receiver]] : [];
        }),
      );
    return { audio: of('audio'), video: of('video') };
  }

  /** Sends this track from now on, or nothing; no negotiation is needed. */
  async put(source: Source, track: MediaStreamTrack | null): Promise<void> {
    const sender = this.senders[source];
    if (this.done || sender.track === track) return;
    await sender.replaceTrack(track);
    await this.shape(source);
  }

  /** Spends nothing on encodings that nobody gets. Of those that the answer did not take there is nothing to say. */
  async limit(source: Source, rids: readonly string[]): Promise<void> {
    const { encodings } = this.senders[source].getParameters();
    if (!encodings.some(({ rid }) => rid !== undefined && rids.includes(rid))) return;
    this.wanted.set(source, rids);
    await this.shape(source);
  }

  /** Holds pictures and sound for so long before they are shown and heard, in ms; null: as the browser thinks best. */
  hold(ms: number | null): void {
    if (ms === null && this.held === null) return;
    this.held = ms;
    for (const receiver of this.connection.getReceivers())
      // browsers that cannot be told go on as they think best
      if ('jitterBufferTarget' in receiver && receiver.jitterBufferTarget !== ms) receiver.jitterBufferTarget = ms;
  }

  /** Lets the encodings fit the picture that is sent, and those who get it. */
  private shape(source: Source): Promise<void> {
    this.shaping = this.shaping.then(() => this.shapeNow(source));
    return this.shaping;
  }

  private async shapeNow(source: Source): Promise<void> {
    const sender = this.senders[source];
    const parameters = sender.getParameters();
    if (this.done || !parameters.encodings.some(({ rid }) => rid !== undefined)) return;
    const sent = encodingsOf(sender.track?.getSettings() ?? {});
    const active: ReadonlySet<string> = wantedOf(sent, this.wanted.get(source) ?? RIDS);
    let same = true;
    for (const encoding of parameters.encodings) {
      const { rid = '' } = encoding;
      const wish = { ...sent.find((each) => each.rid === rid), active: active.has(rid) };
      same &&= Object.entries(wish).every(([key, value]) => encoding[key as keyof typeof encoding] === value);
      Object.assign(encoding, wish);
    }
    if (same) return;
    try {
      await sender.setParameters(parameters);
    } catch {
      // closed meanwhile, or another change came between: what is sent too much costs only bandwidth
    }
  }

  /** Nothing arrives any more: gives the connection up. */
  lose(): void {
    if (this.done) return;
    this.close();
    this.ears.lost();
  }

  close(): void {
    this.done = true;
    this.loseAfter(null);
    this.connection.removeEventListener('connectionstatechange', this.follow);
    this.connection.close();
  }

  private sending(
    kind: 'audio' | 'video',
    stream: MediaStream,
    ...encodings: readonly RTCRtpEncodingParameters[]
  ): RTCRtpSender {
    const transceiver = this.connection.addTransceiver(kind, {
      direction: 'sendonly',
      streams: [stream],
      sendEncodings: [...encodings],
    });
    prefer(transceiver, kind);
    return transceiver.sender;
  }

  private receiving(kind: 'audio' | 'video'): void {
    prefer(this.connection.addTransceiver(kind, { direction: 'recvonly' }), kind);
  }

  private async describe(wish: RTCOfferOptions): Promise<string> {
    this.offered = await this.connection.createOffer(wish);
    return this.offered.sdp ?? '';
  }

  private readonly follow = (): void => {
    const { connectionState } = this.connection;
    if (connectionState === 'connected') {
      this.loseAfter(null);
      this.hasSought = false;
      this.ears.connected();
    } else if (connectionState === 'failed') this.seek();
    else if (connectionState === 'disconnected') {
      // the browser itself waits much longer before it says that the connection has failed
      if (!this.hasSought) this.loseAfter(DISCONNECTED_MS);
      void this.tellBlocked();
    }
  };

  /** Where the line is whole and only media does not pass, packets find another way, such as TCP (F28). */
  private async tellBlocked(): Promise<void> {
    const answers = await this.ears.serverAnswers();
    if (answers && this.connection.connectionState === 'disconnected') this.seek();
  }

  private seek(): void {
    if (this.done || this.hasSought) return;
    this.hasSought = true;
    this.loseAfter(FOUND_WITHIN_MS);
    this.ears.blocked();
  }

  private loseAfter(ms: number | null): void {
    if (this.deadline !== null) clearTimeout(this.deadline);
    this.deadline = ms === null ? null : setTimeout(() => this.lose(), ms);
  }
}

export function connect(): RTCPeerConnection {
  // no ice servers yet: the server is reached directly, or by the relays that it names; nobody else is asked
  return new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
}

const CAMERA: readonly RTCRtpEncodingParameters[] = encodingsOf({}).map((each) => ({ ...each, maxFramerate: 30 }));
const SCREEN: RTCRtpEncodingParameters = { maxBitrate: 2_500_000, maxFramerate: 15 };
const DISCONNECTED_MS = 5_000;
const FOUND_WITHIN_MS = 2_500;

function prefer(transceiver: RTCRtpTransceiver, kind: 'audio' | 'video'): void {
  const known = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const codecs = preferred(kind, known);
  try {
    if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
  } catch {
    // an older browser that takes no wish offers all it has: the server chooses
  }
}

import { pictureKey, type PictureKey } from '../meeting/state';
import type { Shows, Tile } from '../protocol/messages';

/** As much of a receiver as is used here. */
export interface Receiver {
  readonly track: MediaStreamTrack;
  getSynchronizationSources(): readonly { readonly rtpTimestamp?: number }[];
}

/**
 * Which picture may be shown from which video slot. A slot changes its picture without negotiation, so a name goes
 * under a picture only when both agree: the page asked for it there, the server said that it comes, and a frame
 * of that time or later was decoded. Until then there is no picture: never a wrong name under a face.
 */
export class Slots {
  private receivers: ReadonlyMap<number, Receiver> = new Map();
  private readonly carried = new Map<number, Carried>();
  private asked: ReadonlyMap<number, PictureKey> = new Map();
  private shown: ReadonlyMap<PictureKey, MediaStream> = new Map();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private closed = false;

  constructor(private readonly changed: (streams: ReadonlyMap<PictureKey, MediaStream>) => void) {}

  get streams(): ReadonlyMap<PictureKey, MediaStream> {
    return this.shown;
  }

  /** The pictures by the receiver's m-line, for statistics. */
  get tracks(): ReadonlyMap<PictureKey, MediaStreamTrack> {
    return new Map([...this.shown].flatMap(([key, stream]) => stream.getVideoTracks().map((track) => [key, track])));
  }

  /** A new peer connection: what the old one carried is gone. Called before the server speaks of the new one. */
  reset(): void {
    this.receivers = new Map();
    this.carried.clear();
    this.look();
  }

  /** The receivers of an answer. What shows already through the same receiver goes on showing. */
  open(receivers: ReadonlyMap<number, Receiver>): void {
    const before = this.receivers;
    this.receivers = receivers;
    for (const [slot, carried] of this.carried)
      if (before.get(slot) !== receivers.get(slot)) this.carried.set(slot, { ...carried, sure: false, stream: null });
    this.look();
  }

  /** What the page shows from now on. A picture that is no longer asked for is hidden at once. */
  ask(tiles: readonly Tile[]): void {
    this.asked = new Map(tiles.map(({ slot, participant, source }) => [slot, keyOf(participant, source)]));
    this.look();
  }

  tell({ slot, participant, source, rtp_time }: Omit<Shows, 'type' | 'kind'>): void {
    if (participant === null || source === null) {
      this.carried.delete(slot);
    } else {
      const key = keyOf(participant, source);
      const before = this.carried.get(slot);
      // repeated after a lost line: what shows already goes on showing
      if (before?.key !== key || before.from !== rtp_time)
        this.carried.set(slot, { key, from: rtp_time, toldAt: Date.now(), sure: false, stream: null });
    }
    this.look();
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.reset();
  }

  private look(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    let youngest: number | null = null;
    const shown = new Map<PictureKey, MediaStream>();
    for (const [slot, carried] of this.carried) {
      const receiver = this.receivers.get(slot);
      if (!receiver || this.asked.get(slot) !== carried.key) continue;
      if (!carried.sure && isHere(receiver, carried)) {
        carried.sure = true;
        carried.stream = new MediaStream([receiver.track]);
      }
      if (carried.stream) shown.set(carried.key, carried.stream);
      else youngest = Math.max(youngest ?? 0, carried.toldAt);
    }
    if (!sameStreams(this.shown, shown)) {
      this.shown = shown;
      this.changed(shown);
    }
    if (youngest !== null && !this.closed) {
      const patient = Date.now() - youngest > IMPATIENT_MS;
      this.timer = setTimeout(() => this.look(), patient ? LATER_MS : SOON_MS);
    }
  }
}

interface Carried {
  readonly key: PictureKey;
  readonly from: number | null;
  readonly toldAt: number;
  sure: boolean;
  stream: MediaStream | null;
}

/** Whether a frame of the picture has been decoded. */
function isHere(receiver: Receiver, { from, toldAt }: Carried): boolean {
  const sources = receiver.getSynchronizationSources();
  if (from === null) return sources.length > 0;
  const times = sources.flatMap(({ rtpTimestamp }) => rtpTimestamp ?? []);
  if (times.some((time) => isSince(time, from))) return true;
  // a browser that tells no time stamps: after this long nothing of the old picture is on its way
  return sources.length > 0 && times.length === 0 && Date.now() - toldAt >= HIDDEN_MS;
}

/** RTP time has 32 bits and goes round (RFC 3550 §5.1): half the circle lies ahead, half behind. */
export function isSince(time: number, from: number): boolean {
  return (time - from) >>> 0 < 0x8000_0000;
}

function keyOf(participant: Tile['participant'], source: Tile['source']): PictureKey {
  return pictureKey(participant, source === 'screen' ? 'screen' : 'camera');
}

function sameStreams(one: ReadonlyMap<PictureKey, MediaStream>, other: ReadonlyMap<PictureKey, MediaStream>): boolean {
  return one.size === other.size && [...one].every(([key, stream]) => other.get(key) === stream);
}

const HIDDEN_MS = 200;
const SOON_MS = 20;
/** A picture that does not come (the camera is off) is looked for less often. */
const IMPATIENT_MS = 5_000;
const LATER_MS = 250;

import type { PictureKey } from '../meeting/state';

/** Tells which pictures stand still though they should move: no frame was decoded for 2 s. */
export class Freezes {
  private readonly seen = new Map<PictureKey, { readonly frames: number; readonly at: number }>();

  /** Takes how many frames were decoded of each picture so far; gives those that stand still, and since when. */
  at(now: number, decoded: ReadonlyMap<PictureKey, number>): ReadonlyMap<PictureKey, number> {
    for (const key of [...this.seen.keys()]) if (!decoded.has(key)) this.seen.delete(key);
    for (const [key, frames] of decoded)
      if (this.seen.get(key)?.frames !== frames) this.seen.set(key, { frames, at: now });
    return new Map([...this.seen].filter(([, { at }]) => now - at >= FROZEN_MS).map(([key, { at }]) => [key, at]));
  }
}

const FROZEN_MS = 2_000;

/** The frames decoded so far of each of these tracks, from the browser's statistics. */
export function framesDecoded(
  reports: Iterable<Report>,
  tracks: ReadonlyMap<PictureKey, MediaStreamTrack>,
): ReadonlyMap<PictureKey, number> {
  const keys = new Map([...tracks].map(([key, { id }]) => [id, key]));
  const decoded = new Map<PictureKey, number>();
  for (const report of reports) {
    const key = keys.get(report.trackIdentifier ?? '');
    if (report.type === 'inbound-rtp' && key !== undefined) decoded.set(key, report.framesDecoded ?? 0);
  }
  return decoded;
}

export interface Report {
  readonly type: string;
  readonly trackIdentifier?: string;
  readonly framesDecoded?: number;
}

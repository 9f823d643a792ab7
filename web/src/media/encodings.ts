/** One encoding of a camera, as it is asked of the browser (W3C webrtc, RTCRtpEncodingParameters). */
export interface Encoding {
  readonly rid: Rid;
  readonly scaleResolutionDownBy: number;
  /** Bits a second. */
  readonly maxBitrate: number;
}

/** The smallest first: a tile, a quarter of the window, the whole of it. */
export const RIDS = ['q', 'h', 'f'] as const;
export type Rid = (typeof RIDS)[number];

/**
 * What the smallest may have. While it is sent alone, libwebrtc probes for twice what it and the sound may have, every five seconds, and
 * believes the line to carry what it found. It begins the next one at once only if that fits; with 100 kbit/s here it would probe first.
 */
const SMALLEST_BPS = 150_000;

const LARGE: readonly Encoding[] = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: SMALLEST_BPS },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 300_000 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 900_000 },
];
const MEDIUM: readonly Encoding[] = [
  { rid: 'q', scaleResolutionDownBy: 2, maxBitrate: SMALLEST_BPS },
  { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 400_000 },
];
const SMALL: readonly Encoding[] = [{ rid: 'q', scaleResolutionDownBy: 1, maxBitrate: SMALLEST_BPS }];

/** libwebrtc sends three encodings of a picture of so many pixels, two of a smaller one, and one below (simulcast.cc). */
const THREE = 960 * 540;
const TWO = 480 * 270;

/**
 * What is sent of a picture. Chromium leaves out the *last* encodings of a small one, the sharpest: a camera of 640 × 480
 * would be seen with 320 × 240 at most. So a small picture has fewer encodings, of which the last one is the whole of it.
 */
export function encodingsOf({
  width,
  height,
}: {
  readonly width?: number;
  readonly height?: number;
}): readonly Encoding[] {
  const pixels = (width ?? Infinity) * (height ?? Infinity);
  if (pixels >= THREE) return LARGE;
  return pixels >= TWO ? MEDIUM : SMALL;
}

/** Which of them are active when these are wanted: one that there is not is stood in for by the sharpest there is. */
export function wantedOf(encodings: readonly Encoding[], wanted: readonly string[]): ReadonlySet<Rid> {
  const there = new Set(encodings.map(({ rid }) => rid));
  const sharpest = encodings.at(-1);
  const lacking = RIDS.some((rid) => wanted.includes(rid) && !there.has(rid));
  const active = RIDS.filter((rid) => there.has(rid) && wanted.includes(rid));
  return new Set(lacking && sharpest ? [...active, sharpest.rid] : active);
}

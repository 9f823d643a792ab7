/** A codec as the browser lists it. */
export interface Codec {
  readonly mimeType: string;
  readonly sdpFmtpLine?: string;
}

/**
 * The codecs worth offering, best first: Opus, and Opus with redundancy; VP8, then VP9 and H.264 as one layer each, with retransmission.
 * Fewer codecs keep the offer small: Chromium lists 18 for each m-line.
 */
export function preferred<C extends Codec>(kind: 'audio' | 'video', codecs: readonly C[]): C[] {
  const ranked = codecs.map((codec) => ({ codec, rank: rank(kind, codec) })).filter(({ rank }) => rank !== null);
  return ranked.sort((one, other) => (one.rank ?? 0) - (other.rank ?? 0)).map(({ codec }) => codec);
}

function rank(kind: 'audio' | 'video', { mimeType, sdpFmtpLine = '' }: Codec): number | null {
  const type = mimeType.toLowerCase();
  if (kind === 'audio') return type === 'audio/opus' ? 0 : type === 'audio/red' ? 1 : null;
  if (type === 'video/vp8') return 0;
  // constrained baseline, one picture in many packets: what every H.264 sender and player knows
  if (type === 'video/h264')
    return sdpFmtpLine.includes('packetization-mode=1') && /42e01f/i.test(sdpFmtpLine) ? 1 : null;
  if (type === 'video/vp9') return /profile-id=[1-9]/.test(sdpFmtpLine) ? null : 2;
  if (type === 'video/rtx') return 3;
  return null;
}

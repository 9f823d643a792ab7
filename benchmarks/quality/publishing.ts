import type { BrowserContext, Page } from '../../web/e2e/support/browsers';

/** What a page sends of an encoding, as its browser counts it from the beginning. */
export interface Sending {
  readonly at_ms: number;
  readonly rid: string;
  readonly frames: number;
  readonly keyframes: number;
  readonly height: number;
  readonly bytes: number;
  /** Requests for key frames. */
  readonly asked: number;
  /** Why it is no better (webrtc-stats). */
  readonly limit: string;
  /** What its browser believes its line to carry; nothing: not known yet. */
  readonly believed_bps: number | null;
}

const EVERY_MS = 250;

declare const peers: RTCPeerConnection[];
declare const sendings: Sending[];

/** Lets a page look at what it sends all the time. Needs `exposePeers`; to be called before the page is opened. */
export async function watchSending(context: BrowserContext): Promise<void> {
  await context.addInitScript((every: number) => {
    const kept: Sending[] = [];
    Object.assign(globalThis, { sendings: kept });
    const look = async () => {
      for (const peer of peers) {
        if (peer.connectionState !== 'connected') continue;
        const stats = await peer.getStats();
        const reports = () => stats.values() as Iterable<Record<string, number | string>>;
        let believed: number | null = null;
        for (const { type, nominated, availableOutgoingBitrate: bps } of reports())
          if (type === 'candidate-pair' && nominated && bps !== undefined) believed = Number(bps);
        for (const report of reports()) {
          if (report.type !== 'outbound-rtp' || report.kind !== 'video') continue;
          const count = (name: string) => Number(report[name] ?? 0);
          kept.push({
            at_ms: Date.now(),
            rid: String(report.rid ?? ''),
            frames: count('framesEncoded'),
            keyframes: count('keyFramesEncoded'),
            height: count('frameHeight'),
            bytes: count('bytesSent'),
            asked: count('pliCount') + count('firCount'),
            limit: String(report.qualityLimitationReason ?? ''),
            believed_bps: believed,
          });
        }
      }
    };
    setInterval(() => void look(), every);
  }, EVERY_MS);
}

export function sent(page: Page): Promise<readonly Sending[]> {
  return page.evaluate(() => sendings);
}

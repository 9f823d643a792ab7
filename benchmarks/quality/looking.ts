import type { BrowserContext, Page } from '../../web/e2e/support/browsers';

/** One look at a page's statistics, as benchmarks/quality/run.py reads it. */
export interface Look {
  readonly at_ms: number;
  readonly pictures: Readonly<Record<string, object>>;
  readonly sound: Readonly<Record<string, number>>;
  /** What the page's own sending is believed to fit, where it sends. */
  readonly available_bps: number | null;
}

const EVERY_MS = 200;

declare const peers: RTCPeerConnection[];
declare const looks: Look[];

/** Lets a page look at its own statistics all the time. Needs `exposePeers`; to be called before the page is opened. */
export async function lookAlways(context: BrowserContext, every_ms = EVERY_MS): Promise<void> {
  await context.addInitScript((every: number) => {
    type Report = Readonly<Record<string, number | string | undefined>> & {
      readonly id: string;
      readonly type: string;
    };
    const kept: Look[] = [];
    Object.assign(globalThis, { looks: kept });
    const look = async () => {
      const pictures: Record<string, object> = {};
      const sound = { received: 0, lost: 0, samples: 0, concealed: 0 };
      let available: number | null = null;
      for (const [at, peer] of peers.entries()) {
        if (peer.connectionState !== 'connected') continue;
        for (const report of (await peer.getStats()).values() as Iterable<Report>) {
          const count = (name: string) => Number(report[name] ?? 0);
          if (report.type === 'candidate-pair' && report.availableOutgoingBitrate !== undefined)
            available = count('availableOutgoingBitrate');
          if (report.type !== 'inbound-rtp') continue;
          if (report.kind === 'video' && count('framesDecoded') > 0)
            pictures[`${at} ${report.id}`] = {
              frames: count('framesDecoded'),
              height: count('frameHeight'),
              freezes: count('freezeCount'),
              frozen_s: count('totalFreezesDuration'),
              lost: count('packetsLost'),
              nacks: count('nackCount'),
            };
          if (report.kind === 'audio') {
            sound.received += count('packetsReceived');
            sound.lost += count('packetsLost');
            sound.samples += count('totalSamplesReceived');
            sound.concealed += count('concealedSamples') - count('silentConcealedSamples');
          }
        }
      }
      kept.push({ at_ms: Date.now(), pictures, sound, available_bps: available });
    };
    setInterval(() => void look(), every);
  }, every_ms);
}

export function looksOf(page: Page): Promise<readonly Look[]> {
  return page.evaluate(() => looks);
}

import type { BrowserContext, Locator, Page } from '@playwright/test';

/** The frames a video element has shown since it was first looked at, and a few pixels: both change in a moving picture. */
export interface Seen {
  readonly frames: number;
  readonly pixels: string;
}

export function seen(video: Locator): Promise<Seen> {
  return video.evaluate((element: HTMLVideoElement & { shownFrames?: number }) => {
    if (element.shownFrames === undefined) {
      element.shownFrames = 0;
      const count = () => {
        element.shownFrames = (element.shownFrames ?? 0) + 1;
        element.requestVideoFrameCallback(count);
      };
      element.requestVideoFrameCallback(count);
    }
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [16, 9];
    const ink = canvas.getContext('2d', { willReadFrequently: true });
    ink?.drawImage(element, 0, 0, 16, 9);
    return { frames: element.shownFrames, pixels: ink?.getImageData(0, 0, 16, 9).data.join() ?? '' };
  });
}

/**
 * Watches the longest pause between two frames of a video; gives it in milliseconds when asked. The time is that at
 * which a frame came off the line, and frames that a busy page did not get to see are shared among: what is
 * measured is the picture's way, not the processor of the test.
 */
export async function watchGap(video: Locator): Promise<() => Promise<number>> {
  await video.evaluate((element: HTMLVideoElement & { longestGap?: () => number }) => {
    let last: { at: number; frames: number } | null = null;
    let seenAt = performance.now();
    let longest = 0;
    const look: VideoFrameRequestCallback = (now, { receiveTime, presentedFrames }) => {
      const at = receiveTime ?? now;
      if (last) longest = Math.max(longest, (at - last.at) / Math.max(presentedFrames - last.frames, 1));
      last = { at, frames: presentedFrames };
      seenAt = performance.now();
      element.requestVideoFrameCallback(look);
    };
    element.requestVideoFrameCallback(look);
    // a picture that stands still at the end counts too
    element.longestGap = () => {
      const still = performance.now() - seenAt;
      return still > 1_500 ? Math.max(longest, still) : longest;
    };
  });
  return () =>
    video.evaluate((element: HTMLVideoElement & { longestGap?: () => number }) => element.longestGap?.() ?? Infinity);
}

/** How many peer connections a page has made since it was opened. */
export function peersMade(page: Page): Promise<number> {
  return page.evaluate(() => peers.length);
}

/** Lets tests look into the peer connections of a page. To be called before the page is opened. */
export async function exposePeers(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const peers: RTCPeerConnection[] = [];
    const Real = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        peers.push(this);
      }
    };
    Object.assign(globalThis, { peers });
  });
}

declare const peers: RTCPeerConnection[];

async function voices(page: Page): Promise<Map<string, { energy: number; seconds: number; packets: number }>> {
  const list = await page.evaluate(async () => {
    interface Report {
      readonly id: string;
      readonly type: string;
      readonly kind?: string;
      readonly totalAudioEnergy?: number;
      readonly totalSamplesDuration?: number;
      readonly packetsReceived?: number;
    }
    const found: [string, { energy: number; seconds: number; packets: number }][] = [];
    for (const [at, peer] of peers.entries()) {
      if (peer.connectionState === 'closed') continue;
      for (const report of (await peer.getStats()).values() as Iterable<Report>)
        if (report.type === 'inbound-rtp' && report.kind === 'audio')
          found.push([
            `${at} ${report.id}`,
            {
              energy: report.totalAudioEnergy ?? 0,
              seconds: report.totalSamplesDuration ?? 0,
              packets: report.packetsReceived ?? 0,
            },
          ]);
    }
    return found;
  });
  return new Map(list);
}

/** How loud the loudest voice is that a page hears during the next second: root mean square, 0 to 1. */
export async function loudness(page: Page, ms = 1_000): Promise<number> {
  const before = await voices(page);
  await page.waitForTimeout(ms);
  let loudest = 0;
  for (const [id, { energy, seconds }] of await voices(page)) {
    const from = before.get(id) ?? { energy: 0, seconds: 0 };
    if (seconds > from.seconds)
      loudest = Math.max(loudest, Math.sqrt((energy - from.energy) / (seconds - from.seconds)));
  }
  return loudest;
}

/** Packets of sound that have reached a page so far. */
export async function voicePackets(page: Page): Promise<number> {
  return [...(await voices(page)).values()].reduce((sum, { packets }) => sum + packets, 0);
}

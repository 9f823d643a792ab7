import type { BrowserContext, Locator, Page } from '@playwright/test';

/** Windows in which one of two tiles is larger than the middle size of a camera fills, and in which it is not. */
export const LARGE = { width: 1920, height: 1080 };
export const SMALLER = { width: 1280, height: 800 };

/** The width of the picture that arrives, in its own pixels. */
export function pictureWidth(video: Locator): Promise<number> {
  return video.evaluate((element: HTMLVideoElement) => element.videoWidth);
}

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

/** Ports in the server's answer: whoever is told the first of them goes to the second. */
export interface Detour {
  readonly engine: number;
  readonly relay: number;
}

/**
 * Lets tests look into the peer connections of a page, and leads its media through a relay where there is one. To be
 * called before the page is opened.
 */
export async function exposePeers(context: BrowserContext, detour: Detour | null = null): Promise<void> {
  await context.addInitScript((by: Detour | null) => {
    const peers: RTCPeerConnection[] = [];
    const Real = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        // a browser makes no more than 500 of those that somebody still knows
        for (const [at, { connectionState }] of peers.entries())
          if (connectionState === 'closed') peers[at] = { connectionState } as RTCPeerConnection;
        peers.push(this);
      }

      // Firefox may leave who asks a connection that is closed meanwhile without an answer, for good.
      override getStats(): Promise<RTCStatsReport> {
        const none = new Promise<RTCStatsReport>((settle) => setTimeout(settle, 1_000, new Map()));
        return Promise.race([super.getStats(), none]);
      }

      override setRemoteDescription(answer: RTCSessionDescriptionInit): Promise<void> {
        if (by === null) return super.setRemoteDescription(answer);
        // a candidate over TCP would lead around the relay
        const lines = (answer.sdp ?? '')
          .split('\r\n')
          .filter((line) => !/^a=candidate:\S+ \d+ tcp /i.test(line))
          .map((line) =>
            line.startsWith('a=candidate:') ? line.replace(` ${by.engine} typ `, ` ${by.relay} typ `) : line,
          );
        return super.setRemoteDescription({ ...answer, sdp: lines.join('\r\n') });
      }
    };
    Object.assign(globalThis, { peers });
  }, detour);
}

declare const peers: RTCPeerConnection[];

/** Names the track by which a page sends its voice. */
export function voiceSent(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const senders = peers.at(-1)?.getSenders() ?? [];
    return senders.find(({ track }) => track?.kind === 'audio')?.track?.id ?? null;
  });
}

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

/** Waits until pictures and voices reach a page again, from now on, and gives the milliseconds it took. */
export async function mediaBack(page: Page, within: number): Promise<number> {
  return page.evaluate(async (within) => {
    interface Arrived {
      readonly frames: number;
      readonly voice: number;
    }
    const arrived = async (): Promise<Map<number, Arrived>> => {
      const found = new Map<number, Arrived>();
      for (const [at, peer] of peers.entries()) {
        if (peer.connectionState === 'closed') continue;
        let [frames, voice] = [0, 0];
        for (const report of (await peer.getStats()).values() as Iterable<Record<string, number | string>>) {
          if (report.type !== 'inbound-rtp') continue;
          if (report.kind === 'video') frames += Number(report.framesDecoded ?? 0);
          else voice += Number(report.packetsReceived ?? 0);
        }
        found.set(at, { frames, voice });
      }
      return found;
    };
    const began = performance.now();
    const before = await arrived();
    for (;;) {
      for (const [at, now] of await arrived()) {
        const { frames, voice } = before.get(at) ?? { frames: 0, voice: 0 };
        if (now.frames > frames + 1 && now.voice > voice + 2) return performance.now() - began;
      }
      if (performance.now() - began > within) throw new Error(`no picture and sound within ${within} ms`);
      await new Promise((settle) => setTimeout(settle, 20));
    }
  }, within);
}

/** By what protocols the open peer connections of a page have their media carried. */
export function waysOfMedia(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    interface Report {
      readonly id: string;
      readonly type: string;
      readonly selectedCandidatePairId?: string;
      readonly remoteCandidateId?: string;
      readonly selected?: boolean;
      readonly protocol?: string;
    }
    const found: string[] = [];
    for (const peer of peers) {
      if (peer.connectionState !== 'connected') continue;
      const reports = new Map<string, Report>();
      for (const report of (await peer.getStats()).values() as Iterable<Report>) reports.set(report.id, report);
      const all = [...reports.values()];
      const named = all.find(({ type }) => type === 'transport')?.selectedCandidatePairId;
      // Firefox marks the pair itself
      const pair = named === undefined ? all.find(({ selected }) => selected === true) : reports.get(named);
      found.push(reports.get(pair?.remoteCandidateId ?? '')?.protocol ?? 'none');
    }
    return found;
  });
}

/** From where media goes: the kind of the own candidate, and its port. */
export interface OwnCandidate {
  readonly kind: string;
  readonly port: number;
}

/** In which codec a page sends its voice: the first one that was agreed on. Statistics of Chromium name what is in it. */
export function codecOfVoice(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const voice = peers
      .at(-1)
      ?.getSenders()
      .find(({ track }) => track?.kind === 'audio');
    return voice?.getParameters().codecs[0]?.mimeType ?? null;
  });
}

/** The own candidate that each connected peer connection of the page uses. */
export function ownCandidates(page: Page): Promise<OwnCandidate[]> {
  return page.evaluate(async () => {
    interface Report {
      readonly id: string;
      readonly type: string;
      readonly selectedCandidatePairId?: string;
      readonly localCandidateId?: string;
      readonly selected?: boolean;
      readonly candidateType?: string;
      readonly port?: number;
    }
    const found: OwnCandidate[] = [];
    for (const peer of peers) {
      if (peer.connectionState !== 'connected') continue;
      const all = [...((await peer.getStats()).values() as Iterable<Report>)];
      const by = (id?: string) => all.find((report) => report.id === id);
      const named = all.find(({ type }) => type === 'transport')?.selectedCandidatePairId;
      // Firefox marks the pair itself
      const pair = named === undefined ? all.find(({ selected }) => selected === true) : by(named);
      const own = by(pair?.localCandidateId);
      found.push({ kind: own?.candidateType ?? 'none', port: own?.port ?? 0 });
    }
    return found;
  });
}

/** How often a page was asked for key frames of what it sends. */
export function keyframesAsked(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let asked = 0;
    for (const peer of peers) {
      if (peer.connectionState !== 'connected') continue;
      for (const report of (await peer.getStats()).values() as Iterable<Record<string, number | string>>)
        if (report.type === 'outbound-rtp') asked += Number(report.pliCount ?? 0) + Number(report.firCount ?? 0);
    }
    return asked;
  });
}

/** Frames of the camera that a page has sent so far, by rid. */
export function camerasSent(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => {
    const found: Record<string, number> = {};
    for (const peer of peers) {
      if (peer.connectionState !== 'connected') continue;
      for (const report of (await peer.getStats()).values() as Iterable<Record<string, number | string>>)
        if (report.type === 'outbound-rtp' && typeof report.rid === 'string')
          found[report.rid] = Number(report.framesSent ?? report.framesEncoded ?? 0);
    }
    return found;
  });
}

/** The codec and the layers of each flow of pictures that a page sends or receives; of what it receives no layers are told. */
export function videoFlows(page: Page, type: 'inbound-rtp' | 'outbound-rtp'): Promise<string[]> {
  return page.evaluate(async (type) => {
    const found: string[] = [];
    for (const peer of peers) {
      if (peer.connectionState !== 'connected') continue;
      const reports = [...((await peer.getStats()).values() as Iterable<Record<string, number | string>>)];
      for (const report of reports) {
        if (report.type !== type || report.kind !== 'video' || !(report.framesDecoded ?? report.framesEncoded))
          continue;
        const codec = reports.find(({ id }) => id === report.codecId)?.mimeType;
        found.push(`${codec ?? ''} ${report.scalabilityMode ?? ''}`);
      }
    }
    return found;
  }, type);
}

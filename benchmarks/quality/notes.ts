import type { Page } from '../../web/e2e/support/browsers';

/** A picture began to be shown in another size. */
export interface Shown {
  readonly at_ms: number;
  /** Whose it is. */
  readonly point: string;
  readonly height: number;
}

declare const presses: Record<string, number[]>;
declare const shown: Shown[];
declare const heard: number[];

/** Notes in a page when something with a test id is pressed. */
export async function notePresses(page: Page, testid: string): Promise<() => Promise<readonly number[]>> {
  await page.evaluate(() => {
    const noted: Record<string, number[]> = {};
    Object.assign(globalThis, { presses: noted });
    const note = ({ target }: Event) => {
      const id = target instanceof Element ? target.closest('[data-testid]')?.getAttribute('data-testid') : null;
      if (id) (noted[id] ??= []).push(Date.now());
    };
    document.addEventListener('click', note, true);
  });
  return () => page.evaluate((id) => presses[id] ?? [], testid);
}

/** Notes in a page whenever the picture of a bridge point has another size than before, frame by frame. */
export async function noteSizes(page: Page): Promise<() => Promise<readonly Shown[]>> {
  await page.evaluate((every) => {
    const noted: Shown[] = [];
    Object.assign(globalThis, { shown: noted });
    const last = new Map<string, number>();
    const watched = new WeakSet<HTMLVideoElement>();
    const watch = (video: HTMLVideoElement) => {
      watched.add(video);
      const look: VideoFrameRequestCallback = (_, { height }) => {
        const point = video.closest('[data-point]')?.getAttribute('data-point');
        if (point && last.get(point) !== height) {
          last.set(point, height);
          noted.push({ at_ms: Date.now(), point, height });
        }
        video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback(look);
    };
    setInterval(() => {
      for (const video of document.querySelectorAll('video')) if (!watched.has(video)) watch(video);
    }, every);
  }, LOOKS_FOR_NEW_MS);
  return () => page.evaluate(() => shown);
}

const LOOKS_FOR_NEW_MS = 50;

/** Notes in a page when sound begins to be played that somebody makes, after a time without any. */
export async function noteSound(page: Page): Promise<() => Promise<readonly number[]>> {
  await page.evaluate(
    ({ every, silent, quiet }) => {
      const noted: number[] = [];
      Object.assign(globalThis, { heard: noted });
      let last = 0;
      const sources = () => peers.filter(({ connectionState }) => connectionState === 'connected').flatMap(receiving);
      const receiving = (peer: RTCPeerConnection) =>
        peer
          .getReceivers()
          .flatMap((receiver) => (receiver.track.kind === 'audio' ? receiver.getSynchronizationSources() : []));
      setInterval(() => {
        const now = Date.now();
        // what was played last: of an older time when nothing comes any more
        const fresh = ({ timestamp }: RTCRtpSynchronizationSource) => now - timestamp < quiet;
        if (!sources().some((each) => fresh(each) && (each.audioLevel ?? 0) > silent)) return;
        if (now - last > quiet) noted.push(now);
        last = now;
      }, every);
    },
    { every: 10, silent: 0.001, quiet: 1_000 },
  );
  return () => page.evaluate(() => heard);
}

declare const peers: RTCPeerConnection[];

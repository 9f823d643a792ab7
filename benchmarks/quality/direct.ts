import { type Browser, type BrowserContext, type Page, openContext } from '../../web/e2e/support/browsers';
import { exposePeers } from '../../web/e2e/support/seen';
import { type Look, lookAlways } from './looking';

/** The address is answered by the run itself: nothing listens there. */
const ORIGIN = 'http://localhost:4182';

/** A call between two browsers without a server between them: libwebrtc sends, and follows the line by itself. */
export interface Call {
  readonly near: Page;
  readonly far: Page;
  /** Calls; what was offered and answered is carried by the run, not by the line. */
  readonly connect: () => Promise<void>;
}

declare global {
  interface Window {
    peer: RTCPeerConnection;
  }
}

/** `most`: bits a second of its picture, as the largest size of hoptt's sender. */
export async function call(nearBrowser: Browser, farBrowser: Browser, most: number, looks_ms?: number): Promise<Call> {
  const near = await open(await openContext(nearBrowser, 'chromium'), looks_ms);
  const far = await open(await openContext(farBrowser, 'chromium'), looks_ms);
  await near.evaluate(async (most: number) => {
    const wish = { audio: true, video: { width: 960, height: 540, frameRate: 30 } };
    const stream = await navigator.mediaDevices.getUserMedia(wish);
    window.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    for (const track of stream.getTracks())
      window.peer.addTransceiver(track, {
        direction: 'sendonly',
        streams: [stream],
        ...(track.kind === 'video' ? { sendEncodings: [{ maxBitrate: most }] } : {}),
      });
  }, most);
  return { near, far, connect: () => connect(near, far) };
}

async function connect(near: Page, far: Page): Promise<void> {
  const offer = await near.evaluate(async () => {
    await window.peer.setLocalDescription();
    await gathered(window.peer);
    return window.peer.localDescription?.sdp ?? '';
  });
  const answer = await far.evaluate(async (sdp: string) => {
    window.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    window.peer.ontrack = ({ track, streams: [stream] }) => {
      if (track.kind !== 'video' || stream === undefined) return;
      const video = document.createElement('video');
      Object.assign(video, { srcObject: stream, autoplay: true, width: 704, height: 396 });
      document.body.append(video);
    };
    await window.peer.setRemoteDescription({ type: 'offer', sdp });
    await window.peer.setLocalDescription();
    await gathered(window.peer);
    return window.peer.localDescription?.sdp ?? '';
  }, offer);
  await near.evaluate((sdp: string) => window.peer.setRemoteDescription({ type: 'answer', sdp }), answer);
}

declare const gathered: (peer: RTCPeerConnection) => Promise<void>;

async function open(context: BrowserContext, looks_ms?: number): Promise<Page> {
  await exposePeers(context);
  await lookAlways(context, looks_ms);
  await context.addInitScript(() => {
    Object.assign(globalThis, {
      gathered: (peer: RTCPeerConnection) =>
        new Promise<void>((settle) => {
          const look = () => {
            if (peer.iceGatheringState === 'complete') settle();
          };
          peer.onicegatheringstatechange = look;
          look();
        }),
    });
  });
  const page = await context.newPage();
  await page.setViewportSize({ width: 720, height: 420 });
  await page.route(`${ORIGIN}/**`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>a call</title>' }),
  );
  await page.goto(ORIGIN);
  return page;
}

/** What libwebrtc believes its line to carry, whenever that changed. */
export function believed(looks: readonly Look[]): { at_ms: number; bps: number }[] {
  const told: { at_ms: number; bps: number }[] = [];
  for (const { at_ms, available_bps } of looks)
    if (available_bps !== null && available_bps !== told.at(-1)?.bps) told.push({ at_ms, bps: available_bps });
  return told;
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

const find = createRequire(import.meta.url);

/** The clients of the npm package `whip-whep`, as a text that a page runs: they are not ours, and stay as they are. */
const CLIENTS = (['whip', 'whep'] as const).map((name) => {
  const text = readFileSync(find.resolve(`whip-whep/${name}.js`), 'utf8').replace(/^export /gm, '');
  return `(() => { ${text}\n globalThis.${name.toUpperCase()}Client = ${name.toUpperCase()}Client; })()`;
});

interface Client {
  readonly pc: RTCPeerConnection;
  readonly resourceURL: URL;
  readonly token: string;
  restartIce: Date | null;
  publish(peer: RTCPeerConnection, url: string, token: string): Promise<void>;
  view(peer: RTCPeerConnection, url: string, token: string): Promise<void>;
  stop(): Promise<void>;
}
declare const WHIPClient: new () => Client;
declare const WHEPClient: new () => Client;
declare let client: Client;

/** The page of rooms with both clients in it. */
export async function withClients(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/`);
  for (const text of CLIENTS) await page.evaluate(text);
}

/** Sends camera and microphone by WHIP. */
export async function publish(page: Page, slug: string, token: string, simulcast: boolean): Promise<void> {
  await page.evaluate(
    async ({ slug, token, simulcast }) => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720 } });
      const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
      const sizes = [{ rid: 'q', scaleResolutionDownBy: 4 }, { rid: 'h', scaleResolutionDownBy: 2 }, { rid: 'f' }];
      for (const track of stream.getTracks())
        peer.addTransceiver(track, {
          direction: 'sendonly',
          streams: [stream],
          ...(simulcast && track.kind === 'video' ? { sendEncodings: sizes } : {}),
        });
      const own = new WHIPClient();
      Object.assign(globalThis, { client: own });
      await own.publish(peer, `${location.origin}/whip/${slug}`, token);
    },
    { slug, token, simulcast },
  );
}

/** Receives by WHEP into a video element, `#player`. */
export async function view(page: Page, slug: string, token: string): Promise<void> {
  await page.evaluate(
    async ({ slug, token }) => {
      const video = document.createElement('video');
      Object.assign(video, { id: 'player', autoplay: true, muted: true, width: 640, height: 360 });
      video.srcObject = new MediaStream();
      document.body.append(video);
      const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
      for (const kind of ['audio', 'video']) peer.addTransceiver(kind, { direction: 'recvonly' });
      peer.ontrack = ({ track }) => {
        (video.srcObject as MediaStream).addTrack(track);
      };
      const own = new WHEPClient();
      Object.assign(globalThis, { client: own });
      await own.view(peer, `${location.origin}/whep/${slug}`, token);
    },
    { slug, token },
  );
}

/**
 * Begins ICE anew (RFC 9725 §4.3.3). By hand: the package's own `restart` puts the candidates of the answer before the
 * c= line and a comma between them, which no browser reads (whip-whep 1.2.0).
 */
export function restartIce(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { pc: peer, resourceURL, token } = client;
    client.restartIce = new Date(); // its candidates are not to be sent with the ETag of before
    await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
    const credentials = /a=ice-(?:ufrag|pwd):.*\r\n/g;
    const own = [...(peer.localDescription?.sdp ?? '').matchAll(credentials)].slice(0, 2).join('');
    const answer = await fetch(resourceURL, {
      method: 'PATCH',
      body: own,
      headers: {
        'Content-Type': 'application/trickle-ice-sdpfrag',
        'If-Match': '*',
        Authorization: `Bearer ${token}`,
      },
    });
    const told = await answer.text();
    let sdp = peer.remoteDescription?.sdp ?? '';
    for (const line of [/a=ice-ufrag:.*\r\n/, /a=ice-pwd:.*\r\n/])
      sdp = sdp.replaceAll(new RegExp(line, 'g'), line.exec(told)?.[0] ?? '');
    await peer.setRemoteDescription({ type: 'answer', sdp });
    return answer.status;
  });
}

/** Ends the session as the protocol says. */
export function stop(page: Page): Promise<void> {
  return page.evaluate(() => client.stop());
}

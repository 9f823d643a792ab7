import { connect } from 'node:net';
import path from 'node:path';
import { type Browser, type BrowserContext, type Page, openContext } from '../../web/e2e/support/browsers';
import { Guest } from '../../web/e2e/support/guest';
import { exposePeers } from '../../web/e2e/support/seen';
import type { RoomWish, Server } from '../../web/e2e/support/server';
import { CHAIR } from '../../web/e2e/support/story';
import { lookAlways } from './looking';
import { watchSending } from './publishing';

const VIEWER = {
  role: 'observer',
  name: 'Man hinh',
  bridgePoint: 'Man hinh',
} as const;
/** Its picture fills more than twice the middle size. */
const LARGE = { width: 1280, height: 720 };
/** What nobody looks at costs little to draw. */
const SMALL = { width: 640, height: 480 };
const ASK_MS = 200;

interface Wish {
  readonly play: string;
  /** What the camera sends in its three sizes; nothing: as the page has it. */
  readonly layers_bps: readonly number[];
}

/** Somebody who is seen and heard, and shown large on every screen. */
export async function sender(server: Server, slug: string, near: Browser, { play, layers_bps }: Wish): Promise<Guest> {
  const room: RoomWish = play === 'floor' ? { entry: 'open', kind: 'conference' } : { entry: 'open' };
  await server.room(slug, { ...room, mutedUntilAllowed: play === 'floor' });
  const context = await openContext(near, 'chromium');
  await exposePeers(context);
  await sendAsMuch(context, layers_bps);
  await watchSending(context);
  const chair = await Guest.arrive(context, server.origin);
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  await chair.at('layout-toggle').click();
  await chair.at('layout-speaker').click();
  await chair.page.keyboard.press('Escape');
  await chair.page.setViewportSize(SMALL);
  return chair;
}

/** Who looks on from afar; stands at the door when this is done. */
export async function viewer(
  server: Server,
  slug: string,
  far: Browser,
  { looks_ms, bridgePoint = VIEWER.bridgePoint }: { looks_ms?: number; bridgePoint?: string } = {},
): Promise<Guest> {
  const context = await openContext(far, 'chromium');
  await exposePeers(context);
  await lookAlways(context, looks_ms);
  const guest = await Guest.arrive(context, server.origin);
  await guest.page.setViewportSize(LARGE);
  await guest.open(slug, await server.token(slug, { ...VIEWER, bridgePoint }));
  await guest.at('join-enter').waitFor();
  // as whoever reads the form does: what the meeting needs is fetched meanwhile
  await guest.page.waitForLoadState('networkidle');
  return guest;
}

async function sendAsMuch(context: BrowserContext, layers_bps: readonly number[]): Promise<void> {
  await context.addInitScript((layers: readonly number[]) => {
    // Of three encodings the page says more than once what each may have: when it adds them, and for the camera's shape.
    const raise = <Of extends RTCRtpEncodingParameters>(encodings: Of[]): Of[] =>
      encodings.length === layers.length
        ? encodings.map((each, at) => ({
            ...each,
            maxBitrate: layers[at] ?? 0,
          }))
        : encodings;
    const Real = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Real {
      override addTransceiver(track: MediaStreamTrack | string, init?: RTCRtpTransceiverInit): RTCRtpTransceiver {
        const { sendEncodings } = init ?? {};
        return super.addTransceiver(track, sendEncodings ? { ...init, sendEncodings: raise(sendEncodings) } : init);
      }
    };
    const sender = RTCRtpSender.prototype;
    const set = sender.setParameters;
    sender.setParameters = function (this: RTCRtpSender, parameters, options) {
      parameters.encodings = raise(parameters.encodings);
      return set.call(this, parameters, options);
    };
  }, layers_bps);
}

export interface Told {
  readonly at_ms: number;
  readonly bps: number;
}

/** Asks the server all the time what the viewer's line is believed to carry; ends when it is told to, and gives it. */
export function askEstimates(server: Server, slug: string): () => Told[] {
  const told: Told[] = [];
  const timer = setInterval(() => void note(), ASK_MS);
  const note = async () => {
    const { told: lines } = (await ask(server, {
      type: 'show_lines',
      slug,
    })) as {
      told?: {
        lines: {
          name: { bridge_point: string };
          estimate_bps: number | null;
        }[];
      };
    };
    const own = lines?.lines.find(({ name }) => name.bridge_point === VIEWER.bridgePoint);
    const bps = own?.estimate_bps ?? null;
    if (bps !== null && bps !== told.at(-1)?.bps) told.push({ at_ms: Date.now(), bps });
  };
  return () => {
    clearInterval(timer);
    return told;
  };
}

function ask(server: Server, word: object): Promise<unknown> {
  return new Promise((settle) => {
    const socket = connect(path.join(server.folder, 'data', 'admin.sock'));
    let text = '';
    socket.on('data', (part: Buffer) => (text += part.toString()));
    // the meeting may be over already
    socket.on('error', () => settle({}));
    socket.on('end', () => settle(text === '' ? {} : JSON.parse(text)));
    socket.write(`${JSON.stringify(word)}\n`);
  });
}

export interface Reason {
  readonly at_ms: number;
  readonly reason: string;
}

/** Hears why the first picture is no better, as the page is told (docs/protocol.md, `limits`). */
export function hearReasons(page: Page): Reason[] {
  const heard: Reason[] = [];
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      const message = JSON.parse(String(payload)) as {
        type: string;
        limits?: { reason: string }[];
      };
      const [first] = message.type === 'limits' ? (message.limits ?? []) : [];
      if (first !== undefined) heard.push({ at_ms: Date.now(), reason: first.reason });
    });
  });
  return heard;
}

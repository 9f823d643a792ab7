import type { Page } from '@playwright/test';
import { LARGE, pictureWidth, SMALLER, videoFlows } from './support/seen';
import { CHAIR, expect, LAO_CAI, test } from './support/story';

/** Of the large picture at least. */
const LARGE_PX = 900;

for (const mode of ['L3T3_KEY', 'L3T3'])
  test(`chromium: a camera in one stream of VP9, ${mode}, is seen in the size that fills its tile`, async ({
    server,
    slug,
    someone,
  }) => {
    test.slow();
    await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
    const viewer = await someone();
    await viewer.page.setViewportSize(LARGE);
    await viewer.joinBy(slug, await server.token(slug, CHAIR));
    const sender = await someone();
    await sendInOneStream(sender.page, mode);
    await sender.join(slug, LAO_CAI);
    const video = viewer.tile(LAO_CAI.point).getByTestId('tile-video');
    await viewer.sees(LAO_CAI.point);
    await expect
      .poll(() => pictureWidth(video), { message: 'the large picture', timeout: 40_000 })
      .toBeGreaterThan(LARGE_PX);
    expect(await videoFlows(sender.page, 'outbound-rtp'), 'it is one stream with layers').toEqual([
      `video/VP9 ${mode}`,
    ]);
    expect(await videoFlows(viewer.page, 'inbound-rtp')).toContain('video/VP9 ');

    await viewer.page.setViewportSize(SMALLER);
    await expect.poll(() => pictureWidth(video), { message: 'the middle one', timeout: 30_000 }).toBeLessThan(LARGE_PX);
    await viewer.sees(LAO_CAI.point);
    await viewer.page.setViewportSize(LARGE);
    await expect
      .poll(() => pictureWidth(video), { message: 'the large one again', timeout: 30_000 })
      .toBeGreaterThan(LARGE_PX);
    await viewer.sees(LAO_CAI.point);
  });

/** Lets a page send its camera as one stream of VP9 with layers within. */
async function sendInOneStream(page: Page, mode: string): Promise<void> {
  await page.addInitScript((scalabilityMode) => {
    const Real = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Real {
      override addTransceiver(track: MediaStreamTrack | string, init: RTCRtpTransceiverInit = {}): RTCRtpTransceiver {
        const sendEncodings = [{ maxBitrate: 1_500_000, scalabilityMode } as RTCRtpEncodingParameters];
        return super.addTransceiver(track, init.sendEncodings?.length === 3 ? { ...init, sendEncodings } : init);
      }

      // whoever sends takes the first codec of the answer
      override async setRemoteDescription(answer: RTCSessionDescriptionInit): Promise<void> {
        const lines = (answer.sdp ?? '').split(/(?=^m=)/m).map((line) => {
          const vp9 = /^a=rtpmap:(\d+) VP9\//m.exec(line)?.[1];
          if (vp9 === undefined || !line.includes('a=recvonly')) return line;
          return line.replace(/^(m=video \d+ \S+) (.*)$/m, (_, head: string, formats: string) => {
            const others = formats.trim().split(' ');
            return [head, vp9, ...others.filter((format) => format !== vp9)].join(' ');
          });
        });
        await super.setRemoteDescription({ ...answer, sdp: lines.join('') });
      }
    };
  }, mode);
}

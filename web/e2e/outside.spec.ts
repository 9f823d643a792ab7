import dgram from 'node:dgram';
import { capture } from './support/capture';
import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';

/** The namespace's own addresses (scripts/netns), and its neighbours' multicast: browsers find each other by it. */
const OURS = /^[a-z0-9]+ (127\.\d+\.\d+\.\d+|::1|10\.99\.0\.1|fe80:.*|ff02:.*|224\.0\.0\.\d+)$/;
/** For documentation only (RFC 5737): nobody is there. What is written to it goes to the gateway, which is asked for. */
const STRANGER = '192.0.2.7';
const GATEWAY_ASKED = 'arp 10.99.0.2';

test('S23: a whole meeting writes to no host but ours', async ({ server, slug, someone }) => {
  test.slow();
  const { seen, end } = await capture();
  await server.room(slug, { entry: 'lobby', mutedUntilAllowed: true });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const [one, other] = [await someone(), await someone('firefox')];
  for (const [guest, entry] of [
    [one, LAI_CHAU],
    [other, LAO_CAI],
  ] as const) {
    await guest.open(slug);
    await guest.fill(entry);
    await guest.enter();
    await expect(guest.at('lobby-waiting')).toBeVisible();
    await chair.opensPanel();
    await chair.at('lobby-row').filter({ hasText: entry.point }).getByTestId('lobby-admit').click();
    await guest.isIn();
  }
  await one.sees(LAO_CAI.point);
  await chair.allows(LAI_CHAU.point);
  await one.at('share-toggle').click();
  await other.sees(CHAIR.bridgePoint);
  await one.at('leave').click();
  await expect(one.at('meeting-left')).toBeVisible();

  // what is watched is what there is: media, and a stranger when somebody writes to one
  expect([...seen]).toContain('udp 10.99.0.1');
  expect([...seen].filter((each) => !OURS.test(each))).toEqual([]);
  const socket = dgram.createSocket('udp4');
  socket.send('x', 9, STRANGER);
  await expect.poll(() => [...seen]).toContain(GATEWAY_ASKED);
  socket.close();
  await end();
});

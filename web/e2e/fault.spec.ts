import { measured } from './support/measured';
import { mediaBack, peersMade, watchGap } from './support/seen';
import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';

test.use({ engine: 'hoptt-media-with-fault' });

const POINTS = [CHAIR.bridgePoint, LAO_CAI.point, LAI_CHAU.point];

test('F3: a fault in one transport costs the others nothing, and its page is back by itself', async ({
  server,
  slug,
  someone,
  allow,
}) => {
  test.setTimeout(180_000);
  allow(/WebSocket|ERR_/);
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const people = [chair, await someone(), await someone()];
  await people[1]?.join(slug, LAO_CAI);
  await people[2]?.join(slug, LAI_CHAU);
  for (const [at, one] of people.entries())
    for (const [other, point] of POINTS.entries()) if (at !== other) await one.sees(point);
  const gaps = new Map<string, () => Promise<number>>();
  for (const [at, one] of people.entries())
    for (const [other, point] of POINTS.entries())
      if (at !== other) gaps.set(`${at} ${other}`, await watchGap(one.tile(point).getByTestId('tile-video')));

  const began = Date.now();
  await server.wishFault();
  const made = () => Promise.all(people.map(({ page }) => peersMade(page)));
  await expect.poll(async () => (await made()).filter((count) => count === 2).length, { timeout: 5_000 }).toBe(1);
  measured('F3', 'its page begins anew', Date.now() - began);
  const hit = (await made()).indexOf(2);
  await mediaBack(people[hit]?.page ?? chair.page, 10_000);
  measured('F3', 'picture and sound back', Date.now() - began);
  expect(Date.now() - began).toBeLessThan(5_000);
  for (const [at, one] of people.entries()) if (at !== hit) await one.sees(POINTS[hit] ?? '');

  const others = [0, 1, 2].filter((at) => at !== hit);
  for (const at of others)
    for (const other of others)
      if (at !== other) expect(await gaps.get(`${at} ${other}`)?.(), `${other} as ${at} sees it`).toBeLessThan(500);
  expect((await made()).filter((count) => count === 1)).toHaveLength(2);
  expect(server.log().match(/a fault ends a transport/g)).toHaveLength(1);
  expect(await server.enginePids()).toHaveLength(1);
});

import { voicePackets } from './support/seen';
import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';

/** Each thread of the engine takes one of a meeting; then the next one does. */
test.use({ perShard: 1 });

test('R16: bridge points on two threads of the engine see and hear each other, and a mute holds on both', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  await expect(chair.at('alone')).toBeVisible();
  const far = await someone();
  await far.join(slug, LAI_CHAU);
  await chair.sees(LAI_CHAU.point);
  await far.sees(CHAIR.bridgePoint);
  await chair.hearsSomebody();
  await far.hearsSomebody();
  await expect.poll(() => server.engineCount('crossed_out')).toBeGreaterThan(100);

  const fox = await someone('firefox');
  await fox.join(slug, LAO_CAI);
  for (const point of [CHAIR.bridgePoint, LAI_CHAU.point]) await fox.sees(point);
  await fox.hearsSomebody();
  await chair.sees(LAO_CAI.point);
  await far.sees(LAO_CAI.point);

  await chair.opensPanel();
  await chair.at('tab-chair').click();
  await chair.at('mute-all').click();
  await expect(far.at('muted-all-sign')).toBeVisible();
  await chair.hearsNobody();
  const packets = await voicePackets(chair.page);
  await chair.page.waitForTimeout(1_000);
  expect(await voicePackets(chair.page)).toBe(packets);
  await chair.at('mute-all-lift').click();
  await expect(far.at('muted-all-sign')).toHaveCount(0);
  await far.at('mic-toggle').click();
  await chair.hearsSomebody();
});

test('who reloads the page comes back onto a thread with room, and is seen by all', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const far = await someone();
  await far.join(slug, LAI_CHAU);
  await chair.sees(LAI_CHAU.point);
  await far.page.reload();
  await far.sees(CHAIR.bridgePoint);
  await chair.sees(LAI_CHAU.point);
  await chair.hearsSomebody();
});

import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';

test('a chair and two bridge points see and hear each other: Chromium, Firefox, Chromium', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  await expect(chair.at('alone')).toBeVisible();
  const fox = await someone('firefox');
  await fox.join(slug, LAI_CHAU);
  const other = await someone();
  await other.join(slug, LAO_CAI);

  await chair.sees(LAI_CHAU.point);
  await chair.sees(LAO_CAI.point);
  await fox.sees(CHAIR.bridgePoint);
  await fox.sees(LAO_CAI.point);
  await other.sees(CHAIR.bridgePoint);
  await other.sees(LAI_CHAU.point);
  await chair.hearsSomebody();
  await fox.hearsSomebody();
  await other.hearsSomebody();
  await expect(chair.at('present-count')).toContainText('3');
  await chair.isAccessible();
});

test('S29: the token of a personal link leaves the address at once', async ({ server, slug, someone }) => {
  await server.room(slug, { entry: 'open' });
  const chair = await someone();
  await chair.open(slug, await server.token(slug, CHAIR));
  await expect(chair.at('join-identity')).toContainText(CHAIR.bridgePoint);
  expect(chair.page.url()).toBe(`${server.origin}/${slug}`);
  await chair.page.reload();
  await expect(chair.at('join-identity')).toContainText(CHAIR.bridgePoint);
});

import { CHAIR, expect, LAI_CHAU, test } from './support/story';

test('R12: a second camera comes in by the link that its bridge point makes', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'open' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);
  await chair.menuOf(CHAIR.bridgePoint);
  await chair.at('participant-companion').click();
  await chair.at('companion-word').fill('camera 2');
  await chair.at('companion-make').click();
  await expect(chair.at('companion-picture')).toBeVisible();
  await chair.isAccessible();
  const link = await chair.at('companion-link').inputValue();

  const device = await someone();
  await device.page.goto(link);
  await device.enter();
  await device.isIn();
  await guest.sees(`${CHAIR.bridgePoint} · camera 2`);
  await expect(device.at('mic-toggle')).toHaveAttribute('aria-pressed', 'false');
});

test('R12: a guest without account or personal link reads that they have no further devices', async ({
  server,
  slug,
  someone,
  allow,
}) => {
  allow(/401/);
  await server.room(slug, { entry: 'open' });
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);
  await guest.menuOf(LAI_CHAU.point);
  await guest.at('participant-companion').click();
  await guest.at('companion-make').click();
  await expect(guest.at('companion-fault')).toBeVisible();
});

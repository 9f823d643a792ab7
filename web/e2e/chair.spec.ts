import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';

test('R18: removed without a ban one may ask again; with a ban one may not', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'open' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);

  await chair.menuOf(LAI_CHAU.point);
  await chair.at('participant-remove').click();
  await expect(chair.at('remove-dialog')).toBeVisible();
  await chair.isAccessible();
  await chair.at('remove-confirm').click();
  await expect(guest.at('removed')).toBeVisible();
  await expect(chair.tile(LAI_CHAU.point)).toHaveCount(0);
  await guest.isAccessible();

  await guest.at('again').click();
  await guest.fill(LAI_CHAU);
  await guest.enter();
  await expect(guest.at('lobby-waiting')).toBeVisible();
  await chair.at('tab-chair').click();
  await chair.at('lobby-row').getByTestId('lobby-admit').click();
  await guest.isIn();

  await chair.menuOf(LAI_CHAU.point);
  await chair.at('participant-remove').click();
  await chair.at('remove-ban').click();
  await expect(guest.at('banned')).toBeVisible();
  await guest.page.reload();
  await guest.fill(LAI_CHAU);
  await guest.enter();
  await expect(guest.at('banned').or(guest.page.locator('[data-code=banned]')).first()).toBeVisible();
});

test('R18: a locked room lets nobody new in, and whoever has a seat comes back', async ({ server, slug, someone }) => {
  await server.room(slug, { entry: 'open' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);
  await chair.opensPanel();
  await chair.at('lock').click();
  await expect(guest.at('locked-sign')).toBeVisible();
  const late = await someone();
  await late.open(slug);
  await late.fill(LAO_CAI);
  await late.enter();
  await expect(late.page.locator('[data-code="room.locked"]')).toBeVisible();
  await late.at('join-knock').click();
  await expect(late.at('lobby-waiting')).toBeVisible();
  await expect(chair.at('lobby-row')).toContainText(LAO_CAI.point);
  await guest.page.reload();
  await guest.isIn();
});

test('R21: when the chair ends the meeting, everybody is out, and the page says so', async ({
  server,
  slug,
  someone,
}) => {
  await server.room(slug, { entry: 'open' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone('firefox');
  await guest.join(slug, LAI_CHAU);
  await chair.at('meeting-end').click();
  await expect(chair.at('meeting-end-dialog')).toBeVisible();
  await expect(chair.at('meeting-end-cancel')).toBeFocused();
  await chair.isAccessible();
  await chair.at('meeting-end-confirm').click();
  for (const each of [chair, guest]) {
    await expect(each.at('meeting-ended')).toBeVisible();
    await each.isAccessible();
  }
});

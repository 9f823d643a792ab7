import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';
import { voicePackets } from './support/seen';

test('R16: a guest is muted until allowed; allowing opens no microphone, the own hand does; taking back closes it', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: true });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);
  const row = chair.row(LAI_CHAU.point);
  await chair.opensPanel();
  await chair.at('tab-people').click();
  await expect(row).toHaveAttribute('data-may-speak', /false|no/);
  await chair.hearsNobody();

  await row.getByTestId('participant-menu').click();
  await chair.at('participant-allow').click();
  await expect(guest.at('speak-invited').or(guest.at('speak-open')).first()).toBeVisible();
  await chair.hearsNobody();
  await guest.at('speak-open').click();
  await chair.hearsSomebody();

  await row.getByTestId('participant-menu').click();
  await chair.at('participant-take-back').click();
  await expect(row).toHaveAttribute('data-microphone', 'off');
  await chair.hearsNobody();
});

test('R18: mute one, mute all, and lift it', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);
  await chair.hearsSomebody();
  await chair.opensPanel();
  await chair.at('tab-people').click();
  await chair.row(LAI_CHAU.point).getByTestId('participant-menu').click();
  await chair.at('participant-mute').click();
  await chair.hearsNobody();
  const packets = await voicePackets(chair.page);
  await chair.page.waitForTimeout(1_000);
  expect(await voicePackets(chair.page)).toBe(packets);

  await chair.row(LAI_CHAU.point).getByTestId('participant-menu').click();
  await chair.at('participant-allow').click();
  await expect(guest.at('mic-toggle')).toBeEnabled();
  await guest.at('mic-toggle').click();
  await chair.hearsSomebody();

  await chair.at('tab-chair').click();
  await chair.at('mute-all').click();
  await expect(guest.at('muted-all-sign')).toBeVisible();
  await chair.hearsNobody();
  const late = await someone();
  await late.join(slug, LAO_CAI);
  await chair.hearsNobody();
  await chair.at('mute-all-lift').click();
  await expect(guest.at('muted-all-sign')).toHaveCount(0);
  await guest.at('mic-toggle').click();
  await chair.hearsSomebody();
});

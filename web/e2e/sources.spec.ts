import { CHAIR, expect, LAI_CHAU, test } from './support/story';
import { peersMade, seen, voiceSent, watchGap } from './support/seen';

test('a shared screen takes the large place at everybody else’s, and leaves it again', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'open' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone('firefox');
  await guest.join(slug, LAI_CHAU);
  await chair.at('share-toggle').click();
  const shared = guest.at('screen-tile');
  await expect(shared).toContainText(CHAIR.bridgePoint);
  const video = shared.getByTestId('tile-video');
  await expect.poll(async () => (await seen(video)).frames, { message: 'frames of the screen' }).toBeGreaterThan(3);
  await guest.sees(CHAIR.bridgePoint);
  await guest.isAccessible();
  await chair.at('share-stop').click();
  await expect(shared).toHaveCount(0);
  await guest.sees(CHAIR.bridgePoint);
});

test('R18: the chair stops a camera, and only the own hand turns it on again', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'open' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);
  await chair.sees(LAI_CHAU.point);
  await chair.menuOf(LAI_CHAU.point);
  await chair.at('participant-stop-camera').click();
  await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-camera', 'off');
  await expect(guest.at('toast').last()).toHaveText('Chủ trì đã tắt camera');
  await guest.at('camera-toggle').click();
  await expect(guest.at('toast').last()).toHaveText('Chủ trì đã tắt camera.');
  // and keeps no press from the tile behind it
  const takesPresses = await guest
    .at('toast')
    .last()
    .evaluate((toast) => {
      const { x, y, width, height } = toast.getBoundingClientRect();
      return toast.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    });
  expect(takesPresses).toBe(false);
  await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-camera', 'off');
  const stopped = 'Chủ trì tắt camera';
  await expect(guest.tile(LAI_CHAU.point)).toContainText(stopped);
  await chair.menuOf(LAI_CHAU.point);
  await chair.at('participant-allow-camera').click();
  await expect(guest.tile(LAI_CHAU.point)).not.toContainText(stopped); // before that its own press is refused
  await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-camera', 'off');
  await guest.at('camera-toggle').click();
  await chair.sees(LAI_CHAU.point);
});

test('another camera and another microphone go out without a new connection', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.join(slug, LAI_CHAU);
  await chair.sees(LAI_CHAU.point);
  await chair.hearsSomebody();
  const gap = await watchGap(chair.tile(LAI_CHAU.point).getByTestId('tile-video'));

  await guest.at('devices').click();
  for (const kind of ['camera', 'microphone'])
    await guest
      .at(`devices-${kind}`)
      .selectOption(await guest.at(`devices-${kind}`).locator('option').last().getAttribute('value'));
  await guest.at('dialog-close').click();
  await guest.sees(LAI_CHAU.point);
  await chair.sees(LAI_CHAU.point);
  await chair.hearsSomebody();
  expect(await gap()).toBeLessThan(3_000);
  expect(await peersMade(guest.page)).toBe(1);
});

test('R24: the noise filter is fetched on demand, and the voice goes on over the same line', async ({
  server,
  slug,
  someone,
}) => {
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  const fetched: string[] = [];
  guest.page.on('request', (request) => {
    if (request.url().endsWith('.wasm')) fetched.push(request.url());
  });
  await guest.join(slug, LAI_CHAU);
  await chair.hearsSomebody();
  const before = await voiceSent(guest.page);
  expect(fetched, 'before it is asked for').toEqual([]);

  await guest.at('devices').click();
  await guest.at('noise-filter-on').check();
  await expect(guest.at('noise-filter')).toHaveAttribute('data-state', 'on');
  await expect.poll(() => voiceSent(guest.page), { message: 'another voice is sent' }).not.toBe(before);
  expect(fetched).toHaveLength(1);
  await guest.isAccessible();
  await guest.at('noise-filter-on').uncheck();
  await expect(guest.at('noise-filter')).toHaveAttribute('data-state', 'off');
  await guest.at('dialog-close').click();
  await chair.hearsSomebody();
  expect(await peersMade(guest.page)).toBe(1);
});

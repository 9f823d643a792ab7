import { BOTH } from './support/browsers';
import { peersMade, watchGap } from './support/seen';
import { CHAIR, expect, LAI_CHAU, LAO_CAI, SON_LA, test } from './support/story';

for (const kind of BOTH)
  test(`a reload keeps the seat: ${kind}`, async ({ server, slug, someone }) => {
    test.slow();
    await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
    const chair = await someone();
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const guest = await someone(kind);
    await guest.join(slug, LAI_CHAU);
    await chair.sees(LAI_CHAU.point);
    const seat = await chair.tile(LAI_CHAU.point).getAttribute('data-participant');
    await guest.page.reload();
    await guest.isIn();
    await guest.sees(CHAIR.bridgePoint);
    await expect(chair.tile(LAI_CHAU.point)).toHaveCount(1);
    await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-participant', seat ?? '');
    await chair.sees(LAI_CHAU.point);
  });

test('F4: when the control plane is killed, picture and sound go on, and every page comes back as it was', async ({
  server,
  slug,
  someone,
  allow,
}) => {
  test.slow();
  allow(/WebSocket|ERR_CONNECTION_REFUSED|can’t establish a connection|interrupted/);
  await server.room(slug, { entry: 'lobby', mutedUntilAllowed: true });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone('firefox');
  await guest.joinBy(
    slug,
    await server.token(slug, { role: 'attendee', name: LAI_CHAU.name, bridgePoint: LAI_CHAU.point }),
  );
  const waiting = await someone();
  await waiting.open(slug);
  await waiting.fill(SON_LA);
  await waiting.enter();
  await expect(waiting.at('lobby-waiting')).toBeVisible();
  await chair.allows(LAI_CHAU.point);
  await guest.at('speak-open').click();
  await chair.hearsSomebody();
  await guest.at('layout-toggle').click();
  await guest.at('layout-speaker').click();
  await chair.sees(LAI_CHAU.point);
  await guest.sees(CHAIR.bridgePoint);
  const engine = await server.enginePids();
  expect(engine).toHaveLength(1);
  const gaps = [
    await watchGap(chair.tile(LAI_CHAU.point).getByTestId('tile-video')),
    await watchGap(guest.tile(CHAIR.bridgePoint).getByTestId('tile-video')),
  ];

  await server.kill();
  await expect(chair.at('reconnecting')).toBeVisible();
  await expect(guest.at('reconnecting')).toBeVisible();
  await chair.hearsSomebody();
  await chair.isAccessible();
  await server.run();
  await Promise.all(
    [chair, guest].map((each) =>
      expect(each.at('reconnecting'), 'back within 5 s of readiness').toHaveCount(0, { timeout: 5_000 }),
    ),
  );
  for (const gap of gaps) expect(await gap()).toBeLessThan(500);
  expect(await server.enginePids()).toEqual(engine);
  for (const each of [chair, guest]) expect(await peersMade(each.page)).toBe(1);

  await expect(guest.at('stage')).toHaveAttribute('data-layout', 'speaker');
  await expect(chair.row(LAI_CHAU.point)).toHaveAttribute('data-may-speak', 'true');
  await expect(chair.row(LAI_CHAU.point)).toHaveAttribute('data-microphone', 'on');
  await chair.hearsSomebody();
  await chair.at('tab-chair').click();
  await expect(chair.at('lobby-row')).toHaveCount(1);
  await chair.at('lobby-row').getByTestId('lobby-admit').click();
  await waiting.isIn();
  await waiting.sees(CHAIR.bridgePoint);
});

test('F30: when only the line to the server is cut, the picture goes on, and the seat is the same afterwards', async ({
  server,
  slug,
  someone,
  lines,
  allow,
}) => {
  test.slow();
  allow(/WebSocket|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED/);
  await server.room(slug, { entry: 'open', mutedUntilAllowed: true });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone('chromium', lines);
  await guest.join(slug, LAO_CAI);
  await guest.sees(CHAIR.bridgePoint);
  await chair.sees(LAO_CAI.point);
  const seat = await chair.tile(LAO_CAI.point).getAttribute('data-participant');
  const gaps = [
    await watchGap(chair.tile(LAO_CAI.point).getByTestId('tile-video')),
    await watchGap(guest.tile(CHAIR.bridgePoint).getByTestId('tile-video')),
  ];

  await lines.streams('cut');
  await expect(guest.at('reconnecting')).toBeVisible();
  await expect(chair.tile(LAO_CAI.point).getByTestId('tile-reconnecting')).toBeVisible();
  // what happens meanwhile is told afterwards
  await chair.allows(LAO_CAI.point);
  await guest.sees(CHAIR.bridgePoint);
  await lines.streams('mend');
  await expect(guest.at('reconnecting')).toHaveCount(0, { timeout: 5_000 });
  await expect(guest.at('speak-invited')).toBeVisible();
  await expect(chair.tile(LAO_CAI.point).getByTestId('tile-reconnecting')).toHaveCount(0);
  for (const gap of gaps) expect(await gap()).toBeLessThan(500);
  await expect(chair.tile(LAO_CAI.point)).toHaveAttribute('data-participant', seat ?? '');
  expect(await peersMade(guest.page)).toBe(1);
});

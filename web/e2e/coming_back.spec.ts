import { BOTH } from './support/browsers';
import { CHAIR, expect, LAI_CHAU, test } from './support/story';
import { seen } from './support/seen';

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
  allow(/WebSocket|ERR_CONNECTION_REFUSED|can’t establish a connection/);
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
  await waiting.fill({ ...LAI_CHAU, point: 'Sở TNMT Sơn La' });
  await waiting.enter();
  await expect(waiting.at('lobby-waiting')).toBeVisible();
  await chair.sees(LAI_CHAU.point);
  await guest.sees(CHAIR.bridgePoint);
  const engine = await server.enginePids();
  expect(engine).toHaveLength(1);
  const gap = await watchGap(chair.tile(LAI_CHAU.point).getByTestId('tile-video'));

  await server.kill();
  await expect(chair.at('reconnecting')).toBeVisible();
  await expect(guest.at('reconnecting')).toBeVisible();
  await chair.page.waitForTimeout(3_000);
  await chair.sees(LAI_CHAU.point);
  await chair.isAccessible();
  await server.run();
  for (const each of [chair, guest])
    await expect(each.at('reconnecting'), 'back within 5 s of readiness').toHaveCount(0, { timeout: 5_000 });
  expect(await gap()).toBeLessThan(500);
  expect(await server.enginePids()).toEqual(engine);

  await chair.opensPanel();
  await expect(chair.at('lobby-row')).toHaveCount(1);
  await chair.at('lobby-row').getByTestId('lobby-admit').click();
  await waiting.isIn();
  await waiting.sees(CHAIR.bridgePoint);
});

/** Watches the longest pause between two frames of a video; gives it in milliseconds when asked. */
async function watchGap(video: Parameters<typeof seen>[0]): Promise<() => Promise<number>> {
  await video.evaluate((element: HTMLVideoElement & { longestGap?: number }) => {
    let last = performance.now();
    element.longestGap = 0;
    const look = () => {
      const now = performance.now();
      element.longestGap = Math.max(element.longestGap ?? 0, now - last);
      last = now;
      element.requestVideoFrameCallback(look);
    };
    element.requestVideoFrameCallback(look);
  });
  return () => video.evaluate((element: HTMLVideoElement & { longestGap?: number }) => element.longestGap ?? Infinity);
}

import { CHAIR, expect, LAI_CHAU, LAO_CAI, SON_LA, test } from './support/story';

test('R4: the chair admits one who waits, and refuses another', async ({ server, slug, someone }) => {
  test.slow();
  await server.room(slug, { entry: 'lobby' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const waiting = await someone('firefox');
  await waiting.open(slug);
  await waiting.fill(LAI_CHAU);
  await waiting.enter();
  await expect(waiting.at('lobby-waiting')).toBeVisible();
  await waiting.isAccessible();
  const unwanted = await someone();
  await unwanted.open(slug);
  await unwanted.fill(SON_LA);
  await unwanted.enter();
  await expect(unwanted.at('lobby-waiting')).toBeVisible();

  await chair.opensPanel();
  const rows = chair.at('lobby-row');
  await expect(rows).toHaveCount(2);
  await chair.isAccessible();
  await rows.filter({ hasText: LAI_CHAU.point }).getByTestId('lobby-admit').click();
  await waiting.isIn();
  await waiting.sees(CHAIR.bridgePoint);
  await chair.sees(LAI_CHAU.point);

  await rows.filter({ hasText: SON_LA.point }).getByTestId('lobby-refuse').click();
  await expect(unwanted.at('lobby-refused')).toBeVisible();
  await unwanted.isAccessible();
});

test('S26: who waits gets no media, no list and no name of anybody', async ({ server, slug, someone }) => {
  await server.room(slug, { entry: 'lobby' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const waiting = await someone();
  const frames: string[] = [];
  waiting.page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => frames.push(payload.toString())),
  );
  await waiting.open(slug);
  await waiting.fill(LAO_CAI);
  await waiting.enter();
  await expect(waiting.at('lobby-waiting')).toBeVisible();
  await waiting.page.waitForTimeout(2_000);
  const told = frames.join('\n');
  expect(told).toContain('"waiting"');
  expect(told).not.toContain('participants');
  expect(told).not.toContain(CHAIR.bridgePoint);
  expect(told).not.toContain('a=ice-ufrag');
});

test('the name can be corrected in the lobby, and the place is kept', async ({ server, slug, someone }) => {
  await server.room(slug, { entry: 'lobby' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const [first, second] = [await someone(), await someone()];
  for (const [guest, entry] of [
    [first, LAI_CHAU],
    [second, LAO_CAI],
  ] as const) {
    await guest.open(slug);
    await guest.fill(entry);
    await guest.enter();
    await expect(guest.at('lobby-waiting')).toBeVisible();
  }
  await first.at('lobby-correct').click();
  await first.at('lobby-bridge-point').fill(SON_LA.point);
  await first.at('lobby-save').click();
  await chair.opensPanel();
  await expect(chair.at('lobby-row').first()).toContainText(SON_LA.point);
  await expect(chair.at('lobby-row').last()).toContainText(LAO_CAI.point);
});

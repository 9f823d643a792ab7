import { BOTH } from './support/browsers';
import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';

for (const kind of BOTH)
  test(`a wrong password is refused at its field, and the right one opens: ${kind}`, async ({
    server,
    slug,
    someone,
  }) => {
    await server.room(slug, { entry: 'password', password: 'mùa thu 2026' });
    const guest = await someone(kind);
    await guest.open(slug);
    await guest.fill({ ...LAI_CHAU, password: 'mùa xuân' });
    await guest.enter();
    await expect(guest.at('refusal').and(guest.page.locator('[data-code="password.wrong"]'))).toBeVisible();
    await expect(guest.at('join-password')).toBeFocused();
    await guest.isAccessible();
    await guest.at('join-password').fill('mùa thu 2026');
    await guest.enter();
    // nobody who leads is there: an ad-hoc meeting begins with the chair
    await expect(guest.at('refusal').or(guest.at('meeting')).or(guest.at('lobby-waiting')).first()).toBeVisible();
    await expect(guest.page.locator('[data-code="password.wrong"]')).toHaveCount(0);
  });

test('R11: all faults of a name are told at once, each at its field, and the first has the focus', async ({
  server,
  slug,
  someone,
}) => {
  await server.room(slug, { entry: 'open' });
  const guest = await someone();
  await guest.open(slug);
  await guest.fill({ point: LAO_CAI.point, name: 'An★', unit: '' });
  await guest.enter();
  const refusals = guest.at('refusal');
  await expect(refusals.first()).toBeVisible();
  const fields = await refusals.evaluateAll((all) => all.map((each) => each.getAttribute('data-field')));
  expect(new Set(fields)).toEqual(new Set(['name', 'unit']));
  // all that is against one field
  await expect(refusals.first()).toContainText('★');
  await expect(refusals.first()).toContainText('2');
  await expect(guest.at('join-name')).toBeFocused();
  await expect(guest.at('join-bridge-point')).toHaveValue(LAO_CAI.point);
  await guest.isAccessible();
});

test('nobody presses the button before the page can hear it', async ({ server, slug, someone, allow }) => {
  allow(/ERR_FAILED|Failed to fetch/);
  await server.room(slug, { entry: 'open' });
  const guest = await someone();
  await guest.page.route(/_app\/.*\.js/, (route) => route.abort());
  await guest.open(slug);
  await expect(guest.at('join-enter')).toBeVisible();
  await expect(guest.at('join-enter')).toBeDisabled();
  await guest.page.unroute(/_app\/.*\.js/);
  await guest.page.reload();
  await expect(guest.at('join-enter')).toBeEnabled();
});

test('an unknown link says so', async ({ someone, allow }) => {
  allow(/404/);
  const guest = await someone();
  await guest.open('dauan');
  await expect(guest.at('link-unknown')).toBeVisible();
  await guest.isAccessible();
});

test('without camera and microphone one may join to listen', async ({ server, slug, someone }) => {
  await server.room(slug, { entry: 'open' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await guest.page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await guest.open(slug);
  await expect(guest.at('device-advice')).toHaveAttribute('data-code', 'denied');
  await guest.isAccessible();
  await guest.fill(LAI_CHAU);
  await guest.enter();
  await guest.isIn();
  await guest.sees(CHAIR.bridgePoint);
});

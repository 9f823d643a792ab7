import { expect, test } from './support/story';

const ZALO =
  'Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36 Zalo android/24101';

/** Another user agent, as the page reads it. */
function as(userAgent: string) {
  return `Object.defineProperty(navigator, 'userAgent', { get: () => ${JSON.stringify(userAgent)} })`;
}

test('inside Zalo the page says how to open the link in a browser, and goes on when asked', async ({
  server,
  slug,
  someone,
}) => {
  await server.room(slug, { entry: 'open' });
  const guest = await someone();
  await guest.page.addInitScript(as(ZALO));
  await guest.page.addInitScript(() => {
    navigator.clipboard.writeText = (text) => {
      (window as unknown as { copied: string }).copied = text;
      return Promise.resolve();
    };
  });
  await guest.open(slug);
  await expect(guest.at('browser-page')).toHaveAttribute('data-kind', 'inside_app');
  await expect(guest.at('join-form')).toHaveCount(0);
  await guest.isAccessible();
  await guest.at('browser-copy').click();
  expect(await guest.page.evaluate(() => (window as unknown as { copied: string }).copied)).toContain(`/${slug}`);
  await guest.at('browser-continue').click();
  await expect(guest.at('inside-app')).toBeVisible();
  await expect(guest.at('join-form')).toBeVisible();
});

test('a browser without WebRTC is told so, with the link to take along', async ({ server, slug, someone }) => {
  await server.room(slug, { entry: 'open' });
  const guest = await someone();
  await guest.page.addInitScript('delete window.RTCPeerConnection');
  await guest.open(slug);
  await expect(guest.at('browser-page')).toHaveAttribute('data-kind', 'unsupported');
  await guest.isAccessible();
});

test('a browser that cannot read the scripts of the page is told so in both languages', async ({
  slug,
  someone,
  allow,
}) => {
  allow(/SyntaxError|Unexpected|Failed to load/);
  const guest = await someone();
  await guest.page.route('**/_app/**/*.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: 'class of the future {' }),
  );
  await guest.open(slug);
  await expect(guest.page.locator('#too-old')).toContainText('quá cũ');
  await expect(guest.page.locator('#too-old')).toContainText('too old');
});

import { codecOfVoice } from './support/seen';
import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';

test('a voice is sent with redundancy, passed where packets are lost, and heard by those whose browser knows none', async ({
  server,
  slug,
  someone,
  lines,
  allow,
}) => {
  // Firefox, of a page that is closed
  allow(/interrupted while the page was loading/);
  test.slow();
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const fox = await someone('firefox');
  await fox.join(slug, LAI_CHAU);
  const far = await someone('chromium', lines);
  await far.join(slug, LAO_CAI);
  await expect.poll(() => codecOfVoice(chair.page), { message: 'what Chromium sends' }).toBe('audio/red');
  await expect.poll(() => codecOfVoice(fox.page), { message: 'what Firefox sends' }).toBe('audio/opus');
  await chair.hearsSomebody();
  await fox.hearsSomebody();
  await far.hearsSomebody();

  // where pictures pause there is no room for sound twice, and on a busy machine they may
  for (const guest of [chair, fox, far]) await guest.onlyListens();

  const passed = () => server.engineCount('redundancy_sent');
  await lines.datagrams({ delay_s: 0.025, loss: 0.05 });
  await expect.poll(passed, { message: 'redundancy is passed', timeout: 60_000 }).toBeGreaterThan(50);
  await far.hearsSomebody();
  await fox.hearsSomebody();
});

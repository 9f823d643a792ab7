import { BOTH } from './support/browsers';
import type { LineModel } from './support/lines';
import { LONG, measured } from './support/measured';
import { watchGap } from './support/seen';
import { CHAIR, expect, LAI_CHAU, test } from './support/story';

/** Lines of communes: what they lose, how late they are, and how much they carry. */
const LINES: Readonly<Record<string, LineModel>> = {
  '5 % lost': { delay_s: 0.025, loss: 0.05 },
  '300 kbit/s': { delay_s: 0.025, rate_bps: 300_000 },
};
const TO_ADAPT_MS = 5_000;
const WATCHED_MS = LONG ? 60_000 : 10_000;
const FREEZE_MS = 3_000;

for (const kind of BOTH)
  for (const [name, line] of Object.entries(LINES))
    test(`F29: pictures go on both ways over a line with ${name}: ${kind}`, async ({
      server,
      slug,
      someone,
      lines,
      allow,
    }) => {
      // Firefox, of a page that is closed while its line is slow
      allow(/interrupted while the page was loading/);
      test.skip(!LONG && kind === 'firefox', 'Chromium stands for both: make faults');
      test.setTimeout(120_000 + WATCHED_MS);
      await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
      const chair = await someone();
      await chair.joinBy(slug, await server.token(slug, CHAIR));
      const guest = await someone(kind, lines);
      await guest.join(slug, LAI_CHAU);
      await guest.sees(CHAIR.bridgePoint);
      await chair.sees(LAI_CHAU.point);

      await lines.datagrams(line);
      await guest.page.waitForTimeout(TO_ADAPT_MS);
      const towards = await watchGap(guest.tile(CHAIR.bridgePoint).getByTestId('tile-video'));
      const from = await watchGap(chair.tile(LAI_CHAU.point).getByTestId('tile-video'));
      await guest.page.waitForTimeout(WATCHED_MS);
      measured('F29', `${name}, ${kind}: longest a picture towards who has it stands still`, await towards());
      measured('F29', `${name}, ${kind}: longest the picture of who has it stands still`, await from());
      expect(await towards()).toBeLessThan(FREEZE_MS);
      expect(await from()).toBeLessThan(FREEZE_MS);
    });

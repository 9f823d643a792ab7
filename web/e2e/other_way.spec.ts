import { BOTH } from './support/browsers';
import { keyframesAsked, ownCandidates, peersMade, watchGap } from './support/seen';
import { CHAIR, expect, LAI_CHAU, test } from './support/story';

for (const kind of BOTH)
  test(
    `F27: when its network changes, a page finds another way on the same connection, and the picture goes on: ${kind}`,
    { tag: kind === 'firefox' ? '@long' : [] },
    async ({ server, slug, someone, firewall }) => {
      test.slow();
      await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
      const chair = await someone();
      await chair.joinBy(slug, await server.token(slug, CHAIR));
      const guest = await someone(kind);
      await guest.join(slug, LAI_CHAU);
      await guest.sees(CHAIR.bridgePoint);
      await chair.sees(LAI_CHAU.point);
      const seat = await chair.tile(LAI_CHAU.point).getAttribute('data-participant');
      const [before] = await ownCandidates(guest.page);
      const asked = await keyframesAsked(chair.page);
      const gaps = [
        await watchGap(chair.tile(LAI_CHAU.point).getByTestId('tile-video')),
        await watchGap(guest.tile(CHAIR.bridgePoint).getByTestId('tile-video')),
      ];

      await firewall.blockPort(before?.port ?? 0);
      await guest.page.evaluate(() => globalThis.dispatchEvent(new Event('online')));
      await expect
        .poll(async () => (await ownCandidates(guest.page))[0]?.port, { message: 'media from another port' })
        .not.toBe(before?.port);
      await guest.sees(CHAIR.bridgePoint);
      await chair.sees(LAI_CHAU.point);
      await guest.page.waitForTimeout(2_000); // a picture that stopped would stand still by now
      for (const gap of gaps) expect(await gap()).toBeLessThan(1_000);
      expect(await peersMade(guest.page), 'the same connection').toBe(1);
      await expect(chair.tile(LAI_CHAU.point)).toHaveCount(1);
      await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-participant', seat ?? '');
      expect((await keyframesAsked(chair.page)) - asked, 'no storm of requests for key frames').toBeLessThan(4);
    },
  );

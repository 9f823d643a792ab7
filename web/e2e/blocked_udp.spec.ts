import { BOTH } from './support/browsers';
import { LONG, measured, RUNS } from './support/measured';
import { peersMade, watchGap, waysOfMedia } from './support/seen';
import { CHAIR, expect, LAI_CHAU, test } from './support/story';

for (const kind of BOTH) {
  test(`F28: when UDP is blocked in mid-call, the picture is back over TCP within 10 s: ${kind}`, async ({
    server,
    slug,
    someone,
    firewall,
  }) => {
    test.skip(!LONG && kind === 'firefox', 'Chromium stands for both: make faults');
    test.setTimeout(120_000 + RUNS * 40_000);
    await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
    const chair = await someone();
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const guest = await someone(kind);
    await guest.join(slug, LAI_CHAU);
    for (let run = 0; run < RUNS; run += 1) {
      await guest.sees(CHAIR.bridgePoint);
      await chair.sees(LAI_CHAU.point);
      expect(await waysOfMedia(guest.page)).toEqual(['udp']);
      const seat = await chair.tile(LAI_CHAU.point).getAttribute('data-participant');
      const gaps = [
        await watchGap(chair.tile(LAI_CHAU.point).getByTestId('tile-video')),
        await watchGap(guest.tile(CHAIR.bridgePoint).getByTestId('tile-video')),
      ];

      await firewall.blockUdp();
      await expect
        .poll(() => waysOfMedia(guest.page), { message: 'media over TCP', timeout: 15_000, intervals: [250] })
        .toEqual(['tcp']);
      await guest.sees(CHAIR.bridgePoint);
      await chair.sees(LAI_CHAU.point);
      for (const gap of gaps) {
        measured('F28', `UDP blocked in mid-call, ${kind}: picture back over TCP`, await gap());
        expect(await gap()).toBeLessThan(10_000);
      }
      expect(await peersMade(guest.page), 'the same connection').toBe(1);
      await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-participant', seat ?? '');
      await expect(guest.at('reconnecting')).toHaveCount(0);

      await firewall.open();
      for (const { page } of [chair, guest]) await page.reload();
      for (const each of [chair, guest]) await each.isIn();
    }
  });

  test(`F28: where UDP is blocked from the start, one sees and is seen over TCP: ${kind}`, async ({
    server,
    slug,
    someone,
    firewall,
  }) => {
    test.slow();
    await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
    await firewall.blockUdp();
    const chair = await someone();
    await chair.joinBy(slug, await server.token(slug, CHAIR));
    const guest = await someone(kind);
    await guest.join(slug, LAI_CHAU);
    await guest.sees(CHAIR.bridgePoint);
    await chair.sees(LAI_CHAU.point);
    await chair.hearsSomebody();
    for (const { page } of [chair, guest]) expect(await waysOfMedia(page)).toEqual(['tcp']);
  });
}

import { BOTH } from './support/browsers';
import { Relay, RELAYED, TURN } from './support/relay';
import { ownCandidates } from './support/seen';
import { CHAIR, expect, LAI_CHAU, test } from './support/story';

test.use({ relays: TURN });

for (const kind of BOTH) {
  test(`where neither UDP nor TCP reaches the engine, one sees, hears and is seen by the relay: ${kind}`, async ({
    server,
    slug,
    someone,
    firewall,
  }) => {
    test.slow();
    const relay = await Relay.start();
    try {
      await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
      await firewall.blockAllBut(RELAYED);
      const chair = await someone();
      await chair.joinBy(slug, await server.token(slug, CHAIR));
      const guest = await someone(kind);
      await guest.join(slug, LAI_CHAU);
      await guest.sees(CHAIR.bridgePoint);
      await chair.sees(LAI_CHAU.point);
      await chair.hearsSomebody();
      for (const { page } of [chair, guest])
        expect((await ownCandidates(page)).map(({ kind }) => kind)).toEqual(['relay']);
    } finally {
      await relay.stop();
    }
  });
}

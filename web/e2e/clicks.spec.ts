import { actByKeysOnly, type ChairAct, countActs } from './support/hand';
import type { Guest } from './support/guest';
import { HAND_ACTS } from './support/hand_acts';
import { cardOf, type Room } from './support/room';
import type { Server } from './support/server';
import { CHAIR, expect, LAI_CHAU, LAO_CAI, SON_LA, test } from './support/story';

const nobodySpeaks = async ({ chair }: Room) => {
  await expect(chair.at('floor-holder')).toHaveCount(0);
};
/** Asks again, unless the request stands still. */
const asks = (who: 'lai' | 'lao') => async (room: Room) => {
  await expect(room[who].at('floor-ask')).toBeVisible();
  if ((await room[who].at('floor-ask').getAttribute('data-place')) === '0') await room[who].at('floor-ask').click();
  await expect(room.chair.at('floor-request')).toHaveCount(1);
};
const speaks = async (room: Room) => {
  if ((await room.chair.at('floor-holder').count()) === 0) {
    await asks('lai')(room);
    await room.chair.at('floor-next').click();
    await room.lai.at('floor-take').click();
  }
  await expect(room.chair.at('floor-holder')).toHaveAttribute('data-state', 'speaking');
};
const endsTurn = async (room: Room) => {
  await expect(room.chair.at('floor-holder')).toHaveCount(1); // whoever has it may know before the chair does
  await room.chair.at('floor-end').click();
  await nobodySpeaks(room);
};
const invited = async ({ lai }: Room) => expect(lai.at('floor-given')).toBeVisible();
const waits = async (room: Room) => {
  if ((await room.chair.at('lobby-row').count()) === 0) await room.knock();
  await expect(room.chair.at('lobby-row')).toHaveCount(1);
};
const leavesAgain = async (room: Room) => {
  await expect(room.chair.tile(SON_LA.point)).toBeVisible();
};

/**
 * The chair's acts as they are counted: by mouse at most `clicks`, by keys with no click at all. Whoever
 * brings another act adds a row.
 */
const ACTS: readonly ChairAct<Room>[] = [
  {
    name: 'next speaker',
    clicks: 1,
    keys: ['n'],
    ready: asks('lai'),
    byMouse: (hand) => hand.click('floor-next'),
    done: invited,
    after: endsTurn,
  },
  {
    name: 'grant one of the queue',
    clicks: 1,
    keys: ['Enter'],
    ready: asks('lai'),
    byMouse: (hand) => hand.click('floor-grant'),
    byKeys: async (hand, { chair }) => {
      await chair.at('floor-grant').focus();
      await hand.key('Enter');
    },
    done: invited,
    after: endsTurn,
  },
  {
    name: 'end the turn',
    clicks: 1,
    keys: ['e'],
    ready: speaks,
    byMouse: (hand) => hand.click('floor-end'),
    done: nobodySpeaks,
  },
  {
    name: 'one more minute',
    clicks: 1,
    keys: ['+'],
    ready: speaks,
    byMouse: (hand) => hand.click('floor-more-1'),
    done: async ({ chair }) => {
      await expect(chair.at('floor-clock')).toHaveText(/^0[5-9]:/);
    },
    after: endsTurn,
  },
  {
    name: 'interrupt and let go on',
    clicks: 2,
    ready: speaks,
    byMouse: async (hand, { chair }) => {
      await hand.click('floor-hold');
      await expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'held');
      await hand.click('floor-resume');
    },
    done: async ({ lai }) => {
      await expect(lai.at('floor-given')).toBeVisible();
    },
    after: endsTurn,
  },
  {
    name: 'invite one who did not ask',
    clicks: 2,
    keys: ['Enter', 'Enter'],
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAI_CHAU.point));
      await hand.click('participant-invite');
    },
    byKeys: async (hand, room) => {
      await cardOf(room, LAI_CHAU.point).focus();
      await hand.key('Enter');
      await expect(room.chair.at('participant-invite')).toBeFocused();
      await hand.key('Enter');
    },
    done: invited,
    after: endsTurn,
  },
  {
    name: 'refuse a request',
    clicks: 2,
    keys: ['Delete'],
    ready: asks('lai'),
    byMouse: async (hand) => {
      await hand.click('floor-row-more');
      await hand.click('floor-refuse');
    },
    byKeys: async (hand, { chair }) => {
      await chair.at('floor-grant').focus();
      await hand.key('Delete');
    },
    done: async ({ chair }) => {
      await expect(chair.at('floor-undo')).toBeVisible();
    },
    after: async ({ chair }) => {
      await chair.at('floor-undo').click();
      await expect(chair.at('floor-grant')).toBeVisible();
    },
  },
  {
    name: 'refuse in the lobby',
    clicks: 1,
    keys: ['Delete'],
    ready: waits,
    byMouse: (hand) => hand.click('lobby-refuse'),
    byKeys: async (hand, { chair }) => {
      await chair.at('lobby-admit').focus();
      await hand.key('Delete');
    },
    done: async ({ chair }) => {
      await expect(chair.at('lobby-undo')).toBeVisible();
    },
    after: async ({ chair }) => {
      await chair.at('lobby-undo').click();
      await expect(chair.at('lobby-admit')).toBeVisible();
    },
  },
  {
    name: 'admit one',
    clicks: 1,
    keys: ['a'],
    ready: waits,
    byMouse: (hand) => hand.click('lobby-admit'),
    done: leavesAgain,
    after: async ({ chair }) => {
      await chair.tile(SON_LA.point).getByRole('button').click();
      await chair.at('participant-remove').click();
      await chair.at('remove-confirm').click();
      await expect(chair.tile(SON_LA.point)).toHaveCount(0);
    },
  },
  {
    name: 'mute all',
    clicks: 1,
    keys: ['Shift+M'],
    byMouse: (hand) => hand.click('mute-all'),
    done: async ({ lai }) => {
      await expect(lai.at('mic-toggle')).toHaveAttribute('aria-pressed', 'false');
    },
  },
  {
    name: 'mute one',
    clicks: 2,
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAI_CHAU.point));
      await hand.click('participant-mute');
    },
    done: async ({ chair }) => {
      await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-microphone', 'off');
    },
  },
  {
    name: 'mute all but one',
    clicks: 2,
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAI_CHAU.point));
      await hand.click('participant-mute-all-but');
    },
    done: async ({ chair }) => {
      await expect(chair.tile(LAO_CAI.point)).toHaveAttribute('data-microphone', 'off');
    },
  },
  {
    name: 'stop a camera',
    clicks: 2,
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAI_CHAU.point));
      await hand.click('participant-stop-camera');
    },
    done: async ({ chair }) => {
      await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-camera', 'off');
    },
  },
  {
    name: 'lock',
    clicks: 1,
    keys: ['k'],
    byMouse: (hand) => hand.click('lock'),
    done: async ({ lai }) => {
      await expect(lai.at('locked-sign')).toBeVisible();
    },
    after: async ({ chair, lai }) => {
      await chair.at('lock').click();
      await expect(lai.at('locked-sign')).toHaveCount(0);
    },
  },
  {
    name: 'unlock',
    clicks: 1,
    keys: ['k'],
    ready: async ({ chair, lai }) => {
      await chair.at('lock').click();
      await expect(lai.at('locked-sign')).toBeVisible();
    },
    byMouse: (hand) => hand.click('lock'),
    done: async ({ lai }) => {
      await expect(lai.at('locked-sign')).toHaveCount(0);
    },
  },
  ...HAND_ACTS,
  {
    name: 'remove',
    clicks: 3,
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAO_CAI.point));
      await hand.click('participant-remove');
      await hand.click('remove-confirm');
    },
    done: async ({ chair }) => {
      await expect(chair.tile(LAO_CAI.point)).toHaveCount(0);
    },
  },
  {
    name: 'end for all',
    clicks: 2,
    byMouse: async (hand) => {
      await hand.click('meeting-end');
      await hand.click('meeting-end-confirm');
    },
    done: async ({ lai }) => {
      await expect(lai.at('meeting-ended')).toBeVisible();
    },
  },
];

/** A chair, two who came in, and a lobby. */
async function aRoom(server: Server, slug: string, someone: () => Promise<Guest>): Promise<Room> {
  await server.room(slug, { entry: 'lobby', kind: 'conference' });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const comesIn = async (entry: typeof LAI_CHAU): Promise<Guest> => {
    const guest = await someone();
    await guest.open(slug);
    await guest.fill(entry);
    await guest.enter();
    await expect(chair.at('lobby-row')).toBeVisible();
    return guest;
  };
  const lai = await comesIn(LAI_CHAU);
  await chair.at('lobby-admit').click();
  await lai.isIn();
  const lao = await comesIn(LAO_CAI);
  await chair.at('lobby-admit').click();
  await lao.isIn();
  let invited = 0;
  const invite = async (count: number): Promise<Guest[]> => {
    const guests: Guest[] = [];
    for (let nth = 0; nth < count; nth += 1) {
      invited += 1;
      const guest = await someone();
      const bridgePoint = `Kỹ thuật ${'ABCDEFGH'[invited] ?? ''}`;
      await guest.open(slug, await server.token(slug, { role: 'technician', name: 'Vũ Thị Em, Kỹ sư', bridgePoint }));
      await guest.enter();
      guests.push(guest);
    }
    return guests;
  };
  return { chair, lai, lao, knock: () => comesIn(SON_LA), invite };
}

test("R18: the chair's acts cost no more clicks and keys than promised", async ({ server, slug, someone }) => {
  test.setTimeout(480_000);
  await countActs(await aRoom(server, slug, someone), ACTS);
});

test(
  "R18: each of the chair's acts is done with Tab, arrows and Enter alone, and the focus is seen on the way",
  { tag: '@long' },
  async ({ server, slug, someone }) => {
    test.setTimeout(480_000);
    await actByKeysOnly(await aRoom(server, slug, someone), ACTS);
  },
);

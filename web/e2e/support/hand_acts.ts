import type { Guest } from './guest';
import type { ChairAct } from './hand';
import { cardOf, type Room } from './room';
import { expect, LAI_CHAU, LAO_CAI, SON_LA } from './story';

/** Gives somebody a role by hand, uncounted. */
async function appoint(room: Room, point: string, role: string): Promise<void> {
  await cardOf(room, point).click();
  await room.chair.at('participant-role').click();
  await room.chair.page.locator(`[data-testid=role-choice][data-role=${role}][data-branch=""]`).click();
}
const opensBoard = async ({ chair }: Room) => {
  await chair.page.keyboard.press('b');
  await expect(chair.at('board-bulk')).toBeVisible();
};
const closesBoard = async ({ chair }: Room) => {
  await chair.at('board-close').click();
};
const maySpeak =
  (allowed: boolean) =>
  async ({ lai, lao }: Room) => {
    for (const one of [lai, lao]) await expect(one.at('mic-toggle')).toHaveAttribute('data-allowed', String(allowed));
  };
const givesLobby = async ({ chair }: Room) => {
  await chair.at('lobby-give').click();
  await chair.at('lobby-give-to').first().click();
};
let invited: readonly Guest[] = [];

/** The picture, who is what, the lobby, and acts on many (R18). */
export const HAND_ACTS: readonly ChairAct<Room>[] = [
  {
    name: 'layout for all',
    clicks: 2,
    keys: ['l', '5'],
    byMouse: async (hand) => {
      await hand.click('layout-toggle');
      await hand.click('layout-conference');
    },
    byKeys: async (hand, { chair }) => {
      await hand.key('l');
      await expect(chair.at('layout-menu')).toBeVisible();
      await hand.key('5');
    },
    done: async ({ lai }) => {
      await expect(lai.at('stage')).toHaveAttribute('data-layout', 'conference');
    },
    after: async ({ chair, lai }) => {
      await chair.at('layout-toggle').click();
      await chair.at('layout-free').click();
      await expect(lai.at('stage')).toHaveAttribute('data-layout', 'grid');
    },
  },
  {
    name: 'bring to the stage',
    clicks: 2,
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAI_CHAU.point));
      await hand.click('participant-stage');
    },
    done: async (room) => {
      await expect(async () => {
        if (!(await room.chair.at('participant-card').isVisible())) await cardOf(room, LAI_CHAU.point).click();
        await expect(room.chair.at('participant-stage')).toHaveAttribute('aria-pressed', 'true', { timeout: 1_000 });
      }).toPass();
    },
    after: async ({ chair }) => {
      await chair.at('participant-stage').click();
    },
  },
  {
    name: 'stop a share',
    clicks: 2,
    ready: async (room) => {
      await cardOf(room, LAI_CHAU.point).click();
      await room.chair.at('participant-allow-share').click();
      // who presses before the right has come is told that there is none
      await expect(room.lai.at('share-toggle')).not.toHaveClass(/\bdim\b/);
      await room.lai.at('share-toggle').click();
      await expect(room.chair.at('screen-tile')).toBeVisible();
    },
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAI_CHAU.point));
      await hand.click('participant-stop-share');
    },
    done: async ({ chair }) => {
      await expect(chair.at('screen-tile')).toHaveCount(0);
    },
  },
  {
    name: 'correct a name',
    clicks: 3,
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAO_CAI.point));
      await hand.click('participant-rename');
      await hand.write('rename-name', 'Lê Thị Bình, Phó Giám đốc');
      await hand.click('rename-save');
    },
    done: async ({ chair }) => {
      await expect(chair.tile(LAO_CAI.point).getByTestId('tile-person')).toHaveText('Lê Thị Bình, Phó Giám đốc');
    },
  },
  {
    name: 'name a co-chair',
    clicks: 3,
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAI_CHAU.point));
      await hand.click('participant-role');
      await hand.click(room.chair.page.locator('[data-testid=role-choice][data-role=co_chair][data-branch=""]'));
    },
    done: async ({ lai }) => {
      await expect(lai.at('floor-next')).toBeVisible();
    },
    after: async (room) => {
      await appoint(room, LAI_CHAU.point, 'attendee');
      await expect(room.lai.at('floor-next')).toHaveCount(0);
    },
  },
  {
    name: 'name a secretary',
    clicks: 3,
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAI_CHAU.point));
      await hand.click('participant-role');
      await hand.click(room.chair.page.locator('[data-testid=role-choice][data-role=secretary]'));
    },
    done: async ({ chair }) => {
      await expect(chair.at('lobby-give')).toBeVisible();
    },
    after: async (room) => {
      await appoint(room, LAI_CHAU.point, 'attendee');
      await expect(room.chair.at('lobby-give')).toHaveCount(0);
    },
  },
  {
    name: 'offer the chair',
    clicks: 3,
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, LAI_CHAU.point));
      await hand.click('participant-role');
      await hand.click('hand-over');
    },
    done: async ({ lai }) => {
      await expect(lai.at('chair-offer')).toBeVisible();
    },
    after: async ({ chair, lai }) => {
      await chair.at('chair-offer-withdraw').click();
      await expect(lai.at('chair-offer')).toHaveCount(0);
    },
  },
  {
    name: 'give the lobby to the secretary',
    clicks: 2,
    ready: async (room) => {
      await appoint(room, LAI_CHAU.point, 'secretary');
      await expect(room.chair.at('lobby-give')).toBeVisible();
    },
    byMouse: async (hand) => {
      await hand.click('lobby-give');
      await hand.click('lobby-give-to');
    },
    done: async ({ chair, lai }) => {
      await expect(chair.at('lobby-kept')).toContainText(LAI_CHAU.point);
      await expect(lai.at('lobby')).toBeVisible();
    },
    after: async ({ chair }) => {
      await chair.at('lobby-take-back').click();
      await expect(chair.at('lobby-kept')).toHaveCount(0);
    },
  },
  {
    name: 'take the lobby back',
    clicks: 1,
    ready: givesLobby,
    byMouse: (hand) => hand.click('lobby-take-back'),
    done: async ({ lai }) => {
      await expect(lai.at('lobby')).toHaveCount(0);
    },
    after: (room) => appoint(room, LAI_CHAU.point, 'attendee'),
  },
  {
    name: 'admit all invited',
    clicks: 1,
    keys: ['Shift+A'],
    ready: async ({ chair, invite }) => {
      invited = await invite(2);
      await expect(chair.at('lobby-row')).toHaveCount(2);
    },
    byMouse: (hand) => hand.click('lobby-admit-invited'),
    done: async ({ chair }) => {
      await expect(chair.at('lobby-row')).toHaveCount(0);
      for (const one of invited) await one.isIn();
    },
    after: async () => {
      for (const one of invited) await one.at('leave').click();
    },
  },
  {
    name: 'allow everybody shown on the board to speak',
    clicks: 2,
    ready: opensBoard,
    byMouse: async (hand) => {
      await hand.click('board-bulk');
      await hand.click('bulk-allow');
    },
    done: maySpeak(true),
    after: closesBoard,
  },
  {
    name: 'mute everybody shown on the board',
    clicks: 2,
    ready: async (room) => {
      await room.lai.at('mic-toggle').click();
      await expect(room.chair.tile(LAI_CHAU.point)).toHaveAttribute('data-microphone', 'on');
      await opensBoard(room);
    },
    byMouse: async (hand) => {
      await hand.click('board-bulk');
      await hand.click('bulk-mute');
    },
    done: async ({ chair }) => {
      await expect(chair.tile(LAI_CHAU.point)).toHaveAttribute('data-microphone', 'off');
    },
    after: closesBoard,
  },
  {
    name: 'take the right back from everybody shown on the board',
    clicks: 2,
    ready: async (room) => {
      await room.chair.at('allow-all').click();
      await maySpeak(true)(room);
      await opensBoard(room);
    },
    byMouse: async (hand) => {
      await hand.click('board-bulk');
      await hand.click('bulk-take-back');
    },
    done: maySpeak(false),
    after: closesBoard,
  },
  {
    name: 'remove and ban',
    clicks: 3,
    ready: async ({ chair, knock }) => {
      await knock();
      await chair.at('lobby-admit').click();
      await expect(chair.tile(SON_LA.point)).toBeVisible();
    },
    byMouse: async (hand, room) => {
      await hand.click(cardOf(room, SON_LA.point));
      await hand.click('participant-remove');
      await hand.click('remove-ban');
    },
    done: async ({ chair }) => {
      await expect(chair.tile(SON_LA.point)).toHaveCount(0);
    },
  },
];

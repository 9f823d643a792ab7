import { Company } from './support/company';
import { Facts } from './support/facts';
import { gateRate, heardUnasked, keepVoices, keptVoices } from './support/gate_truth';
import {
  ASK_AT_ONCE,
  BRANCH,
  BY_LINK,
  CO_CHAIR,
  DISTURBER,
  EVERYBODY,
  FIRST_KNOCK,
  type House,
  IN_ORDER,
  LOSER,
  PASSWORD,
  SECOND_KNOCK,
  SECRETARY,
  STRANGER,
  TALKER,
  TURN_S,
} from './support/great_house';
import { everythingIsRecorded } from './support/great_record';
import type { Guest } from './support/guest';
import { voicePackets } from './support/seen';
import { CHAIR, expect, LAI_CHAU, LAO_CAI, test } from './support/story';

test(
  'a whole meeting: doors, lobby, floor, a lost line, a disturber, a chair who is gone and back, one picture, the end',
  { tag: '@long' },
  async ({ server, slug, someone, allow }) => {
    test.setTimeout(840_000);
    allow(/WebSocket/);
    const start = new Date(Date.now() + 100_000);
    await server.room(slug, {
      entry: 'lobby',
      name: 'Giao ban quý IV',
      kind: 'conference',
      password: PASSWORD,
      turnSeconds: TURN_S,
      doorsBeforeSeconds: 60,
    });
    const [chair = '', secretary = '', speaker = ''] = await server.meeting(
      slug,
      [
        { point: CHAIR.bridgePoint, name: CHAIR.name, role: 'chair' },
        { point: SECRETARY.point, name: SECRETARY.name, role: 'secretary' },
        { point: LAI_CHAU.point, name: LAI_CHAU.name, branch: BRANCH },
      ],
      start,
    );
    const company = Company.of(server, slug, PASSWORD);
    const house: House = {
      server,
      slug,
      someone,
      links: { chair, secretary, speaker },
      company,
      chair: await someone(),
      secretary: await someone(),
      speaker: await someone(),
      listener: await someone('firefox'),
      chairHeard: [],
    };
    try {
      await test.step('the doors open in time', () => doorsOpen(house));
      await test.step('who is invited comes in, who is not waits in the lobby', () => peopleCome(house));
      await test.step('the chair opens the meeting', () => theChairOpens(house));
      await test.step('the floor passes ten times', () => theFloorPasses(house));
      await test.step('a co-chair of one branch reaches no further', () => aCoChairOverreaches(house));
      await test.step('a disturber is muted, removed, banned, and finds no way back', () => aDisturberComes(house));
      await test.step('the browser of the chair is gone, and comes back to the seat', () => theChairIsGone(house));
      await test.step('one picture in every room', () => onePicture(house));
      const looks = [await keptVoices(house.secretary.page), await keptVoices(house.listener.page)];
      await test.step('the chair ends it for all', () => theChairEnds(house));
      const facts = await Facts.of(server, slug);
      await test.step('every fact stands in the log', () => everythingIsRecorded(house, facts));
      for (const each of looks) {
        expect(each.length, 'somebody listened all along').toBeGreaterThan(200);
        expect(heardUnasked(each, [...facts.speaking(), ...house.chairHeard])).toEqual([]);
      }
    } finally {
      await company.end();
    }
  },
);

async function doorsOpen({ chair, speaker, slug, links }: House): Promise<void> {
  await chair.joinBy(slug, links.chair);
  await chair.at('mic-toggle').click(); // the chair's own voice would be heard
  await expect(chair.at('mic-toggle')).toHaveAttribute('aria-pressed', 'false');
  await chair.onlyListens();
  await speaker.open(slug, links.speaker);
  await expect(speaker.at('not-open')).toBeVisible();
  await expect(speaker.at('join-enter')).toBeEnabled({ timeout: 90_000 });
  await expect(speaker.at('not-open')).toHaveCount(0);
  await speaker.enter();
  await speaker.isIn();
}

async function peopleCome({ chair, secretary, listener, slug, links, company }: House): Promise<void> {
  await secretary.joinBy(slug, links.secretary);
  await listener.open(slug);
  await listener.fill({ ...LAO_CAI, password: PASSWORD });
  await listener.enter();
  await expect(listener.at('lobby-waiting')).toBeVisible();
  await chair.at('lobby-row').filter({ hasText: LAO_CAI.point }).getByTestId('lobby-admit').click();
  await listener.isIn();
  for (const each of [secretary, listener]) {
    await each.onlyListens();
    await keepVoices(each.page);
  }

  expect(await company.come(BY_LINK)).toEqual({ standing: { in: BY_LINK }, whys: {} });
  const knocks = [
    company.play(FIRST_KNOCK, 'knock'),
    company.play(SECOND_KNOCK, 'knock'),
    company.play(STRANGER, 'knock_strange'),
  ];
  const [honest, strange] = [
    chair.at('lobby-row').filter({ hasNot: chair.at('lobby-resembles') }),
    chair.at('lobby-row').filter({ has: chair.at('lobby-resembles') }),
  ];
  await expect(chair.at('lobby-row')).toHaveCount(3, { timeout: 90_000 }); // passwords are hashed with patience
  await expect(strange).toHaveCount(1);
  for (const left of [1, 0]) {
    await honest.first().getByTestId('lobby-admit').click();
    await expect(honest).toHaveCount(left);
  }
  await strange.getByTestId('lobby-refuse').click();
  expect(await Promise.all(knocks)).toEqual([
    { end: 'handled', why: 'admitted' },
    { end: 'handled', why: 'admitted' },
    { end: 'handled', why: 'lobby.refused' },
  ]);
}

async function theChairOpens({ chair }: House): Promise<void> {
  await chair.at('meeting-open').click();
  await expect(chair.at('meeting-open')).toHaveCount(0);
}

/** The next of the queue gets the floor, when nobody has it. */
async function next(chair: Guest, waiting: number): Promise<void> {
  await expect(chair.at('floor-request')).toHaveCount(waiting, { timeout: 20_000 });
  await expect(chair.at('floor-holder')).toHaveCount(0, { timeout: 20_000 });
  // the button may name somebody else since a moment ago: a press right after it was meant for the one before
  await chair.page.waitForTimeout(800);
  await chair.at('floor-next').click();
  await expect(chair.at('floor-holder')).toHaveCount(1);
}

const speaking = (chair: Guest) =>
  expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'speaking', { timeout: 20_000 });

async function theFloorPasses(house: House): Promise<void> {
  const { chair, speaker, listener, company } = house;
  await speaker.page.keyboard.press('h');
  await next(chair, 1);
  await speaker.at('floor-take').click();
  await listener.hearsSomebody();
  await speaker.at('floor-end-own').click({ delay: 1_200 });

  const atOnce = ASK_AT_ONCE.map((point) => company.play(point, 'ask_floor'));
  for (const waiting of [3, 2, 1]) await next(chair, waiting);
  expect(await Promise.all(atOnce)).toEqual(ASK_AT_ONCE.map(() => ({ end: 'handled', why: 'spoke' })));

  // nobody presses anything: the time ends the turn
  const talks = company.play(TALKER, 'ask_floor', 4 * TURN_S);
  await next(chair, 1);
  expect(await talks).toEqual({ end: 'handled', why: 'spoke; the turn was ended' });

  // the line breaks in mid-speech: the clock stands, and goes on with what was left
  const loses = company.play(LOSER, 'lose_line_speaking', 6);
  await next(chair, 1);
  await expect(chair.at('floor-holder')).toHaveAttribute('data-state', 'held', { timeout: 30_000 });
  await speaking(chair);
  expect(await loses).toEqual({ end: 'handled', why: 'spoke on after the line came back' });

  await inAnotherOrder(house);

  // one who did not ask is invited; nothing opens before their own press
  await chair.menuOf(LAO_CAI.point);
  await chair.at('participant-invite').click();
  await expect(listener.at('floor-given')).toHaveAttribute('data-invited', 'true');
  await speaker.hearsNobody();
  await listener.at('floor-take').click();
  await speaker.hearsSomebody();
  await listener.at('floor-end-own').click({ delay: 1_200 });
  await chair.at('tab-chair').click();
  await expect(chair.at('floor-holder')).toHaveCount(0);
}

/** Three ask one after the other, and the chair takes the last one first. */
async function inAnotherOrder({ chair, company }: House): Promise<void> {
  const asked = [];
  for (const [at, point] of IN_ORDER.entries()) {
    asked.push(company.play(point, 'ask_floor', 2));
    await expect(chair.at('floor-request')).toHaveCount(at + 1);
  }
  const row = chair.at('floor-request').last();
  const last = (await row.getAttribute('data-point')) ?? '';
  await row.getByTestId('floor-row-more').click();
  const moved = chair.page.locator(`[data-testid=floor-request][data-point="${last}"]`);
  for (const place of ['2', '1']) {
    await moved.getByTestId('floor-up').click();
    await expect(moved).toHaveAttribute('data-place', place);
  }
  await next(chair, 3);
  await expect(chair.at('floor-holder')).toHaveAttribute('data-point', last);
  for (const waiting of [2, 1]) await next(chair, waiting);
  await Promise.all(asked);
}

async function aCoChairOverreaches({ chair, company }: House): Promise<void> {
  await chair.opensPanel();
  await chair.at('tab-people').click();
  const id = async (point: string) => (await chair.row(point).getAttribute('data-participant')) ?? '';
  const [other, own] = [await id(LAO_CAI.point), await id(LAI_CHAU.point)];
  await chair.menuOf(await company.pointOf(CO_CHAIR));
  await chair.at('participant-role').click();
  await chair.page.locator(`[data-testid=role-choice][data-role=co_chair][data-branch="${BRANCH}"]`).click();
  await expect(chair.at('role-dialog')).toHaveCount(0);
  const tried = [
    [{ type: 'mute', participants: [other] }, 'branch.outside'],
    [{ type: 'grant_floor', participant: other }, 'branch.outside'],
    [{ type: 'remove', participant: other }, 'branch.outside'],
    [{ type: 'set_layout', layout: 'speaker' }, 'branch.outside'],
    [{ type: 'set_role', participant: other, role: 'co_chair', branch: BRANCH }, 'not_allowed'],
    [{ type: 'lock', locked: true }, 'not_allowed'],
    [{ type: 'end_meeting' }, 'not_allowed'],
  ] as const;
  for (const [command, code] of tried) expect.soft(await company.act(CO_CHAIR, command), command.type).toBe(code);
  for (const type of ['allow', 'take_back'])
    expect(await company.act(CO_CHAIR, { type, participants: [own] }), `${type} in the own branch`).toBeNull();
  await chair.at('tab-chair').click();
}

/** For some seconds somebody sends a voice without the right to: the engine drops it, and no page gets a packet. */
async function isKeptSilent({ server, secretary, listener, speaker }: House, usual: number): Promise<void> {
  const pages = [secretary.page, listener.page, speaker.page];
  await secretary.page.waitForTimeout(1_000); // what was forwarded before is counted
  const before = await Promise.all(pages.map((page) => voicePackets(page)));
  expect(await gateRate(server), 'it goes on sending').toBeGreaterThan(usual + 30);
  expect(await Promise.all(pages.map((page) => voicePackets(page)))).toEqual(before);
}

async function aDisturberComes(house: House): Promise<void> {
  const { chair, company, secretary } = house;
  const disturber = await company.pointOf(DISTURBER);
  const usual = await gateRate(house.server);
  expect(await company.disturb(DISTURBER, 'link')).toBe('in');
  await expect(secretary.at('present-count')).toContainText(String(EVERYBODY));
  expect(await company.opens(), 'the own switch opens nothing without the right').toBe('not_allowed');
  await isKeptSilent(house, usual);
  await chair.allows(disturber);
  await expect(chair.row(disturber)).toHaveAttribute('data-may-speak', 'true');
  expect(await company.opens()).toBeNull();
  await secretary.hearsSomebody();
  await chair.menuOf(disturber);
  await chair.at('participant-mute').click();
  await expect(chair.row(disturber)).toHaveAttribute('data-may-speak', 'false');
  await isKeptSilent(house, usual);

  const remove = async (ban: boolean) => {
    await chair.menuOf(disturber);
    await chair.at('participant-remove').click();
    await chair.at(ban ? 'remove-ban' : 'remove-confirm').click();
    await expect(chair.row(disturber)).toHaveCount(0);
    await expect.poll(() => company.disturber()).toEqual({ inside: false, why: ban ? 'banned' : 'removed' });
    await chair.at('tab-chair').click();
  };
  await remove(false);
  expect(await company.disturb(DISTURBER, 'resume')).toBe('removed');
  expect(await company.disturb(DISTURBER, 'link'), 'the chair is asked again').toBe('waiting');
  await chair.at('lobby-admit').click();
  await expect.poll(async () => (await company.disturber()).inside).toBe(true);
  await isKeptSilent(house, usual);

  await remove(true);
  expect(await company.disturb(DISTURBER, 'resume')).toBe('banned');
  expect(await company.disturb(DISTURBER, 'link'), 'a new link of the same person').toBe('banned');
  expect(await company.disturb(DISTURBER, 'other name')).toBe('password.missing');
  expect(await company.disturb(DISTURBER, 'password'), 'the password leads to the lobby, no further').toBe('waiting');
  await chair.at('lobby-refuse').click();
  await expect.poll(() => company.disturber(), { timeout: 20_000 }).toEqual({ inside: false, why: 'lobby.refused' });
}

async function theChairIsGone(house: House): Promise<void> {
  const { secretary, slug, links } = house;
  const tile = secretary.tile(CHAIR.bridgePoint);
  const seat = await tile.getAttribute('data-participant');
  await house.chair.page.close();
  await expect(tile.getByTestId('tile-reconnecting')).toBeVisible({ timeout: 20_000 });
  const again = await house.someone();
  const from = Date.now();
  await again.joinBy(slug, links.chair);
  await expect(again.at('meeting-end')).toBeVisible();
  await again.at('mic-toggle').click();
  await expect(again.at('mic-toggle')).toHaveAttribute('aria-pressed', 'false');
  house.chairHeard.push([from, Date.now()]);
  await again.onlyListens();
  await expect(tile.getByTestId('tile-reconnecting')).toHaveCount(0);
  await expect(tile).toHaveAttribute('data-participant', seat ?? '');
  house.chair = again;
}

async function onePicture({ chair, secretary, speaker, listener }: House): Promise<void> {
  for (const layout of ['conference', 'two_columns', 'speaker']) {
    await chair.at('layout-toggle').click();
    await chair.at(`layout-${layout}`).click();
    for (const each of [chair, secretary, speaker, listener])
      await expect(each.at('stage')).toHaveAttribute('data-layout', layout);
  }
  await chair.at('layout-toggle').click();
  await chair.at('layout-free').click();
}

async function theChairEnds({ chair, secretary, speaker, listener, company }: House): Promise<void> {
  const { connected, skipped, sent } = await company.count();
  expect(connected, 'all of them sent until the end').toBeGreaterThanOrEqual(BY_LINK + 2);
  console.log(`the company sent ${sent} packets and left out ${skipped} for lack of time`);
  await chair.at('meeting-end').click();
  await chair.at('meeting-end-confirm').click();
  for (const each of [chair, secretary, speaker, listener])
    await expect(each.at('meeting-ended')).toBeVisible({ timeout: 20_000 });
  await expect.poll(async () => (await company.stand()).standing, { timeout: 20_000 }).toEqual({ out: BY_LINK + 3 });
}

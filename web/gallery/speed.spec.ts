import { type CDPSession, expect, type Page, test } from '@playwright/test';

/** What an event costs (issue: 60 in the board, 25 tiles, a processor four times slower): script time until it is drawn. */
const SLOWER = 4;
const RUNS = 5;
const MEDIAN_MS = 4;
/** Machines differ: in every run it may take so many times that, or the page became worse; `make gallery` holds it to the goal. */
const ALLOWED_MS = process.env.GALLERY ? MEDIAN_MS : 5 * MEDIAN_MS;
/** Where others use the machine too, their work is measured with ours: the quietest of three goes is taken. */
const GOES = 3;

declare const tell: (change: unknown) => number;
declare const seq: () => number;

test.use({ viewport: { width: 2560, height: 1440 }, contextOptions: { reducedMotion: 'reduce' } });

test.beforeEach(async ({ page }) => {
  await page.goto('/?state=driven-sixty');
  await page.locator('html[data-drawn]').waitFor({ state: 'attached' });
});

test('an event is drawn within 4 ms with 60 in the board and 25 tiles, on a processor four times slower', async ({
  page,
}, info) => {
  await expect(page.getByTestId('tile')).toHaveCount(25);
  await page.keyboard.press('b');
  await expect(page.getByTestId('board-cell')).toHaveCount(60);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await prepare(page);
  let best = Infinity;
  for (let go = 0; go < GOES && best > ALLOWED_MS; go += 1) {
    const medians: number[] = [];
    for (let run = 0; run < RUNS; run += 1) medians.push(median(await costs(devtools)));
    const told = `${medians.map((ms) => ms.toFixed(2)).join(', ')} ms`;
    info.annotations.push({ type: 'script time per event, medians of five runs', description: told });
    console.info(`script time per event at ${SLOWER} times slower: ${told}`);
    best = Math.min(best, median(medians));
  }
  expect(best).toBeLessThanOrEqual(ALLOWED_MS);
});

test('a video that stays in the picture is never made anew when the layout changes', async ({ page }) => {
  await expect(page.getByTestId('tile')).toHaveCount(25);
  for (const layout of ['speaker', 'conference', 'two_columns', 'grid']) {
    const again = await page.evaluate((layout) => {
      const shown = () =>
        new Map(
          [...document.querySelectorAll('[data-testid="tile"]')].flatMap((tile) => {
            const video = tile.querySelector('video');
            return video ? [[(tile as HTMLElement).dataset.participant ?? '', video] as const] : [];
          }),
        );
      const before = shown();
      tell({ type: 'events', seq: seq() + 1, events: [{ type: 'layout_set', at: 0, layout, by: null }] });
      const after = shown();
      const stayed = [...before].filter(([who]) => after.has(who));
      return { stayed: stayed.length, made: stayed.filter(([who, video]) => after.get(who) !== video).length };
    }, layout);
    expect(again.stayed, `shown before and in ${layout}`).toBeGreaterThan(0);
    expect(again.made, `made anew for ${layout}`).toBe(0);
  }
});

/**
 * Sixty events of the kinds that a meeting has most of, one after the other, each in a turn of its own. The time is the
 * processor's own for the page's scripts: what others do on the machine meanwhile is not in it. They are asked for in the
 * shortest way there is, for what reads the question is script of the page too.
 */
async function costs(devtools: CDPSession): Promise<number[]> {
  const took: number[] = [];
  for (let nth = 0; nth < 60; nth += 1) {
    const before = await scriptMs(devtools);
    await devtools.send('Runtime.evaluate', { expression: `inTurn(${nth})`, awaitPromise: true });
    took.push((await scriptMs(devtools)) - before);
  }
  return took;
}

async function scriptMs(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? NaN) * 1000;
}

/** Teaches the page to let something happen. */
async function prepare(page: Page): Promise<void> {
  await page.evaluate(() => {
    const who = (nth: number) => `p${(nth * 7) % 60}`;
    const events = (...told: unknown[]) => ({ type: 'events', seq: seq() + 1, events: told });
    const kinds: ((nth: number) => unknown)[] = [
      (nth) => ({
        type: 'levels',
        levels: [
          { participant: who(nth), level: 90 },
          { participant: who(nth + 1), level: 20 },
        ],
        dominant: who(nth),
      }),
      (nth) => ({
        type: 'switches',
        switches: [{ participant: who(nth), microphone: nth % 2 === 0, camera: true, screen: false }],
      }),
      (nth) =>
        events({
          type: 'rights_changed',
          at: 0,
          participants: [who(nth)],
          by: null,
          may_speak: nth % 2 === 0,
          may_show: null,
          may_share: null,
        }),
      (nth) => ({ type: 'lines', lines: [{ participant: who(nth), sign: nth % 2 ? 'bad' : 'good' }] }),
      (nth) => events({ type: 'participant_lost', at: 0, participant: who(nth), until: 60_000 }),
      (nth) => events({ type: 'participant_back', at: 0, participant: who(nth - 1) }),
    ];
    const happens = (nth: number) => void tell(kinds[nth % kinds.length]?.(nth));
    const inTurn = (nth: number) =>
      new Promise<void>((drawn) => {
        setTimeout(() => {
          happens(nth);
          drawn();
        });
      });
    Object.assign(globalThis, { inTurn });
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Infinity;
}

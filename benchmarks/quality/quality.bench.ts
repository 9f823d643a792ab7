/**
 * What lines carry, in real time (docs/quality.md): `make quality-real`, ONLY=Q2,Q7 for some, ROUNDS=3 for each so many
 * times, one round of all after the other. What is seen is kept in .stamps/quality-real;
 * `python -m benchmarks.quality publish` judges it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, CHROMIUM, launch } from '../../web/e2e/support/browsers';
import type { Guest } from '../../web/e2e/support/guest';
import { test } from '../../web/e2e/support/story';
import { until } from './clock';
import { believed, call } from './direct';
import { askEstimates, hearReasons, sender, viewer } from './hoptt';
import { type Change, Line } from './line';
import { looksOf } from './looking';
import { watchMachine } from './machine';
import { PYTHON, ROOT, SEEN } from './paths';
import { type Act, directPlay, play } from './plays';
import { sent } from './publishing';

interface Scenario {
  readonly id: string;
  readonly name: string;
  /** What goes on beside the line's own changes. */
  readonly play: string;
  readonly layers_bps: readonly number[];
  /** Whether two browsers without a server can be compared with. */
  readonly direct: boolean;
  /** So often a page looks at its statistics. */
  readonly looks_ms: number;
  readonly seconds: number;
  readonly changes: readonly Change[];
  readonly full_height: number;
}

const ASKED = ['-m', 'benchmarks.quality', 'scenarios', '--only', process.env.ONLY ?? ''];
const SCENARIOS = JSON.parse(execFileSync(PYTHON, ASKED, { cwd: ROOT, encoding: 'utf8' })) as Scenario[];
const ROUNDS = Number(process.env.ROUNDS ?? '') || 1;
const RUNS = Array.from({ length: ROUNDS }, (_, past) => SCENARIOS.map((scenario) => ({ scenario, round: past + 1 })));
const STARTS_MS = 60_000;
const RESTS_MS = 500;

let folder = '';

test.beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hoptt-quality-'));
  execFileSync(PYTHON, ['-m', 'benchmarks.quality', 'film', folder], { cwd: ROOT });
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const { scenario, round } of RUNS.flat()) {
  const name = `${scenario.name}, round ${round}`;
  test(`${name}: hoptt`, async ({ server, slug }) => {
    test.setTimeout(scenario.seconds * 1_000 + STARTS_MS);
    const { line, near, far, close } = await onLine(server.port);
    const chair = await sender(server, slug, near, scenario);
    const guest = await viewer(server, slug, far, scenario);
    const played = await play(scenario.play, { server, slug, line, near, far, chair, viewer: guest });
    const reasons = hearReasons(guest.page);
    const estimates = askEstimates(server, slug);
    const passed = await passes(
      scenario,
      line,
      { approach: () => nears(guest), press: () => guest.enter() },
      played.acts,
    );
    const looks = await looksOf(guest.page);
    const seen = { played: (await played.seen?.()) ?? {}, sending: await sent(chair.page) };
    played.close?.();
    keep(scenario, round, 'hoptt', { ...passed, looks, ...seen, estimates: estimates(), reasons, line: await close() });
  });

  if (scenario.direct)
    test(`${name}: Chromium to Chromium`, async ({ server }) => {
      test.setTimeout(scenario.seconds * 1_000 + STARTS_MS);
      const { line, near, far, close } = await onLine(server.port);
      const most = Math.max(...scenario.layers_bps);
      const pages = await call(near, far, most, scenario.looks_ms);
      const played = await directPlay(scenario.play, line, near, far, most);
      const passed = await passes(scenario, line, { press: pages.connect }, played.acts);
      const looks = await looksOf(pages.far);
      const estimates = believed(await looksOf(pages.near));
      played.close?.();
      keep(scenario, round, 'direct', { ...passed, looks, played: {}, estimates, reasons: [], line: await close() });
    });
}

/** A pointer rests on a button before it presses; by then the page has its connection. */
async function nears(guest: Guest): Promise<void> {
  await guest.at('join-enter').hover();
  await guest.page.waitForTimeout(RESTS_MS);
}

interface Join {
  readonly approach?: () => Promise<void>;
  readonly press: () => Promise<void>;
}

interface OnLine {
  readonly line: Line;
  /** Where the server is. */
  readonly near: Browser;
  readonly far: Browser;
  /** Ends it all, and gives what the line saw. */
  readonly close: () => Promise<unknown[]>;
}

async function onLine(port: number): Promise<OnLine> {
  const line = await Line.open(port, folder);
  const near = await launch('chromium', {
    args: [
      `--use-file-for-fake-video-capture=${folder}/camera.y4m`,
      `--use-file-for-fake-audio-capture=${folder}/voice.wav`,
      ADDRESSES,
    ],
  });
  const far = await launch('chromium', {
    args: [line.rule(port), ADDRESSES],
    program: await line.farProgram(CHROMIUM),
  });
  const close = async () => {
    await near.close();
    await far.close();
    return line.close();
  };
  return { line, near, far, close };
}

/** Nobody across the line could look up a name of mDNS. */
const ADDRESSES = '--disable-features=WebRtcHideLocalIpsWithMdns';

/** Joins, and lets the line change and others act until the scenario's time is over. */
async function passes(
  { changes, seconds }: Scenario,
  line: Line,
  { approach, press }: Join,
  others: readonly Act[],
): Promise<object> {
  const [first, ...later] = changes;
  if (first !== undefined) await line.become(first);
  const acts = [...later.map((change) => ({ at_s: change.at_s, run: () => line.become(change) })), ...others];
  await approach?.();
  const machine = await watchMachine();
  const joined = Date.now();
  await press();
  for (const { at_s, run } of acts.sort((one, other) => one.at_s - other.at_s)) {
    await until(joined + at_s * 1_000);
    await run();
  }
  await until(joined + seconds * 1_000);
  return { joined_ms: joined, changed: line.changed, machine: await machine() };
}

function keep({ id, seconds, full_height }: Scenario, round: number, by: string, seen: object): void {
  mkdirSync(SEEN, { recursive: true });
  const file = (number: number) => path.join(SEEN, `${id}.${by}.${number}.json`);
  if (round === 1) for (let old = 1; existsSync(file(old)); old++) rmSync(file(old));
  writeFileSync(file(round), JSON.stringify({ id, by, round, seconds, full_height, ...seen }));
}

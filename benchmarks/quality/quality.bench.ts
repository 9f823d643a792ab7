/**
 * What lines carry, in real time (docs/quality.md): `make quality-real`, ONLY=Q2,Q7 for some. What is seen is kept in
 * .stamps/quality-real; `python -m benchmarks.quality publish` judges it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, CHROMIUM, launch } from '../../web/e2e/support/browsers';
import { test } from '../../web/e2e/support/story';
import { believed, call } from './direct';
import { askEstimates, hearReasons, sender, viewer } from './hoptt';
import { type Change, Line } from './line';
import { looksOf } from './looking';
import { watchMachine } from './machine';
import { PYTHON, ROOT, SEEN } from './paths';

interface Scenario {
  readonly id: string;
  readonly name: string;
  readonly seconds: number;
  readonly changes: readonly Change[];
  readonly full_height: number;
}

const ASKED = ['-m', 'benchmarks.quality', 'scenarios', '--only', process.env.ONLY ?? ''];
const SCENARIOS = JSON.parse(execFileSync(PYTHON, ASKED, { cwd: ROOT, encoding: 'utf8' })) as Scenario[];
const STARTS_MS = 60_000;

let folder = '';

test.beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hoptt-quality-'));
  execFileSync(PYTHON, ['-m', 'benchmarks.quality', 'film', folder], { cwd: ROOT });
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const scenario of SCENARIOS) {
  test(`${scenario.name}: hoptt`, async ({ server, slug }) => {
    test.setTimeout(scenario.seconds * 1_000 + STARTS_MS);
    const { line, near, far, close } = await onLine(server.port);
    await sender(server, slug, near);
    const guest = await viewer(server, slug, far);
    const reasons = hearReasons(guest.page);
    const estimates = askEstimates(server, slug);
    const passed = await passes(scenario, line, () => guest.enter());
    const looks = await looksOf(guest.page);
    keep(scenario, 'hoptt', { ...passed, looks, estimates: estimates(), reasons, line: await close() });
  });

  test(`${scenario.name}: Chromium to Chromium`, async ({ server }) => {
    test.setTimeout(scenario.seconds * 1_000 + STARTS_MS);
    const { line, near, far, close } = await onLine(server.port);
    const pages = await call(near, far);
    const passed = await passes(scenario, line, pages.connect);
    const looks = await looksOf(pages.far);
    const estimates = believed(await looksOf(pages.near));
    keep(scenario, 'direct', { ...passed, looks, estimates, reasons: [], line: await close() });
  });
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

/** Joins, and lets the line change until the scenario's time is over. */
async function passes({ changes, seconds }: Scenario, line: Line, join: () => Promise<void>): Promise<object> {
  const [first, ...later] = changes;
  if (first !== undefined) await line.become(first);
  const machine = await watchMachine();
  const joined = Date.now();
  await join();
  for (const change of later) {
    await until(joined + change.at_s * 1_000);
    await line.become(change);
  }
  await until(joined + seconds * 1_000);
  return { joined_ms: joined, changed: line.changed, machine: await machine() };
}

async function until(at_ms: number): Promise<void> {
  await new Promise((settle) => setTimeout(settle, Math.max(at_ms - Date.now(), 0)));
}

function keep({ id, seconds, full_height }: Scenario, by: string, seen: object): void {
  mkdirSync(SEEN, { recursive: true });
  writeFileSync(path.join(SEEN, `${id}.${by}.json`), JSON.stringify({ id, by, seconds, full_height, ...seen }));
}

/**
 * How long coming in takes (R2): click to the first picture of somebody else, part by part, over loopback. Run by
 * `make bench-join`; JOINS=60 is the measure that the README speaks of. Every round is kept in benchmarks/results/join.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { cpuMs, type Join, joinOnce, markJoins, spansOf, summary } from '../../web/e2e/support/joins';
import { CHAIR, expect, LAI_CHAU, test } from '../../web/e2e/support/story';

const JOINS = Number(process.env.JOINS ?? 60);
const GOAL_MS = 600;
const RESULTS = fileURLToPath(new URL('../results', import.meta.url));

test(`${JOINS} joins`, async ({ server, slug, someone }) => {
  test.setTimeout(JOINS * 20_000);
  await server.room(slug, { entry: 'open', mutedUntilAllowed: false });
  const chair = await someone();
  await chair.joinBy(slug, await server.token(slug, CHAIR));
  const guest = await someone();
  await markJoins(guest.page.context());
  // the first one warms caches and compilers: it is reported, and not counted
  const first = await joinOnce(guest, slug, LAI_CHAU);

  const control = server.pid;
  const engine = Number((await server.enginePids())[0]);
  const before = { control: await cpuMs(control), engine: await cpuMs(engine), at: Date.now() };
  const joins: Join[] = [];
  for (let turn = 0; turn < JOINS; turn += 1) joins.push(await joinOnce(guest, slug, LAI_CHAU));
  const cpu = {
    control_ms_per_join: ((await cpuMs(control)) - before.control) / JOINS,
    engine_ms_per_join_with_media: ((await cpuMs(engine)) - before.engine) / JOINS,
    seconds: (Date.now() - before.at) / 1000,
  };

  const spans = Object.fromEntries(
    Object.keys(spansOf(first)).map((span) => [span, summary(joins.map((join) => spansOf(join)[span] ?? NaN))]),
  );
  const whole = summary(joins.map(({ frame }) => frame));
  const machine = { cpu: cpus()[0]?.model ?? '', cores: cpus().length, kernel: release() };
  mkdirSync(RESULTS, { recursive: true });
  const result = {
    what: 'join',
    joins: JOINS,
    machine,
    first,
    click_to_first_frame_ms: whole,
    spans_ms: spans,
    cpu,
    rounds: joins,
  };
  writeFileSync(`${RESULTS}/join.json`, `${JSON.stringify(result, null, 1)}\n`);
  console.log(table(whole, spans, cpu, machine));
  expect(whole.p50, 'p50 of click to first frame, ms').toBeLessThanOrEqual(GOAL_MS);
});

type Row = ReturnType<typeof summary>;

function table(
  whole: Row,
  spans: Readonly<Record<string, Row>>,
  cpu: Readonly<Record<string, number>>,
  machine: object,
): string {
  const row = (name: string, { p50, p95, max }: Row) =>
    `  ${name.padEnd(22)}${[p50, p95, max].map((ms) => ms.toFixed(0).padStart(8)).join('')}`;
  return [
    `\n  ms${' '.repeat(20)}${['p50', 'p95', 'max'].map((head) => head.padStart(8)).join('')}`,
    row('click → first frame', whole),
    ...Object.entries(spans).map(([name, each]) => row(`  ${name}`, each)),
    `  ${Object.entries(cpu)
      .map(([name, value]) => `${name} ${value.toFixed(1)}`)
      .join(' · ')}`,
    `  ${Object.values(machine).join(' · ')}`,
  ].join('\n');
}

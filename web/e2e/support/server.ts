import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BIN = fileURLToPath(new URL('../../../.venv/bin', import.meta.url));
const HOPTT = path.join(BIN, 'hoptt');
export const PYTHON = path.join(BIN, 'python');
const TOKENS = fileURLToPath(new URL('tokens.py', import.meta.url));
/** The address of the namespace's card (scripts/netns): Firefox finds nothing on loopback. */
export const CARD = '10.99.0.1';

/** A machine that compiles beside the tests starts everything slowly. */
const STARTS_WITHIN_MS = 60_000;

export interface RoomWish {
  readonly name?: string;
  readonly entry: 'open' | 'password' | 'lobby' | 'invited';
  readonly password?: string;
  readonly mutedUntilAllowed?: boolean;
  readonly capacity?: number;
  readonly kind?: 'discussion' | 'training' | 'conference';
  /** Time of a turn to speak. */
  readonly turnSeconds?: number;
  /** Doors open so long before the start of a scheduled meeting. */
  readonly doorsBeforeSeconds?: number;
}

export interface TokenWish {
  readonly role: 'chair' | 'co-chair' | 'secretary' | 'technician' | 'attendee' | 'observer';
  readonly name: string;
  readonly bridgePoint: string;
  readonly unit?: string;
}

interface InvitedWish {
  readonly point: string;
  readonly name: string;
  readonly role?: 'chair' | 'co_chair' | 'secretary' | 'attendee';
  readonly branch?: string;
}

/** Who did what, as the list of a meeting's acts has it. */
export interface Act {
  readonly act: string;
  readonly actor: { readonly id: string };
  readonly targets: readonly { readonly id: string }[];
}

export interface AdminWish {
  readonly unit: string;
  readonly unitName: string;
  readonly login: string;
  readonly name: string;
  readonly password: string;
}

function shards(perShard: number): string {
  return `, shards: ${perShard > 0 ? `2, meeting_per_shard: ${perShard}` : '1'}`;
}

/** A real server with an engine and a data folder of its own, at free ports. */
export class Server {
  private process: ChildProcess | null = null;
  private output = '';

  private constructor(
    readonly folder: string,
    readonly port: number,
    /** The engine's port, for UDP and TCP. */
    readonly rtc: number,
    /** The port of its metrics. */
    readonly metrics: number,
    private readonly config: string,
  ) {}

  /**
   * `engine`: another program than the installed one, of those that lie beside it; `relays`: `rtc.turn`; `perShard`: how many
   * of a meeting each of two threads takes, unless it is 0.
   */
  static async start(engine = '', relays = '', perShard = 0): Promise<Server> {
    const folder = await mkdtemp(path.join(tmpdir(), 'hoptt-e2e-'));
    const [http, metrics, rtc] = [await freePort(), await freePort(), await freePort()];
    const config = path.join(folder, 'hoptt.yaml');
    await writeFile(
      config,
      [
        `http: {listen: "127.0.0.1:${http}"}`,
        `metrics: {listen: "127.0.0.1:${metrics}"}`,
        `rtc: {port: ${rtc}, announce: ["${CARD}"]${engine && `, binary: "${path.join(BIN, engine)}"`}${shards(perShard)}${relays && `, turn: ${relays}`}}`,
        `data: {dir: "${path.join(folder, 'data')}"}`,
        '',
      ].join('\n'),
    );
    const server = new Server(folder, http, rtc, metrics, config);
    try {
      await server.run();
    } catch (fault) {
      await server.stop();
      throw fault;
    }
    return server;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** The process id of the control plane. */
  get pid(): number {
    return this.process?.pid ?? NaN;
  }

  /** Starts the control plane, and waits until it serves; the engine is started with it, or found. */
  async run(...options: readonly string[]): Promise<void> {
    const child = spawn(HOPTT, ['serve', '--config', this.config, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    child.stdout.on('data', (text: Buffer) => (this.output += text.toString()));
    child.stderr.on('data', (text: Buffer) => (this.output += text.toString()));
    const until = Date.now() + STARTS_WITHIN_MS;
    for (;;) {
      if (await answers(this.origin)) return;
      if (child.exitCode !== null || Date.now() > until)
        throw new Error(`the server does not serve:\n${this.output.slice(-4_000)}`);
      await new Promise((settle) => setTimeout(settle, 50));
    }
  }

  /** Ends the control plane, without a word unless another signal is asked for. */
  async kill(sign: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const { process } = this;
    if (process?.exitCode !== null) return;
    const gone = new Promise((settle) => process.once('exit', settle));
    process.kill(sign);
    await gone;
  }

  /** Sends the engine a signal. */
  async tellEngine(sign: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
    const [pid] = await this.enginePids();
    if (pid === undefined) throw new Error('no engine runs');
    globalThis.process.kill(Number(pid), sign);
  }

  /** Lets the engine panic at the next packet, where it is one that can. */
  async wishFault(): Promise<void> {
    const socket = createSocket('udp4');
    await new Promise((settle) => socket.send('@fault', this.rtc, CARD, settle));
    socket.close();
  }

  /** What the engine has counted under a name, as the metrics tell it. */
  async engineCount(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.metrics}/metrics`)).text();
    return Number(new RegExp(`^hoptt_engine_${name}_total (\\S+)`, 'm').exec(text)?.[1] ?? NaN);
  }

  async stop(): Promise<void> {
    const { process } = this;
    if (process?.exitCode === null && process.signalCode === null) {
      const gone = new Promise((settle) => process.once('exit', settle));
      process.kill('SIGTERM');
      await gone;
    }
    // a killed control plane leaves its engine, for the next one
    for (const pid of await this.enginePids()) globalThis.process.kill(Number(pid), 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The process ids of the engine that uses this server's data. */
  async enginePids(): Promise<string[]> {
    const { stdout } = await run('ps', ['-eo', 'pid=,args=']);
    return stdout
      .split('\n')
      .filter((line) => line.includes('hoptt-media') && line.includes(this.folder))
      .map((line) => line.trim().split(/\s+/)[0] ?? '');
  }

  async room(slug: string, wish: RoomWish): Promise<void> {
    const { name, entry, password, mutedUntilAllowed, capacity, kind, turnSeconds, doorsBeforeSeconds } = wish;
    await this.cli(
      ['room', 'create', slug, '--entry', entry],
      name === undefined ? [] : ['--name', name],
      password === undefined ? [] : ['--password', password],
      mutedUntilAllowed === undefined ? [] : [mutedUntilAllowed ? '--muted-until-allowed' : '--open-floor'],
      capacity === undefined ? [] : ['--capacity', String(capacity)],
      kind === undefined ? [] : ['--kind', kind],
      turnSeconds === undefined ? [] : ['--turn', String(turnSeconds)],
      doorsBeforeSeconds === undefined ? [] : ['--doors-before', String(doorsBeforeSeconds)],
    );
  }

  /** Brings synthetic participants; `end` takes them away. */
  bots(slug: string, count: number): { readonly end: () => Promise<void> } {
    const words = ['bots', '--room', slug, '--count', String(count), '--url', this.origin, '--config', this.config];
    const company = spawn(HOPTT, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [company.stdout, company.stderr])
      stream.on('data', (text: Buffer) => (this.output += `bots: ${text.toString()}`));
    const gone = new Promise<void>((settle) => company.once('exit', () => settle()));
    return {
      end: async () => {
        company.kill('SIGINT');
        await gone;
      },
    };
  }

  async token(slug: string, { role, name, bridgePoint, unit }: TokenWish): Promise<string> {
    const told = await this.cli(
      ['token', '--room', slug, '--role', role, '--name', name, '--bridge-point', bridgePoint],
      unit === undefined ? [] : ['--unit', unit],
    );
    return told.trim();
  }

  /** Makes tokens for many, faster than a command for each. */
  async tokens(slug: string, wishes: readonly TokenWish[]): Promise<string[]> {
    const maker = spawn(PYTHON, [TOKENS, path.join(this.folder, 'data'), slug], { stdio: ['pipe', 'pipe', 'inherit'] });
    let told = '';
    maker.stdout.on('data', (text: Buffer) => (told += text.toString()));
    maker.stdin.end(JSON.stringify(wishes));
    await new Promise((settle) => maker.once('close', settle));
    return JSON.parse(told) as string[];
  }

  /** Schedules a meeting that begins now or later, and gives the token of each row's personal link. */
  async meeting(slug: string, rows: readonly InvitedWish[], start = new Date()): Promise<string[]> {
    const file = path.join(this.folder, `invited-${slug}.csv`);
    const lines = rows.map(({ point, name, role = 'attendee', branch = '' }) =>
      [point, name, role, branch].map((text) => `"${text}"`).join(','),
    );
    await writeFile(file, ['bridge_point,name,role,branch', ...lines].join('\n'));
    const told = await this.cli(
      ['meeting', 'create', '--room', slug, '--title', 'Họp giao ban', '--start', start.toISOString()],
      ['--invite', file, '--json'],
    );
    const { invited } = JSON.parse(told) as { invited: readonly { token: string }[] };
    return invited.map(({ token }) => token);
  }

  /** Who did what in a meeting, the newest act first. */
  async acts(meeting: string): Promise<Act[]> {
    return JSON.parse(await this.cli(['meeting', 'acts', meeting, '--json'])) as Act[];
  }

  /** Makes a unit and an administrator of it. */
  async unitAdmin({ unit, unitName, login, name, password }: AdminWish): Promise<void> {
    await this.cli(['unit', 'create', unit, '--name', unitName]);
    const file = path.join(this.folder, `password-${login}`);
    await writeFile(file, password, { mode: 0o600 });
    await this.cli(
      ['user', 'create', login, '--name', name, '--bridge-point', unitName, '--unit', unit],
      ['--role', 'unit_admin', '--password-file', file],
    );
  }

  log(): string {
    return this.output;
  }

  private async cli(...words: readonly string[][]): Promise<string> {
    const { stdout } = await run(HOPTT, [...words.flat(), '--config', this.config]);
    return stdout;
  }
}

const run = promisify(execFile);

async function answers(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/`)).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((settle, reject) => {
    const listener = createServer();
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      listener.close(() => {
        if (address !== null && typeof address === 'object') settle(address.port);
        else reject(new Error('no free port'));
      });
    });
  });
}

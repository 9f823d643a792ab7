import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CARD, type Server } from './server';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PYTHON = fileURLToPath(new URL('../../../.venv/bin/python', import.meta.url));
const SEED = '1';

export interface Ports {
  readonly tcp: number;
  readonly udp: number;
}

type OfDatagrams = 'block' | 'pass' | 'rebind';
/** What a line does to datagrams, both ways (tests/support/link.py). */
export interface LineModel {
  readonly delay_s?: number;
  readonly jitter_s?: number;
  readonly loss?: number;
  readonly rate_bps?: number;
}

type OfStreams = 'cut' | 'reset' | 'half open' | 'stall' | 'mend';

/** Both ways of one guest to the server, through a relay and a proxy that fail as they are told (tests/support/lines.py). */
export class Lines {
  private constructor(
    private readonly process: ChildProcessWithoutNullStreams,
    private readonly said: AsyncIterator<string>,
    private readonly ports: Ports,
    /** The engine's own UDP port, which this guest never reaches directly. */
    readonly engine: number,
  ) {}

  static async to(server: Server): Promise<Lines> {
    const words = ['-m', 'tests.support.lines', CARD, String(server.port), String(server.rtc), SEED];
    const process = spawn(PYTHON, words, { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] });
    const said = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    const first = await said.next();
    if (first.done) throw new Error('the lines do not open');
    return new Lines(process, said, JSON.parse(first.value) as Ports, server.rtc);
  }

  get origin(): string {
    return `http://localhost:${this.ports.tcp}`;
  }

  /** Where this guest's media goes instead of to the engine. */
  get udp(): number {
    return this.ports.udp;
  }

  datagrams(how: OfDatagrams | LineModel): Promise<void> {
    return this.wish({ udp: how });
  }

  streams(how: OfStreams): Promise<void> {
    return this.wish({ tcp: how });
  }

  /** The whole line is gone, as when a cable is pulled: nothing passes, and nobody is told. */
  silence(): Promise<void> {
    return this.wish({ tcp: 'stall', udp: 'block' });
  }

  /** The line is there again. */
  speak(): Promise<void> {
    return this.wish({ tcp: 'mend', udp: 'pass' });
  }

  async close(): Promise<void> {
    const gone = new Promise((settle) => this.process.once('exit', settle));
    this.process.stdin.end();
    await gone;
  }

  private async wish(what: { readonly udp?: OfDatagrams | LineModel; readonly tcp?: OfStreams }): Promise<void> {
    this.process.stdin.write(`${JSON.stringify(what)}\n`);
    if ((await this.said.next()).done) throw new Error('the lines have ended');
  }
}

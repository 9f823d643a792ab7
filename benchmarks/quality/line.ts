import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PYTHON, ROOT } from './paths';

/** What a line is from a time on, towards the viewer and back (tests/support/link.py). */
export interface Change {
  readonly at_s: number;
  readonly down: Readonly<Record<string, unknown>>;
  readonly up: Readonly<Record<string, unknown>>;
}

interface Hello {
  readonly pid: number;
  /** From afar this port of the near end leads to the server. */
  readonly door: number;
}

/** The near end of every line (benchmarks/quality/tun.py). */
const NEAR = '10.98.0.1';

/** A line into a network of its own, where the viewer is (benchmarks/quality/line.py). */
export class Line {
  /** Every change, with when it was made. */
  readonly changed: (Change & { readonly at_ms: number })[] = [];

  private constructor(
    private readonly process: ChildProcessWithoutNullStreams,
    private readonly told: AsyncIterator<string>,
    private readonly hello: Hello,
    private readonly folder: string,
  ) {}

  /** `port`: of the server, which is near; the line keeps what it sees in the folder. */
  static async open(port: number, folder: string): Promise<Line> {
    const words = ['-m', 'benchmarks.quality.line', String(port), path.join(folder, 'line.jsonl'), '1'];
    const process = spawn(PYTHON, words, { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] });
    let fault = '';
    process.stderr.on('data', (text: Buffer) => (fault += text.toString()));
    const told = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    const first = await told.next();
    if (first.done) throw new Error(`the line does not open:\n${fault}`);
    return new Line(process, told, JSON.parse(first.value) as Hello, folder);
  }

  /** Chromium's switch by which a page of the server's own name comes over the line. */
  rule(port: number): string {
    return `--host-resolver-rules=MAP localhost:${port} ${NEAR}:${this.hello.door}`;
  }

  /** The words before a program that is to run at the far end. */
  get afar(): readonly [string, ...string[]] {
    return ['nsenter', `--net=/proc/${this.hello.pid}/ns/net`];
  }

  /** A program that starts another one at the far end. */
  async farProgram(program: string): Promise<string> {
    const file = path.join(this.folder, 'far');
    await writeFile(file, `#!/bin/sh\nexec ${this.afar.join(' ')} ${program} "$@"\n`);
    await chmod(file, 0o755);
    return file;
  }

  async become(change: Change): Promise<void> {
    this.process.stdin.write(`${JSON.stringify({ down: change.down, up: change.up })}\n`);
    const answer = await this.told.next();
    if (answer.done) throw new Error('the line has ended');
    this.changed.push({ ...change, ...(JSON.parse(answer.value) as { at_ms: number }) });
  }

  /** Ends the line, and gives what it saw. */
  async close(): Promise<unknown[]> {
    const gone = new Promise((settle) => this.process.once('exit', settle));
    this.process.stdin.end();
    await gone;
    const kept = await readFile(path.join(this.folder, 'line.jsonl'), 'utf8');
    return kept
      .trim()
      .split('\n')
      .map((row): unknown => JSON.parse(row));
  }
}

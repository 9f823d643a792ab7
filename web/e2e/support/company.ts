import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PYTHON, type Server } from './server';

const COMPANY = fileURLToPath(new URL('company.py', import.meta.url));

type Way = 'link' | 'resume' | 'other name' | 'password';

/** Simulated bridge points with real picture and voice, directed one by one (company.py). */
export class Company {
  private asked = 0;
  private said = '';
  private readonly waiting = new Map<number, { settle: (told: unknown) => void; fail: (fault: Error) => void }>();

  private constructor(private readonly process: ChildProcess) {
    process.stderr?.on('data', (text: Buffer) => (this.said += text.toString()));
    process.once('exit', () => {
      for (const { fail } of this.waiting.values())
        fail(new Error(`the company has gone:\n${this.said.slice(-2_000)}`));
    });
    if (process.stdout === null) throw new Error('a pipe was asked for');
    createInterface(process.stdout).on('line', (line) => {
      const { id, fault, ...told } = JSON.parse(line) as { id: number; fault?: string };
      const asker = this.waiting.get(id);
      this.waiting.delete(id);
      if (fault === undefined) asker?.settle(told);
      else asker?.fail(new Error(fault));
    });
  }

  static of(server: Server, slug: string, password: string): Company {
    const words = [COMPANY, server.origin, path.join(server.folder, 'data'), slug, password];
    return new Company(spawn(PYTHON, words, { stdio: ['pipe', 'pipe', 'pipe'] }));
  }

  /** Brings in so many by their personal links, and tells how all stand. */
  come(count: number): Promise<{ standing: Record<string, number>; whys: Record<string, number> }> {
    return this.ask('come', { count });
  }

  stand(): Promise<{ standing: Record<string, number>; whys: Record<string, number> }> {
    return this.ask('stand', {});
  }

  /** Plays an incident of a rehearsal (docs/operating.md); tells how it ended. */
  play(number: number, what: string, seconds = 4): Promise<{ end: string; why: string }> {
    return this.ask('play', { number, what, seconds });
  }

  /** The name of a bridge point, as it is shown. */
  async pointOf(number: number): Promise<string> {
    return (await this.ask<{ point: string }>('name', { number })).point;
  }

  /** Asks the server for anything in the name of a bridge point; gives the code of the refusal. */
  async act(number: number, command: Record<string, unknown>): Promise<string | null> {
    return (await this.ask<{ refused: string | null }>('act', { number, command })).refused;
  }

  /** Lets the disturber try to come in: `in`, `waiting`, or the code of the refusal. */
  async disturb(number: number, way: Way): Promise<string> {
    return (await this.ask<{ came: string }>('disturb', { number, way })).came;
  }

  /** Lets the disturber turn its microphone on; gives the code of the refusal. */
  async opens(): Promise<string | null> {
    return (await this.ask<{ refused: string | null }>('opens', {})).refused;
  }

  disturber(): Promise<{ inside: boolean; why: string }> {
    return this.ask('disturber', {});
  }

  /** Packets that all of them sent until now, frames that came too late to be sent, and how many are connected. */
  count(): Promise<{ peers: number; connected: number; sent: number; skipped: number }> {
    return this.ask('count', {});
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const gone = new Promise((settle) => this.process.once('exit', settle));
    this.process.stdin?.end();
    await gone;
  }

  private ask<Told>(what: string, how: Record<string, unknown>): Promise<Told> {
    const id = (this.asked += 1);
    const told = new Promise<Told>((settle, fail) =>
      this.waiting.set(id, { settle: settle as (told: unknown) => void, fail }),
    );
    this.process.stdin?.write(`${JSON.stringify({ id, do: what, ...how })}\n`);
    return told;
  }
}

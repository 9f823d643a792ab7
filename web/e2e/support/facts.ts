import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PYTHON, type Server } from './server';

const FACTS = fileURLToPath(new URL('facts.py', import.meta.url));
const run = promisify(execFile);

/** A row of the log, with what is personal in it. */
export interface Fact {
  readonly type: string;
  readonly at: string;
  readonly [part: string]: unknown;
}

/** What the log says of the last meeting of a room. */
export class Facts {
  private constructor(readonly all: readonly Fact[]) {}

  static async of(server: Server, slug: string): Promise<Facts> {
    const words = [FACTS, path.join(server.folder, 'data'), slug];
    const { stdout } = await run(PYTHON, words, { maxBuffer: 64 << 20 });
    return new Facts(JSON.parse(stdout) as Fact[]);
  }

  get meeting(): string {
    return this.of('meeting_begun')[0]?.meeting as string;
  }

  /** The facts of a type that have these parts. */
  of(type: string, parts: Record<string, unknown> = {}): readonly Fact[] {
    return this.all.filter(
      (fact) => fact.type === type && Object.entries(parts).every(([part, value]) => fact[part] === value),
    );
  }

  /** Everybody who came in: id, and the bridge point that is shown. */
  came(): readonly { readonly id: string; readonly point: string; readonly at: string }[] {
    return this.of('participant_joined').map(({ at, participant }) => {
      const { id, name } = participant as { id: string; name: { bridge_point: string } };
      return { id, point: name.bridge_point, at };
    });
  }

  idOf(point: string): string {
    return this.came().find((one) => one.point === point)?.id ?? `nobody at ${point}`;
  }

  /** How many seats were held at the same time, at most. */
  most(): number {
    let [now, most] = [0, 0];
    for (const { type } of this.all) {
      if (type === 'participant_joined') now += 1;
      if (type === 'participant_left') now -= 1;
      most = Math.max(most, now);
    }
    return most;
  }

  /** When somebody besides the chair had the right to speak: from, until, in milliseconds. */
  speaking(): readonly (readonly [number, number])[] {
    const found: [number, number][] = [];
    const allowed = new Set<string>();
    let since = 0;
    for (const fact of this.all) {
      const at = Date.parse(fact.at);
      const before = allowed.size;
      if (fact.type === 'participant_joined') {
        const { id, role, rights } = fact.participant as { id: string; role: string; rights: { may_speak: boolean } };
        if (rights.may_speak && role !== 'chair') allowed.add(id);
      } else if (fact.type === 'participant_left') allowed.delete(fact.participant as string);
      else if (fact.type === 'meeting_closed') allowed.clear();
      else if (fact.type === 'rights_changed' && typeof fact.may_speak === 'boolean')
        for (const who of fact.participants as string[])
          if (fact.may_speak) allowed.add(who);
          else allowed.delete(who);
      if (before === 0 && allowed.size > 0) since = at;
      if (before > 0 && allowed.size === 0) found.push([since, at]);
    }
    return found;
  }
}

import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { cpus, loadavg, release } from 'node:os';
import { promisify } from 'node:util';
import { ROOT } from './paths';

/** What the machine did during a run: shares of all its cores, and its load at the end. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly commit: string;
  readonly measured_at: string;
  readonly busy: number;
  /** Of it what other programs did than those of the run. */
  readonly others: number;
  readonly steal: number;
  readonly load: number;
}

/** Begins to watch; gives what was seen when asked. */
export async function watchMachine(): Promise<() => Promise<Machine>> {
  const before = await ticks();
  const ownBefore = await own();
  return async () => {
    const after = await ticks();
    const ownAfter = await own();
    const passed = after.map((each, at) => each - (before[at] ?? 0));
    const all = passed.slice(0, 8).reduce((sum, each) => sum + each, 0);
    const [, , , idle = 0, waiting = 0, , , steal = 0] = passed;
    const used = [...ownAfter].reduce((sum, [pid, each]) => sum + each - (ownBefore.get(pid) ?? 0), 0);
    const busy = all - idle - waiting - steal;
    const { stdout } = await promisify(execFile)('git', ['describe', '--always', '--dirty'], { cwd: ROOT });
    return {
      cpu: cpus()[0]?.model ?? '',
      cores: cpus().length,
      kernel: release(),
      commit: stdout.trim(),
      measured_at: new Date().toISOString().slice(0, 10),
      busy: busy / all,
      others: Math.max(busy - used, 0) / all,
      steal: steal / all,
      load: loadavg()[0] ?? 0,
    };
  };
}

/** user, nice, system, idle, iowait, irq, softirq, steal of all cores (proc(5)). */
async function ticks(): Promise<number[]> {
  const [first = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  return first.trim().split(/\s+/).slice(1).map(Number);
}

/** Ticks of each process of this run: they share what `scripts/netns` mounts for them. */
async function own(): Promise<Map<string, number>> {
  const mounts = await readlink('/proc/self/ns/mnt');
  const found = new Map<string, number>();
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      if ((await readlink(`/proc/${pid}/ns/mnt`)) !== mounts) continue;
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      found.set(pid, Number(fields[11]) + Number(fields[12]));
    } catch {
      // it has ended meanwhile
    }
  }
  return found;
}

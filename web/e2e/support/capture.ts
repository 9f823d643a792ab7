import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PYTHON = fileURLToPath(new URL('../../../.venv/bin/python', import.meta.url));
const PROGRAM = fileURLToPath(new URL('capture.py', import.meta.url));

/** What is written to addresses of the network, by whomever in this namespace, until it ends. */
export interface Capture {
  /** Protocol and address, as in `udp 10.99.0.1`. */
  readonly seen: ReadonlySet<string>;
  readonly end: () => Promise<void>;
}

export async function capture(): Promise<Capture> {
  const watcher = spawn(PYTHON, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const seen = new Set<string>();
  const gone = new Promise<void>((settle) => watcher.once('exit', () => settle()));
  await new Promise<void>((settle, reject) => {
    watcher.once('exit', (code) => reject(new Error(`nothing can be watched (exit ${code})`)));
    let rest = '';
    watcher.stdout.on('data', (text: Buffer) => {
      const lines = (rest + text.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'watching') settle();
        else seen.add(line);
      }
    });
  });
  return {
    seen,
    end: async () => {
      watcher.stdin.end();
      await gone;
    },
  };
}

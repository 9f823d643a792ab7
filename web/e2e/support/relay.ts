import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CARD } from './server';

const SETTINGS = fileURLToPath(new URL('../../../deploy/turnserver.conf', import.meta.url));
const SECRET = 'a-secret-of-the-stories-that-is-long-enough';
const PORT = 3478;
/** The ports that it sends to the engine from: none of those that a system gives to a browser's own sockets. */
export const RELAYED = [29_160, 29_199] as const;
/** What the server is told of it. */
export const TURN = `{urls: ["turn:${CARD}:${PORT}?transport=tcp"], secret: "${SECRET}"}`;

/** A real coturn with the settings of deploy/turnserver.conf, without TLS: a browser trusts no certificate made here. */
export class Relay {
  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<Relay> {
    const folder = await mkdtemp(path.join(tmpdir(), 'hoptt-relay-'));
    const changes: Readonly<Record<string, string>> = {
      'listening-ip': CARD,
      'relay-ip': CARD,
      'allowed-peer-ip': CARD,
      'static-auth-secret': SECRET,
      'min-port': String(RELAYED[0]),
      'max-port': String(RELAYED[1]),
      'log-file': path.join(folder, 'log'),
    };
    const lines = (await readFile(SETTINGS, 'utf8')).split('\n').flatMap((line) => {
      const [key = ''] = line.split('=');
      if (['cert', 'pkey', 'tls-listening-port'].includes(key)) return [];
      return key in changes ? [`${key}=${changes[key]}`] : [line];
    });
    const file = path.join(folder, 'turnserver.conf');
    await writeFile(file, [...lines, 'no-tls', ''].join('\n'));
    const words = ['-c', file, '--pidfile', path.join(folder, 'pid'), '--db', path.join(folder, 'db')];
    const child = spawn('turnserver', words, { stdio: 'ignore' });
    const failed = new Promise<never>((_, reject) => {
      child.once('error', () => reject(new Error('coturn is not installed: scripts/need test')));
      child.once('exit', (code) => reject(new Error(`coturn ended (${code})`)));
    });
    failed.catch(() => undefined);
    await Promise.race([listens(), failed]);
    return new Relay(folder, child);
  }

  async stop(): Promise<void> {
    const gone = new Promise((settle) => this.process.once('exit', settle));
    this.process.kill('SIGTERM');
    await gone;
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function listens(): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const open = await new Promise<boolean>((settle) => {
      const socket = connect(PORT, CARD);
      socket.once('connect', () => settle(true)).once('error', () => settle(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((settle) => setTimeout(settle, 50));
  }
  throw new Error('coturn does not listen');
}

import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TABLE = 'hoptt_story';
/** The card that `scripts/netns` makes: rules are for its namespace only. */
const CARD = 'hoptt0';

/** A firewall that lets no UDP through to or from a port of the server, as those of many offices do. */
export class Firewall {
  constructor(private readonly port: number) {}

  blockUdp(): Promise<void> {
    return this.block(`udp dport ${this.port} drop`, `udp sport ${this.port} drop`);
  }

  /** Lets nothing through any more to and from one port of a browser, as when the network that it was in is gone. */
  blockPort(port: number): Promise<void> {
    return this.block(`udp sport ${port} drop`, `udp dport ${port} drop`);
  }

  /** Lets only a relay through, which sends from these ports. */
  blockAllBut([first, last]: readonly [number, number]): Promise<void> {
    const [out, back] = [`udp dport ${this.port}`, `udp sport ${this.port}`];
    return this.block(
      `${out} udp sport ${first}-${last} accept`,
      `${back} udp dport ${first}-${last} accept`,
      ...[out, back, out.replace('udp', 'tcp')].map((rule) => `${rule} drop`),
    );
  }

  /** Lets everything through again. */
  async open(): Promise<void> {
    if (networkInterfaces()[CARD] !== undefined) await this.rules(`table inet ${TABLE}`, `delete table inet ${TABLE}`);
  }

  private async block(...rules: readonly string[]): Promise<void> {
    if (networkInterfaces()[CARD] === undefined)
      throw new Error('the firewall of this machine is not touched: run the stories by scripts/netns');
    const chain = ['  chain in { type filter hook input priority 0;', ...rules, '  }'];
    await this.rules(`table inet ${TABLE} {`, ...chain, '}');
  }

  private async rules(...lines: readonly string[]): Promise<void> {
    await run('nft', [lines.join('\n')]);
  }
}

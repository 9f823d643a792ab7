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

  async blockUdp(): Promise<void> {
    if (networkInterfaces()[CARD] === undefined)
      throw new Error('the firewall of this machine is not touched: run the stories by scripts/netns');
    await this.rules(
      `table inet ${TABLE} {`,
      '  chain in { type filter hook input priority 0;',
      `    udp dport ${this.port} drop`,
      `    udp sport ${this.port} drop`,
      '  }',
      '}',
    );
  }

  /** Lets everything through again. */
  async open(): Promise<void> {
    if (networkInterfaces()[CARD] !== undefined) await this.rules(`table inet ${TABLE}`, `delete table inet ${TABLE}`);
  }

  private async rules(...lines: readonly string[]): Promise<void> {
    await run('nft', [lines.join('\n')]);
  }
}

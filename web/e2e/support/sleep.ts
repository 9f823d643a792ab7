import type { Browser } from '@playwright/test';

/** A machine whose lid is closed: every process of a browser stands still, while clocks and everybody else go on. */
export class Sleep {
  private constructor(private readonly pids: readonly number[]) {}

  static async begin(browser: Browser): Promise<Sleep> {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    // the browser's own process last: it would start others anew
    const pids = processInfo.map(({ id }) => id).reverse();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    return new Sleep(pids);
  }

  end(): void {
    for (const pid of [...this.pids].reverse()) process.kill(pid, 'SIGCONT');
  }
}

import { type Browser, type Page, test as base } from '@playwright/test';

/** A window's size in CSS pixels, and how many of the screen's make one of them. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly ratio?: number;
  readonly touch?: boolean;
}

/** A window, and the errors and warnings on its console since it was asked for. */
interface Shown {
  readonly page: Page;
  readonly problems: readonly string[];
}

/** Windows that stay from state to state: opening one, and compiling the page in it, costs as much as looking at a state. */
class Windows {
  readonly #open = new Map<string, { page: Page; problems: string[] }>();

  constructor(readonly browser: Browser) {}

  async of(frame: Frame): Promise<Shown> {
    const name = JSON.stringify(frame);
    const shown = this.#open.get(name) ?? (await this.#make(frame));
    this.#open.set(name, shown);
    shown.problems.length = 0;
    return shown;
  }

  /** Leaves nothing of a state for the next: no picture that moves, nothing remembered. */
  async clear({ page }: Shown): Promise<void> {
    await page.evaluate(() => {
      localStorage.clear();
      sessionStorage.clear();
    });
    await page.goto('about:blank');
  }

  async close(): Promise<void> {
    for (const { page } of this.#open.values()) await page.context().close();
  }

  async #make({ width, height, ratio = 1, touch = false }: Frame) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: ratio,
      hasTouch: touch,
      timezoneId: 'Asia/Ho_Chi_Minh',
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    return { page, problems };
  }
}

/** Tests that look at states in windows of their sizes. */
export const test = base.extend<{ shown: (frame: Frame) => Promise<Shown> }, { windows: Windows }>({
  windows: [
    async ({ browser }, use) => {
      const windows = new Windows(browser);
      await use(windows);
      await windows.close();
    },
    { scope: 'worker' },
  ],
  shown: async ({ windows }, use) => {
    const asked: Shown[] = [];
    await use(async (frame) => {
      const shown = await windows.of(frame);
      asked.push(shown);
      return shown;
    });
    for (const each of asked) await windows.clear(each);
  },
});

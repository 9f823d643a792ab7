import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, firefox, type Page } from '@playwright/test';

export type Kind = 'chromium' | 'firefox';
export const BOTH: readonly Kind[] = ['chromium', 'firefox'];

export type { Browser, BrowserContext, Page };

/**
 * Debian's browsers; Playwright's own downloads are not used.
 * @public read by benchmarks/quality
 */
export const CHROMIUM = process.env.HOPTT_CHROMIUM ?? '/usr/bin/chromium';
const FIREFOX = process.env.HOPTT_FIREFOX ?? '/usr/bin/firefox-esr';

interface LaunchWish {
  /** More switches, of Chromium. */
  readonly args?: readonly string[];
  /** Another program that starts it. */
  readonly program?: string;
}

/** A browser with a made-up camera and microphone, which it gives without asking. */
export function launch(kind: Kind, { args = [], program = CHROMIUM }: LaunchWish = {}): Promise<Browser> {
  if (kind === 'chromium')
    return chromium.launch({
      ...(existsSync(program) ? { executablePath: program } : {}),
      args: [
        // two of each, and a screen to share though there is none
        '--use-fake-device-for-media-stream=device-count=2,display-media-type=browser,fps=10',
        '--use-fake-ui-for-media-stream',
        // there is none: drawing without asking for it is cheaper
        '--disable-gpu',
        // sound starts in a page that nobody has touched yet, as after a press it would
        '--autoplay-policy=no-user-gesture-required',
        ...args,
      ],
    });
  return firefox.launch({
    ...(existsSync(FIREFOX) ? { channel: 'moz-firefox', executablePath: FIREFOX } : {}),
    firefoxUserPrefs: {
      'media.navigator.streams.fake': true,
      // few pictures and few paints: several browsers share two cores
      'media.navigator.video.default_fps': 10,
      'layout.frame_rate': 20,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
    },
  });
}

/** A window of its own: no storage shared with others. */
export async function openContext(browser: Browser, kind: Kind): Promise<BrowserContext> {
  const context = await browser.newContext({
    locale: 'vi-VN',
    timezoneId: 'Asia/Ho_Chi_Minh',
    viewport: { width: 1366, height: 768 },
    ...(kind === 'chromium' ? { permissions: ['camera', 'microphone'] } : {}),
  });
  context.setDefaultTimeout(ACTS_WITHIN_MS);
  return context;
}

/** What cannot be pressed for so long never can: the story need not wait to its end to say so. */
const ACTS_WITHIN_MS = 60_000;

/** What a page says that it should not: errors in its console, and what it asks of other origins (S23). */
export class Watch {
  readonly problems: string[] = [];

  constructor(page: Page, origin: string) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.problems.push(`error: ${error.message}`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      const own = [origin, origin.replace('http', 'ws')];
      if (!own.includes(url.origin) && !['blob:', 'data:', 'about:'].includes(url.protocol))
        this.problems.push(`request to another origin: ${url.origin}`);
    });
  }
}

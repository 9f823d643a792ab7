import { type BrowserContext, expect, type Locator, type Page } from '@playwright/test';
import { violations } from './axe';
import { Watch } from './browsers';
import { loudness, seen } from './seen';

export interface Entry {
  readonly point: string;
  readonly name: string;
  readonly unit: string;
  readonly password?: string;
}

/** Somebody in a window of their own: what one does and sees there, in the words of the meeting. */
export class Guest {
  constructor(
    readonly page: Page,
    readonly watch: Watch,
    private readonly origin: string,
  ) {}

  static async arrive(context: BrowserContext, origin: string): Promise<Guest> {
    const page = await context.newPage();
    return new Guest(page, new Watch(page, origin), origin);
  }

  /** Comes by an address, with a personal link when there is a token. */
  async open(slug: string, token: string | null = null): Promise<void> {
    await this.page.goto(`${this.origin}/${slug}${token === null ? '' : `#token=${token}`}`);
  }

  at(testid: string): Locator {
    return this.page.getByTestId(testid);
  }

  async fill({ point, name, unit, password }: Entry): Promise<void> {
    await this.at('join-bridge-point').fill(point);
    await this.at('join-name').fill(name);
    await this.at('join-unit').fill(unit);
    if (password !== undefined) await this.at('join-password').fill(password);
  }

  async enter(): Promise<void> {
    await this.at('join-enter').click();
  }

  /** Goes in by the form, and is in the meeting when this is done. */
  async join(slug: string, entry: Entry): Promise<void> {
    await this.open(slug);
    await this.fill(entry);
    await this.enter();
    await this.isIn();
  }

  /** Goes in by a personal link. */
  async joinBy(slug: string, token: string): Promise<void> {
    await this.open(slug, token);
    await this.enter();
    await this.isIn();
  }

  async isIn(): Promise<void> {
    await expect(this.at('meeting')).toBeVisible();
  }

  tile(point: string): Locator {
    return this.page.locator(`[data-testid=tile][data-point="${point}"]`);
  }

  /** Sees that the picture of a bridge point moves: frames are counted, and pixels change. */
  async sees(point: string): Promise<void> {
    const video = this.tile(point).getByTestId('tile-video');
    await expect(video, `no picture of ${point}`).toBeVisible();
    await expect
      .poll(async () => (await seen(video)).frames, { message: `frames of ${point}`, timeout: 20_000 })
      .toBeGreaterThan(5);
    const { pixels } = await seen(video);
    await expect.poll(async () => (await seen(video)).pixels, { message: `pixels of ${point}` }).not.toBe(pixels);
  }

  async hearsSomebody(): Promise<void> {
    await expect
      .poll(() => loudness(this.page), { message: 'a voice is heard', timeout: 20_000 })
      .toBeGreaterThan(0.01);
  }

  async hearsNobody(): Promise<void> {
    await expect.poll(() => loudness(this.page), { message: 'silence' }).toBeLessThan(0.002);
  }

  /** Sends no picture and looks at none from here on: what is about sound leaves two cores the time for it. */
  async onlyListens(): Promise<void> {
    await this.at('camera-toggle').click();
    await this.at('layout-toggle').click();
    await this.at('sound-only').click();
    await expect(this.at('sound-only-sign')).toBeVisible();
  }

  async opensPanel(): Promise<void> {
    if (!(await this.at('people').isVisible())) await this.at('people-toggle').click();
    await expect(this.at('people')).toBeVisible();
  }

  /** Opens the menu of a participant in the list. */
  async menuOf(point: string): Promise<void> {
    await this.opensPanel();
    if (await this.at('tab-people').isVisible()) await this.at('tab-people').click();
    await this.row(point).getByTestId('participant-menu').click();
  }

  /** Gives somebody the right to speak, by the menu of the list. */
  async allows(point: string): Promise<void> {
    await this.menuOf(point);
    await this.at('participant-allow').click();
  }

  row(point: string): Locator {
    return this.page.locator(`[data-testid=participant][data-point="${point}"]`);
  }

  /** Nothing that axe-core finds is wrong with what is shown now. */
  async isAccessible(): Promise<void> {
    expect(await violations(this.page)).toEqual([]);
  }
}

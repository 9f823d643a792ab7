import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** How large a target is, which depends on how far the page is scrolled. */
const SIZE = 'target-size';

/** What axe-core finds wrong with what is shown now: the rule, where, and what to do. */
export async function violations(page: Page): Promise<string[]> {
  const found = await analyze(new AxeBuilder({ page }).options({ runOnly: TAGS, resultTypes: ['violations'] }));
  const told: string[] = [];
  for (const { id, nodes } of found)
    for (const { target, failureSummary } of nodes)
      if (id !== SIZE || (await isSmall(page, String(target))))
        told.push(`${id}: ${String(target)} ${failureSummary ?? ''}`);
  return told;
}

/** Whether a target is too small where scrolling brings it: what lies under a bar that stays can be drawn from under it. */
async function isSmall(page: Page, target: string): Promise<boolean> {
  await page.locator(target).evaluate((element) => element.scrollIntoView({ block: 'center', behavior: 'instant' }));
  return (await analyze(new AxeBuilder({ page }).include(target).withRules(SIZE))).length > 0;
}

async function analyze(builder: AxeBuilder) {
  // there are no frames: without the search for them, and without what is right, it takes a third of the time
  const { violations } = await builder.setLegacyMode().analyze();
  return violations;
}

import { expect, type Locator, type Page } from '@playwright/test';

/** More stops than any page has. */
const MOST_PRESSES = 120;

/**
 * Brings the focus onto a control as somebody without a mouse does: with Tab, and with arrows inside what is one stop
 * of Tab. Arrived, the focus is to be seen, and nothing may lie over it.
 */
export async function focusByKeys(page: Page, control: Locator): Promise<void> {
  await expect(control).toBeVisible();
  for (let presses = 0; presses < MOST_PRESSES; presses += 1) {
    const next = await control.evaluate(nextKey);
    if (next === null) {
      expect(await control.evaluate(wrongWithFocus), `the focus on ${String(control)}`).toBeNull();
      return;
    }
    await page.keyboard.press(next);
  }
  throw new Error(`no key leads to ${String(control)}`);
}

/** The key that leads on from what has the focus; null when it is there. */
function nextKey(control: Element): string | null {
  const focused = document.activeElement;
  if (focused === control) return null;
  // one stop of Tab: the tiles of the stage, a list of tabs
  const group = control.closest('[data-region=stage], [role=tablist]');
  const inGroup = control instanceof HTMLElement && control.tabIndex < 0 && group?.contains(focused);
  if (!focused || !inGroup) return 'Tab';
  const [from, to] = [focused.getBoundingClientRect(), control.getBoundingClientRect()];
  if (Math.abs(to.top - from.top) > 1) return to.top > from.top ? 'ArrowDown' : 'ArrowUp';
  return to.left > from.left ? 'ArrowRight' : 'ArrowLeft';
}

/** What keeps somebody from seeing where the focus is. */
function wrongWithFocus(control: Element): string | null {
  // a field has its ring around the box in which it stands
  const ringed = [control, control.parentElement].some((each) => {
    if (!each) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
  if (!ringed) return 'has no ring';
  const { left, right, top, bottom } = control.getBoundingClientRect();
  const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return hit !== null && control.contains(hit) ? null : `lies under ${hit?.outerHTML.slice(0, 120) ?? 'the edge'}`;
}

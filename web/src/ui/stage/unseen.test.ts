import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchUnseen } from './unseen';

class Page extends EventTarget {
  hidden = false;
  hide(hidden: boolean) {
    this.hidden = hidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

function watched() {
  const page = new Page();
  const told: boolean[] = [];
  const end = watchUnseen((unseen) => told.push(unseen), page);
  return { page, told, end };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a page that lies behind others for a while is unseen, and seen again at once', () => {
  const { page, told } = watched();
  page.hide(true);
  vi.advanceTimersByTime(9_000);
  expect(told).toEqual([false]);
  vi.advanceTimersByTime(2_000);
  expect(told).toEqual([false, true]);
  page.hide(false);
  expect(told).toEqual([false, true, false]);
});

test('a glance elsewhere is not told', () => {
  const { page, told, end } = watched();
  page.hide(true);
  vi.advanceTimersByTime(3_000);
  page.hide(false);
  vi.advanceTimersByTime(20_000);
  expect(told).not.toContain(true);
  page.hide(true);
  end();
  vi.advanceTimersByTime(20_000);
  expect(told).not.toContain(true);
});

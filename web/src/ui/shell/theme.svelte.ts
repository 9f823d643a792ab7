export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

/** Light, dark or high contrast around the stage; the picture itself never changes (R23). */
class ThemeChoice {
  #now = $state<Theme>('system');

  get now(): Theme {
    return this.#now;
  }

  choose(theme: Theme): void {
    this.#now = theme;
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      if (theme === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // storage is closed to this page: the choice lasts for the visit
    }
  }

  /** The frame of the page has already set the attribute before the first paint. */
  recall(): void {
    const kept = document.documentElement.dataset.theme;
    this.#now = THEMES.find((theme) => theme === kept) ?? 'system';
  }
}

export const theme = new ThemeChoice();

const KEY = 'hoptt.theme'; // also read in app.html

import { baseLocale, isLocale, overwriteGetLocale, type Locale } from '#lib/paraglide/runtime.js';

export type { Locale };

/**
 * The language of the page, changed without a reload: a message is read through
 * this state, so whatever shows it is drawn anew and a call goes on.
 */
class Language {
  #now = $state<Locale>(baseLocale);

  get now(): Locale {
    return this.#now;
  }

  /** The tag that `Intl` and the `lang` attribute take. */
  get tag(): string {
    return this.#now === 'vi' ? 'vi-VN' : 'en-GB';
  }

  choose(locale: Locale): void {
    this.#now = locale;
    keep(locale);
    if (typeof document !== 'undefined') document.documentElement.lang = locale;
  }

  /** Take the choice of an earlier visit, else the one in the address (`?lang=en`). */
  recall(): void {
    const asked = new URLSearchParams(location.search).get('lang') ?? kept();
    if (asked !== null && isLocale(asked) && asked !== this.#now) this.choose(asked);
  }
}

export const language = new Language();
overwriteGetLocale(() => language.now);

const KEY = 'hoptt.language';

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is closed to this page: the choice lasts for the visit
  }
}

function keep(locale: Locale): void {
  try {
    localStorage.setItem(KEY, locale);
  } catch {
    // as above
  }
}

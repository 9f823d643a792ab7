const KEY = 'hoptt.letters';

/** Whether single letters work as keys (WCAG 2.1.4: they can be switched off). */
class LetterKeys {
  on = $state(true);

  recall(): void {
    try {
      this.on = localStorage.getItem(KEY) !== 'off';
    } catch {
      // storage is closed to this page: they are on
    }
  }

  choose(on: boolean): void {
    this.on = on;
    try {
      localStorage.setItem(KEY, on ? 'on' : 'off');
    } catch {
      // as above
    }
  }
}

export const letterKeys = new LetterKeys();

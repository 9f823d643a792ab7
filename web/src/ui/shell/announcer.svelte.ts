import { Announcements, type Announcement } from './announcements';

/** The page's one announcer; `Announcer.svelte` draws its two live regions. */
class Announcer {
  polite = $state('');
  assertive = $state('');
  #announcements = new Announcements();

  say(text: string, kind = text, merged?: (count: number) => string): void {
    this.#add({ urgency: 'polite', kind, text, ...(merged ? { merged } : {}) });
  }

  alert(text: string, kind = text): void {
    this.#add({ urgency: 'assertive', kind, text });
  }

  /** Called four times a second by the component that is drawn. */
  tick(nowMs: number): void {
    this.polite = this.#announcements.poll('polite', nowMs) ?? this.polite;
    this.assertive = this.#announcements.poll('assertive', nowMs) ?? this.assertive;
  }

  /** The page shows another screen: what was said on the one before is no longer to be read. */
  clear(): void {
    this.#announcements = new Announcements();
    this.polite = this.assertive = '';
  }

  #add(announcement: Announcement): void {
    this.#announcements.add(announcement);
  }
}

export const announcer = new Announcer();

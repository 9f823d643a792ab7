import type { ChatLine, ChatTo } from '../stage/view';

const KEY = 'hoptt.draft';

/**
 * What is being written. It outlives the panel, a lost line and a reloaded tab, and is gone only when the
 * server has taken the line.
 */
export abstract class DraftRules {
  abstract text: string;
  abstract to: ChatTo;
  abstract sending: boolean;
  #sent: { readonly text: string; readonly after: number } | null = null;
  readonly #slug: string;
  readonly #storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null;

  constructor(slug: string, storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null) {
    this.#slug = slug;
    this.#storage = storage;
  }

  /** What was left unsent in this tab. */
  protected recalled(): string {
    try {
      return this.#storage?.getItem(this.#key) ?? '';
    } catch {
      return ''; // storage is closed to this page: the draft lives as long as the page
    }
  }

  write(text: string): void {
    this.text = text;
    this.#keep();
  }

  /** Sends the draft once; `after` is the newest line that is known. What is refused or unanswered stays. */
  async send(after: number, say: (to: ChatTo, text: string) => Promise<boolean>): Promise<boolean> {
    const text = this.text;
    if (this.sending || text.trim() === '') return false;
    this.sending = true;
    this.#sent = { text, after };
    try {
      if (!(await say(this.to, text))) return false;
      this.#taken(text);
      return true;
    } finally {
      this.sending = false;
    }
  }

  /** The line may have broken before the answer came: when the own words stand in the list, they were taken. */
  settle(lines: readonly ChatLine[]): void {
    const sent = this.#sent;
    if (sent === null || this.sending) return;
    if (lines.some(({ own, number, text }) => own && number > sent.after && same(text, sent.text)))
      this.#taken(sent.text);
  }

  #taken(text: string): void {
    this.#sent = null;
    if (this.text !== text) return; // written on meanwhile
    this.text = '';
    this.#keep();
  }

  #keep(): void {
    try {
      if (this.text === '') this.#storage?.removeItem(this.#key);
      else this.#storage?.setItem(this.#key, this.text);
    } catch {
      // as above
    }
  }

  get #key(): string {
    return `${KEY}.${this.#slug}`;
  }
}

/** As the server keeps a text. */
function same(kept: string, written: string): boolean {
  return kept === written.normalize('NFC').replace(/\r\n?/g, '\n').trim();
}

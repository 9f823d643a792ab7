import { Draft } from '../chat/draft.svelte';
import { newest, unread } from '../chat/reading';
import type { PanelTab, StageView } from '../stage/view';

/** The panel beside the stage: whether it is open, at which tab, and how far its chat was read. */
export class PanelChoice {
  open = $state(false);
  tab = $state<PanelTab>('chair');
  readonly draft: Draft;
  readonly #view: () => StageView;
  /** Up to which line the chat was read. */
  #seen = $state(0);

  constructor(view: () => StageView, { open }: { readonly open: boolean }) {
    this.#view = view;
    this.open = open;
    this.draft = new Draft(view().meeting.slug, tabStorage());
    this.#seen = newest(view().chat.lines);
  }

  show(tab: PanelTab): void {
    this.open = true;
    this.tab = tab;
  }

  get chatShown(): boolean {
    return this.open && this.tab === 'chat';
  }

  get chatSeen(): number {
    return this.#seen;
  }

  get chatUnread(): number {
    return unread(this.#view().chat.lines, this.#seen);
  }

  readonly read = (number: number): void => {
    this.#seen = Math.max(this.#seen, number);
  };
}

/** A browser may close its storage to the page: a draft then lives as long as the page. */
function tabStorage(): Storage | null {
  try {
    return globalThis.sessionStorage;
  } catch {
    return null;
  }
}

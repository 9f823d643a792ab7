import type { Attachment } from 'svelte/attachments';
import { Draft } from '../chat/draft.svelte';
import { newest, unread } from '../chat/reading';
import { leads } from '../stage/roles';
import { type PanelTab, type StageView, yourSeat } from '../stage/view';
import { drawn, pressed } from './panel_tabs';

/** The panel beside the stage: whether it is open, at which tab, and how far its chat was read. */
export class PanelChoice {
  open = $state(false);
  #tab = $state<PanelTab>('chair');
  /** The tab whose field is to have the focus as soon as it is there. */
  #aimed = $state<PanelTab | null>(null);
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

  get tab(): PanelTab {
    const you = yourSeat(this.#view());
    return drawn(this.#tab, you !== null && leads(you.role));
  }

  /** null while it is closed. */
  get shown(): PanelTab | null {
    return this.open ? this.tab : null;
  }

  /** A press on the button of a tab. */
  press(tab: PanelTab): void {
    const next = pressed(tab, this.shown);
    if (next === null) this.open = false;
    else this.show(next);
  }

  show(tab: PanelTab): void {
    this.open = true;
    this.#tab = tab;
    this.#aimed = null;
  }

  /** Shows a tab to write in: its field takes the focus, also when what stands in the tab is still being fetched. */
  aim(tab: PanelTab): void {
    this.show(tab);
    this.#aimed = tab;
  }

  /** For the field of a tab. */
  readonly focused =
    (tab: PanelTab): Attachment<HTMLElement> =>
    (field) => {
      if (this.#aimed !== tab) return;
      this.#aimed = null;
      field.focus();
    };

  get chatShown(): boolean {
    return this.shown === 'chat';
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

import { m } from '#lib/paraglide/messages.js';
import { announcer } from '../shell/announcer.svelte';
import { toasts } from '../shell/toasts.svelte';
import { LAYOUT_WORDS } from './layout_words';
import { type LayoutName, MAX_STAGE, type Seat, type StageActs, type StageView } from './view';

/** Which picture this screen shows (R23): the chair's, while one stands; else the own, and what is tried or pinned. */
export class PictureChoice {
  /** Where the menu of layouts is open: beside this control. */
  menu = $state.raw<HTMLElement | null>(null);
  /** No pictures, by the own wish. */
  soundOnly = $state(false);
  #own = $state<LayoutName>('grid');
  #tried = $state<LayoutName | null>(null);
  #pinned = $state<string | null>(null);
  readonly #view: () => StageView;
  readonly #acts: StageActs;

  constructor(view: () => StageView, acts: StageActs) {
    this.#view = view;
    this.#acts = acts;
  }

  get own(): LayoutName {
    return this.#own;
  }

  /** The chair's for every page; null while each has its own. */
  get bound(): LayoutName | null {
    return this.#view().meeting.layout;
  }

  get layout(): LayoutName {
    return this.#tried ?? this.bound ?? this.#own;
  }

  /** The own private choice of the large picture. A room shows what the chair set, and nothing else. */
  get pinned(): string | null {
    const { seats } = this.#view();
    const there = this.#tried === null && this.mayPin && seats.some(({ id }) => id === this.#pinned);
    return there ? this.#pinned : null;
  }

  get mayPin(): boolean {
    return this.bound === null || this.#view().seats.find(({ you }) => you)?.kind !== 'room';
  }

  pin(seat: Seat): void {
    this.#pinned = this.pinned === seat.id ? null : seat.id;
    if (this.#pinned !== null) announcer.say(m.layout_private()); // the sign on the stage stays
  }

  unpin(): void {
    this.#pinned = null;
  }

  /** Shows a layout here only, until it is chosen or left. */
  readonly tryOut = (layout: LayoutName | null): void => {
    this.#tried = layout;
  };

  choose(layout: LayoutName, { forAll }: { readonly forAll: boolean }): void {
    this.#pinned = null;
    this.#tried = null;
    if (forAll) this.#acts.setLayout(layout);
    else this.#own = layout;
  }

  free(): void {
    this.#acts.setLayout(null);
  }

  get onstage(): readonly string[] {
    return this.#view().stage;
  }

  /** Brings somebody to the stage of every page, or takes them off again. */
  toggleStage(seat: Seat): void {
    const { onstage } = this;
    if (onstage.includes(seat.id)) this.#acts.setStage(onstage.filter((id) => id !== seat.id));
    else if (onstage.length >= MAX_STAGE) toasts.show(m.stage_full({ count: MAX_STAGE }));
    else this.#acts.setStage([...onstage, seat.id]);
  }

  /** The layout in words, and whose choice it is. */
  get words(): string {
    const layout = LAYOUT_WORDS[this.layout]();
    return this.bound === null ? m.layout_own({ layout }) : m.layout_bound({ layout });
  }
}

import type { Seat } from './view';

export type Dialog = 'end' | 'leave' | 'devices' | 'help' | 'more' | 'acts' | 'backdrop' | 'companion' | 'commands';

/** What lies open over the page, by a press of its owner: one card, one dialog, one thing to confirm. */
export class Opened {
  /** The card of a person, beside what was pressed. */
  card = $state<{ readonly seat: string; readonly anchor: HTMLElement } | null>(null);
  removing = $state<Seat | null>(null);
  /** Whose role or name is being changed. */
  appointing = $state<{ readonly seat: string; readonly what: 'role' | 'name' } | null>(null);
  dialog = $state<Dialog | null>(null);

  readonly openCard = (seat: Seat, anchor: HTMLElement): void => {
    this.card = { seat: seat.id, anchor };
  };

  /** Open ones keep the keys. */
  get open(): boolean {
    return [this.card, this.removing, this.appointing, this.dialog].some((one) => one !== null);
  }
}

import { untrack } from 'svelte';
import { type Seat, type StageView, yourSeat } from './view';

/** The picture of the meeting with what many parts of the page read from it. */
export interface LiveView extends StageView {
  readonly you: Seat | null;
  /** How many have a seat, and how many of them are here with a line. */
  readonly count: number;
  readonly present: number;
}

/**
 * The meeting part by part. A whole new picture comes with every event; whoever draws a part of it is asked again only
 * when that part is another value. To be called while a component is made.
 */
export function liveView(told: () => StageView): LiveView {
  const start = untrack(told);
  let meeting = $state.raw(start.meeting);
  let seats = $state.raw(start.seats);
  let stage = $state.raw(start.stage);
  let speakingSeat = $state.raw(start.speakingSeat);
  let applicants = $state.raw(start.applicants);
  let floor = $state.raw(start.floor);
  let line = $state.raw(start.line);
  let chat = $state.raw(start.chat);
  let pending = $state.raw(start.pending);
  let you = $state.raw(yourSeat(start));
  let count = $state.raw(start.seats.length);
  let present = $state.raw(presentIn(start));

  $effect.pre(() => {
    const view = told();
    meeting = view.meeting;
    seats = view.seats;
    stage = view.stage;
    speakingSeat = view.speakingSeat;
    applicants = view.applicants;
    floor = view.floor;
    line = view.line;
    chat = view.chat;
    pending = view.pending;
    you = yourSeat(view);
    count = view.seats.length;
    present = presentIn(view);
  });

  return {
    get meeting() {
      return meeting;
    },
    get seats() {
      return seats;
    },
    get stage() {
      return stage;
    },
    get speakingSeat() {
      return speakingSeat;
    },
    get applicants() {
      return applicants;
    },
    get floor() {
      return floor;
    },
    get line() {
      return line;
    },
    get chat() {
      return chat;
    },
    get pending() {
      return pending;
    },
    get you() {
      return you;
    },
    get count() {
      return count;
    },
    get present() {
      return present;
    },
  };
}

function presentIn({ seats }: StageView): number {
  return seats.filter(({ connected }) => connected).length;
}

import { m } from '#lib/paraglide/messages.js';
import type { DevicesView } from '../devices/view';
import type { FloorDesk } from '../floor/desk.svelte';
import { mayHaveFloor, requestOf } from '../floor/view';
import { announcer } from '../shell/announcer.svelte';
import { toasts } from '../shell/toasts.svelte';
import { type Seat, type StageActs, type StageView, yourSeat } from './view';

interface Around {
  readonly view: () => StageView;
  readonly devices: () => DevicesView;
  readonly canShare: () => boolean;
  readonly acts: () => StageActs;
  readonly desk: FloorDesk;
}

/** The own microphone, camera and share, as a press turns them: what is not possible says what to do instead. */
export class OwnSwitches {
  /** The microphone was turned off here a moment ago: not by the chair. */
  micOff = false;
  #wasOn = false;

  constructor(private readonly around: Around) {}

  /** To be asked after every view. */
  follow(after: StageView): void {
    const on = yourSeat(after)?.micOn === true;
    if (this.#wasOn && !on) this.micOff = false;
    this.#wasOn = on;
  }

  /** Turns it without asking whether that is possible. */
  readonly turnMicrophone = (on: boolean): void => {
    this.micOff = !on;
    this.around.acts().switchMicrophone(on);
  };

  readonly microphone = (): void => {
    const { desk, devices } = this.around;
    const you = this.#you;
    if (!you || desk.take()) return;
    if (!you.maySpeak && !you.micOn) this.#byChair(you);
    else if (!devices().hasMicrophone && !you.micOn && devices().state !== 'idle') refuse(m.mic_not_there());
    else this.turnMicrophone(!you.micOn);
  };

  readonly camera = (): void => {
    const you = this.#you;
    if (!you) return;
    if (!you.mayShow && !you.cameraOn) refuse(m.camera_by_chair());
    else this.around.acts().switchCamera(!you.cameraOn);
  };

  readonly share = (): void => {
    const you = this.#you;
    if (!you) return;
    if (!this.around.canShare()) refuse(m.share_not_supported());
    else if (!you.mayShare && !you.screenOn) refuse(m.share_not_allowed());
    else this.around.acts().switchScreen(!you.screenOn);
  };

  /** The button is not dead: it says what to do instead. */
  #byChair(you: Seat): void {
    const { desk, view } = this.around;
    const asks = mayHaveFloor(you.role) && !you.turn && !requestOf(view().floor, you.id);
    const text = asks ? m.floor_mic_by_chair() : m.mic_by_chair();
    toasts.show(text, asks ? { action: { label: m.floor_ask(), run: () => desk.ask() } } : {});
    announcer.say(text);
  }

  get #you(): Seat | null {
    return yourSeat(this.around.view());
  }
}

function refuse(text: string): void {
  toasts.show(text);
  announcer.say(text);
}

import { m } from '#lib/paraglide/messages.js';
import type { DevicesView } from '../devices/view';
import type { FloorDesk } from '../floor/desk.svelte';
import { mayHaveFloor, requestOf } from '../floor/view';
import { announcer } from '../shell/announcer.svelte';
import { toasts } from '../shell/toasts.svelte';
import { Asked } from './asked';
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
  readonly #asked = new Asked();

  constructor(private readonly around: Around) {}

  /** To be asked after every view. */
  follow(after: StageView): void {
    const on = yourSeat(after)?.micOn === true;
    if (this.#wasOn && !on) this.micOff = false;
    this.#wasOn = on;
    const you = yourSeat(after);
    if (you && (you.turn || requestOf(after.floor, you.id))) toasts.closeKind(BY_CHAIR);
  }

  /** As it was asked for last. */
  readonly isMicrophoneOn = (): boolean => this.#asked.isOn('microphone', this.#you?.micOn ?? false);

  /** Turns it without asking whether that is possible. */
  readonly turnMicrophone = (on: boolean): void => {
    this.micOff = !on;
    this.#asked.note('microphone', on, this.around.acts().switchMicrophone(on));
  };

  readonly microphone = (): void => {
    const { desk, devices } = this.around;
    const you = this.#you;
    if (!you || desk.take()) return;
    const on = this.isMicrophoneOn();
    if (!you.maySpeak && !on) this.#byChair(you);
    else if (!devices().hasMicrophone && !on && devices().state !== 'idle') refuse(m.mic_not_there());
    else this.turnMicrophone(!on);
  };

  readonly camera = (): void => {
    const you = this.#you;
    if (!you) return;
    if (!you.mayShow) return refuse(m.camera_by_chair()); // also while the page is still turning it off
    const on = this.#asked.isOn('camera', you.cameraOn);
    this.#asked.note('camera', !on, this.around.acts().switchCamera(!on));
  };

  readonly share = (): void => {
    const you = this.#you;
    if (!you) return;
    if (!this.around.canShare()) return refuse(m.share_not_supported());
    if (!you.mayShare) return refuse(m.share_not_allowed());
    const on = this.#asked.isOn('screen', you.screenOn);
    this.#asked.note('screen', !on, this.around.acts().switchScreen(!on));
  };

  /** The button is not dead: it says what to do instead. */
  #byChair(you: Seat): void {
    const { desk, view } = this.around;
    const asks = mayHaveFloor(you.role) && !you.turn && !requestOf(view().floor, you.id);
    const text = asks ? m.floor_mic_by_chair() : m.mic_by_chair();
    const action = { label: m.floor_ask(), run: () => desk.ask() };
    toasts.show(text, asks ? { kind: BY_CHAIR, action } : { kind: BY_CHAIR });
    announcer.say(text);
  }

  get #you(): Seat | null {
    return yourSeat(this.around.view());
  }
}

/** The advice to ask for the floor: followed, it goes. */
const BY_CHAIR = 'mic_by_chair';

function refuse(text: string): void {
  toasts.show(text);
  announcer.say(text);
}

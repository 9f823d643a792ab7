import type { Devices, DevicesState } from '../../client';
import type { Choice, DevicesView } from '../devices/view';

/** The devices as Svelte sees them: held by the client, drawn by the components. */
export class DevicesModel implements DevicesView {
  #now = $state.raw<DevicesState>(UNTOUCHED);
  level = $state(0);
  readonly #devices: Devices;
  readonly #ends: (() => void)[] = [];

  constructor(devices: Devices) {
    this.#devices = devices;
    this.#ends.push(
      devices.subscribe((state) => (this.#now = state)),
      devices.onLevel((level) => (this.level = level)),
    );
  }

  get state(): DevicesState['state'] {
    return this.#now.state;
  }
  get preview(): MediaStream | null {
    return this.#now.preview;
  }
  get cameraOn(): boolean {
    return this.#now.cameraOn;
  }
  get hasCamera(): boolean {
    return this.#now.hasCamera;
  }
  get hasMicrophone(): boolean {
    return this.#now.hasMicrophone;
  }
  get heard(): boolean {
    return this.#now.heard;
  }
  get cameras(): readonly Choice[] {
    return this.#now.cameras;
  }
  get microphones(): readonly Choice[] {
    return this.#now.microphones;
  }
  get speakers(): readonly Choice[] {
    return this.#now.speakers;
  }
  get camera(): string {
    return this.#now.camera;
  }
  get microphone(): string {
    return this.#now.microphone;
  }
  get speaker(): string {
    return this.#now.speaker;
  }

  start(): Promise<void> {
    return this.#devices.start();
  }
  switchCamera(on: boolean): Promise<void> {
    return this.#devices.switchCamera(on);
  }
  chooseCamera(id: string): Promise<void> {
    return this.#devices.chooseCamera(id);
  }
  chooseMicrophone(id: string): Promise<void> {
    return this.#devices.chooseMicrophone(id);
  }
  chooseSpeaker(id: string): Promise<void> {
    return this.#devices.chooseSpeaker(id);
  }
  playSound(volume: number, notes?: readonly number[]): Promise<void> {
    return this.#devices.playSound(volume, notes);
  }

  close(): void {
    for (const end of this.#ends) end();
  }
}

/** Before the page runs: what is prerendered. */
const UNTOUCHED: DevicesState = {
  state: 'idle',
  preview: null,
  cameraOn: true,
  microphoneOn: true,
  hasCamera: false,
  hasMicrophone: false,
  heard: false,
  cameras: [],
  microphones: [],
  speakers: [],
  camera: '',
  microphone: '',
  speaker: '',
};

const nothing = () => Promise.resolve();
export const NO_DEVICES: DevicesView = {
  ...UNTOUCHED,
  level: 0,
  start: nothing,
  switchCamera: nothing,
  chooseCamera: nothing,
  chooseMicrophone: nothing,
  chooseSpeaker: nothing,
  playSound: nothing,
};

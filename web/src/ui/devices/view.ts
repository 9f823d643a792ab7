/** Camera, microphone and speaker as the components see them; `device_model.svelte.ts` fills it from the browser. */
export type DeviceState = 'idle' | 'starting' | 'ready' | 'denied' | 'none' | 'busy' | 'failed' | 'insecure';

export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface DevicesView {
  readonly state: DeviceState;
  readonly preview: MediaStream | null;
  readonly cameraOn: boolean;
  readonly hasCamera: boolean;
  readonly hasMicrophone: boolean;
  /** 0 (silence) to 1, about fifteen times a second. */
  readonly level: number;
  /** The microphone has been loud enough once. */
  readonly heard: boolean;
  readonly cameras: readonly Choice[];
  readonly microphones: readonly Choice[];
  /** Empty where the browser does not let a page choose. */
  readonly speakers: readonly Choice[];
  readonly camera: string;
  readonly microphone: string;
  readonly speaker: string;
  start(): Promise<void>;
  switchCamera(on: boolean): Promise<void>;
  chooseCamera(id: string): Promise<void>;
  chooseMicrophone(id: string): Promise<void>;
  chooseSpeaker(id: string): Promise<void>;
  /** Plays soft notes (hertz; without any, the test sound) on the chosen speaker; ends with them. `volume` is 0 to 1. */
  playSound(volume: number, notes?: readonly number[]): Promise<void>;
}

export type SpeakerResult = 'untried' | 'playing' | 'asked' | 'heard' | 'not_heard';

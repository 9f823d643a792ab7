/** `ready`: at least one of microphone and camera works. All else is why none of them does. */
export type DeviceState = 'idle' | 'starting' | 'ready' | 'denied' | 'none' | 'busy' | 'failed' | 'insecure';

export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface DevicesState {
  readonly state: DeviceState;
  /** The own camera, for the preview and the self view. */
  readonly preview: MediaStream | null;
  /** Before the door: whether one wants to come in with it. In the meeting the switches rule. */
  readonly cameraOn: boolean;
  readonly microphoneOn: boolean;
  readonly hasCamera: boolean;
  readonly hasMicrophone: boolean;
  /** The microphone has been loud enough once. */
  readonly heard: boolean;
  readonly cameras: readonly Choice[];
  readonly microphones: readonly Choice[];
  /** Empty where the browser does not let a page choose. */
  readonly speakers: readonly Choice[];
  readonly camera: string;
  readonly microphone: string;
  readonly speaker: string;
}

export interface Devices {
  readonly state: DevicesState;
  subscribe(listener: (state: DevicesState) => void): () => void;
  /** Loudness of the own microphone, 0 (silence) to 1, about fifteen times a second while somebody listens. */
  onLevel(listener: (level: number) => void): () => void;
  /** Asks for camera and microphone; call it again after "Try again". Never rejects: read `state`. */
  start(): Promise<void>;
  switchCamera(on: boolean): Promise<void>;
  switchMicrophone(on: boolean): void;
  chooseCamera(id: string): Promise<void>;
  chooseMicrophone(id: string): Promise<void>;
  chooseSpeaker(id: string): Promise<void>;
  /** Plays soft notes (hertz; without any, the test sound) on the chosen speaker; ends with them. `volume` is 0 to 1. */
  playSound(volume: number, notes?: readonly number[]): Promise<void>;
}

export const NO_DEVICES: DevicesState = {
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

/** What the visitor chose, kept on this device for the next meeting. */
export type Wishes = Pick<DevicesState, 'camera' | 'microphone' | 'speaker' | 'cameraOn' | 'microphoneOn'>;

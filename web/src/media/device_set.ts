import { capture, type CaptureWish, type Captured } from './capture';
import { type Devices, type DevicesState, NO_DEVICES, type Wishes } from './device_state';
import { LevelMeter } from './level';
import { canChooseSpeaker } from './sound';
import { keep, recall } from './wishes';

/** Camera, microphone and speaker of this device: opened, chosen, watched, and closed in the end. */
export class DeviceSet implements Devices {
  private now: DevicesState;
  private microphone: MediaStreamTrack | null = null;
  private camera: MediaStreamTrack | null = null;
  private meter: LevelMeter | null = null;
  private meterTimer: ReturnType<typeof setInterval> | null = null;
  private readonly listeners = new Set<(state: DevicesState) => void>();
  private readonly levelListeners = new Set<(level: number) => void>();
  /** One thing after the other: two questions to the browser at once would race for the same camera. */
  private queue: Promise<void> = Promise.resolve();
  private starting: Promise<void> | null = null;
  private closed = false;

  constructor(
    private readonly media: MediaDevices | null = navigatorMedia(),
    private readonly storage: Storage | null = null,
  ) {
    this.now = { ...NO_DEVICES, ...recall(storage) };
    media?.addEventListener('devicechange', this.relist);
  }

  get state(): DevicesState {
    return this.now;
  }

  /** The meter listens to it also while the microphone is off, so what is sent is a copy. */
  get microphoneTrack(): MediaStreamTrack | null {
    return this.microphone;
  }

  get cameraTrack(): MediaStreamTrack | null {
    return this.camera;
  }

  subscribe(listener: (state: DevicesState) => void): () => void {
    this.listeners.add(listener);
    listener(this.now);
    return () => this.listeners.delete(listener);
  }

  onLevel(listener: (level: number) => void): () => void {
    this.levelListeners.add(listener);
    this.measure();
    return () => {
      this.levelListeners.delete(listener);
      this.measure();
    };
  }

  /** Whoever asks while they are being opened waits for the same: opened twice, the first would be lost on the way. */
  start(): Promise<void> {
    this.starting ??= this.inTurn(async () => {
      this.put({ state: 'starting' });
      const { camera, microphone, cameraOn } = this.now;
      await this.open({ microphone, camera: cameraOn ? camera : null });
    }).finally(() => (this.starting = null));
    return this.starting;
  }

  switchCamera(on: boolean): Promise<void> {
    return this.inTurn(async () => {
      this.wish({ cameraOn: on });
      if (!on) this.takeCamera(null);
      else if (!this.camera) await this.open({ microphone: null, camera: this.now.camera });
      this.put({});
    });
  }

  switchMicrophone(on: boolean): void {
    this.wish({ microphoneOn: on });
  }

  chooseCamera(id: string): Promise<void> {
    return this.inTurn(async () => {
      this.wish({ camera: id });
      if (!this.now.cameraOn) return;
      this.takeCamera(null); // some systems open a camera once only
      await this.open({ microphone: null, camera: id });
    });
  }

  chooseMicrophone(id: string): Promise<void> {
    return this.inTurn(async () => {
      this.wish({ microphone: id });
      await this.open({ microphone: id, camera: null });
    });
  }

  chooseSpeaker(id: string): Promise<void> {
    this.wish({ speaker: id });
    return Promise.resolve();
  }

  async playSound(volume: number, notes?: readonly number[]): Promise<void> {
    const { playChime } = await import('./chime');
    return playChime(this.now.speaker, volume, notes);
  }

  /** The camera goes off by somebody else's act: the own wish for the next meeting stays. */
  releaseCamera(): void {
    void this.inTurn(() => {
      this.put({ cameraOn: false });
      this.takeCamera(null);
      return Promise.resolve();
    });
  }

  /** Camera and microphone are off (R21); `start` opens them again. */
  stop(): Promise<void> {
    return this.inTurn(() => {
      this.takeMicrophone(null);
      this.takeCamera(null);
      this.put({ state: 'idle', hasCamera: false, heard: false });
      return Promise.resolve();
    });
  }

  close(): void {
    this.closed = true;
    this.media?.removeEventListener('devicechange', this.relist);
    this.takeMicrophone(null);
    this.takeCamera(null);
    this.levelListeners.clear();
    this.listeners.clear();
    this.measure();
  }

  private async open(wish: CaptureWish): Promise<void> {
    const { media } = this;
    const get = media ? (constraints: MediaStreamConstraints) => media.getUserMedia(constraints) : null;
    const captured = await capture(wish, get);
    if (this.closed) {
      captured.microphone?.stop();
      captured.camera?.stop();
      return;
    }
    this.take(captured, wish);
    await this.list();
  }

  private take({ microphone, camera, trouble }: Captured, wish: CaptureWish): void {
    if (microphone || wish.microphone !== null) this.takeMicrophone(microphone);
    if (camera || wish.camera !== null) this.takeCamera(camera);
    const works = this.microphone !== null || this.camera !== null;
    this.put({ state: works || trouble === null ? 'ready' : trouble });
  }

  private takeMicrophone(track: MediaStreamTrack | null): void {
    if (this.microphone === track) return;
    this.microphone?.stop();
    this.microphone = track;
    this.meter?.close();
    this.meter = null;
    track?.addEventListener('ended', () => this.gone(track));
    this.measure();
    this.put({ hasMicrophone: track !== null, microphone: idOf(track) ?? this.now.microphone });
  }

  private takeCamera(track: MediaStreamTrack | null): void {
    if (this.camera === track) return;
    this.camera?.stop();
    this.camera = track;
    track?.addEventListener('ended', () => this.gone(track));
    this.put({
      preview: track ? new MediaStream([track]) : null,
      hasCamera: track !== null || (this.now.hasCamera && !this.now.cameraOn),
      camera: idOf(track) ?? this.now.camera,
    });
  }

  /** Unplugged, or taken by the system: another one takes its place, if there is one. */
  private gone(track: MediaStreamTrack): void {
    if (track !== this.microphone && track !== this.camera) return;
    const wish: CaptureWish = {
      microphone: track === this.microphone ? '' : null,
      camera: track === this.camera ? '' : null,
    };
    void this.inTurn(() => this.open(wish));
  }

  private readonly relist = (): void => void this.list();

  private async list(): Promise<void> {
    const all = (await this.media?.enumerateDevices()) ?? [];
    const of = (kind: MediaDeviceKind) =>
      all
        .filter((each) => each.kind === kind && each.deviceId !== '')
        .map(({ deviceId, label }) => ({ id: deviceId, label }));
    this.put({
      cameras: of('videoinput'),
      microphones: of('audioinput'),
      speakers: canChooseSpeaker() ? of('audiooutput') : [],
    });
  }

  /** The meter runs only while somebody looks at it. */
  private measure(): void {
    if (this.meterTimer !== null) clearInterval(this.meterTimer);
    this.meterTimer = null;
    const track = this.microphone;
    if (this.levelListeners.size === 0 || !track) {
      this.meter?.close();
      this.meter = null;
      for (const listener of this.levelListeners) listener(0);
      return;
    }
    this.meter ??= new LevelMeter(track);
    this.meterTimer = setInterval(() => {
      const level = this.meter?.read() ?? 0;
      if (level >= HEARD && !this.now.heard) this.put({ heard: true });
      for (const listener of this.levelListeners) listener(level);
    }, LEVEL_MS);
  }

  private wish(wishes: Partial<Wishes>): void {
    this.put(wishes);
    keep(this.storage, this.now);
  }

  private put(change: Partial<DevicesState>): void {
    this.now = { ...this.now, ...change };
    for (const listener of this.listeners) listener(this.now);
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(() => (this.closed ? undefined : step()));
    return this.queue;
  }
}

const LEVEL_MS = 66;
/** Above the noise of a quiet room. */
const HEARD = 0.35;

/** Absent where the page is not secure, whatever the types say. */
function navigatorMedia(): MediaDevices | null {
  return 'mediaDevices' in navigator ? navigator.mediaDevices : null;
}

function idOf(track: MediaStreamTrack | null): string | null {
  return track?.getSettings().deviceId ?? null;
}

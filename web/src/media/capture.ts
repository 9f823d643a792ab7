import type { DeviceState } from './device_state';

/** What could be opened, and why the rest could not. */
export interface Captured {
  readonly microphone: MediaStreamTrack | null;
  readonly camera: MediaStreamTrack | null;
  /** null when everything that was asked for is there. */
  readonly trouble: Trouble | null;
}

export type Trouble = Exclude<DeviceState, 'idle' | 'starting' | 'ready'>;

export interface CaptureWish {
  readonly microphone: string | null;
  readonly camera: string | null;
}

type GetUserMedia = (constraints: MediaStreamConstraints) => Promise<MediaStream>;

/** Opens microphone and camera with one question; where one of them is missing or busy, the other by itself. */
export async function capture(wish: CaptureWish, get: GetUserMedia | null): Promise<Captured> {
  if (get === null) return { microphone: null, camera: null, trouble: 'insecure' };
  try {
    return { ...tracksOf(await get(constraints(wish))), trouble: null };
  } catch (error) {
    const trouble = troubleOf(error);
    const alone = wish.microphone === null || wish.camera === null;
    if (trouble === 'denied' || alone) return { microphone: null, camera: null, trouble };
    const microphone = await capture({ ...wish, camera: null }, get);
    const camera = await capture({ ...wish, microphone: null }, get);
    return {
      microphone: microphone.microphone,
      camera: camera.camera,
      trouble: microphone.trouble ?? camera.trouble,
    };
  }
}

function constraints({ microphone, camera }: CaptureWish): MediaStreamConstraints {
  return {
    audio: microphone === null ? false : { ...VOICE, ...device(microphone) },
    video: camera === null ? false : { ...PICTURE, ...device(camera) },
  };
}

/** The chosen device if it is there, else another one: a meeting must not fail because a headset stayed at home. */
function device(id: string): MediaTrackConstraints {
  return id === '' ? {} : { deviceId: { ideal: id } };
}

const VOICE: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE: MediaTrackConstraints = {
  width: { ideal: 960 },
  height: { ideal: 540 },
  frameRate: { ideal: 30, max: 30 },
};

function tracksOf(stream: MediaStream): Pick<Captured, 'microphone' | 'camera'> {
  return { microphone: stream.getAudioTracks()[0] ?? null, camera: stream.getVideoTracks()[0] ?? null };
}

function troubleOf(error: unknown): Trouble {
  switch (error instanceof Error || error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    case 'SecurityError':
      return 'insecure';
    default:
      return 'failed';
  }
}

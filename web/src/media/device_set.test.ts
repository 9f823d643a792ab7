import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeviceSet } from './device_set';

class FakeTrack extends EventTarget {
  stopped = false;
  constructor(
    readonly kind: string,
    readonly id: string,
  ) {
    super();
  }
  stop = () => void (this.stopped = true);
  getSettings = () => ({ deviceId: this.id });
}

class FakeStream {
  constructor(readonly tracks: readonly FakeTrack[]) {}
  getAudioTracks = () => this.tracks.filter(({ kind }) => kind === 'audio');
  getVideoTracks = () => this.tracks.filter(({ kind }) => kind === 'video');
}

class Shelf {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
}

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeStream);
  vi.stubGlobal('HTMLMediaElement', FakeStream);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function aDesk(shelf = new Shelf()) {
  const opened: FakeTrack[] = [];
  const attached = new Set(['mic 1', 'mic 2', 'cam 1', 'cam 2']);
  const open = (kind: string, wish: MediaTrackConstraints | boolean | undefined) => {
    if (!wish) return [];
    const ideal = typeof wish === 'object' ? (wish.deviceId as { ideal?: string } | undefined)?.ideal : undefined;
    const prefix = kind === 'audio' ? 'mic' : 'cam';
    const id = [ideal ?? '', ...attached].find((each) => attached.has(each) && each.startsWith(prefix));
    if (id === undefined) throw new DOMException('none', 'NotFoundError');
    const track = new FakeTrack(kind, id);
    opened.push(track);
    return [track];
  };
  const media = Object.assign(new EventTarget(), {
    getUserMedia: ({ audio, video }: MediaStreamConstraints) =>
      Promise.resolve().then(() => new FakeStream([...open('audio', audio), ...open('video', video)])),
    enumerateDevices: () =>
      Promise.resolve(
        [...attached].map((id) => ({
          deviceId: id,
          label: id.toUpperCase(),
          kind: id.startsWith('mic') ? 'audioinput' : 'videoinput',
        })),
      ),
  });
  const devices = new DeviceSet(media as unknown as MediaDevices, shelf as unknown as Storage);
  const running = () => opened.filter(({ stopped }) => !stopped).map(({ id }) => id);
  return { devices, media, attached, opened, running, shelf };
}

describe('the devices of a page', () => {
  test('asked for twice while they are opened, they are opened once', async () => {
    const { devices, opened } = aDesk();
    await Promise.all([devices.start(), devices.start()]);
    expect(opened.map(({ id }) => id)).toEqual(['mic 1', 'cam 1']);
    await devices.start();
    expect(opened).toHaveLength(4);
  });

  test('are not touched before somebody asks for them', () => {
    const { devices, opened } = aDesk();
    expect([devices.state.state, opened]).toEqual(['idle', []]);
  });

  test('are listed with their names once they may be seen', async () => {
    const { devices } = aDesk();
    await devices.start();
    expect(devices.state).toMatchObject({
      state: 'ready',
      hasCamera: true,
      hasMicrophone: true,
      camera: 'cam 1',
      cameras: [
        { id: 'cam 1', label: 'CAM 1' },
        { id: 'cam 2', label: 'CAM 2' },
      ],
    });
  });

  test('a camera that is turned off is let go, and comes back when it is turned on', async () => {
    const { devices, running } = aDesk();
    await devices.start();
    await devices.switchCamera(false);
    expect([running(), devices.state.preview, devices.state.hasCamera]).toEqual([['mic 1'], null, true]);
    await devices.switchCamera(true);
    expect([running(), devices.state.cameraOn]).toEqual([['mic 1', 'cam 1'], true]);
  });

  test('another device takes the place of the one before', async () => {
    const { devices, running } = aDesk();
    await devices.start();
    await devices.chooseCamera('cam 2');
    await devices.chooseMicrophone('mic 2');
    expect(running().sort()).toEqual(['cam 2', 'mic 2']);
  });

  test('what was chosen is taken the next time, where it is still there', async () => {
    const first = aDesk();
    await first.devices.start();
    await first.devices.chooseMicrophone('mic 2');
    const second = aDesk(first.shelf);
    await second.devices.start();
    expect(second.running()).toContain('mic 2');
    const third = aDesk(first.shelf);
    third.attached.delete('mic 2');
    await third.devices.start();
    expect(third.running()).toContain('mic 1');
  });

  test('an unplugged microphone is replaced by another', async () => {
    const { devices, attached, opened, running } = aDesk();
    await devices.start();
    attached.delete('mic 1');
    opened.find(({ id }) => id === 'mic 1')?.dispatchEvent(new Event('ended'));
    await vi.waitFor(() => expect(running()).toContain('mic 2'));
  });

  test('R21: stopping turns camera and microphone off, and they can be started again', async () => {
    const { devices, running } = aDesk();
    await devices.start();
    await devices.stop();
    expect([running(), devices.state.state]).toEqual([[], 'idle']);
    await devices.start();
    expect(running().length).toBe(2);
  });

  test("a camera stopped by the chair does not change the visitor's own wish for the next meeting", async () => {
    const { devices, running, shelf } = aDesk();
    await devices.start();
    devices.releaseCamera();
    await vi.waitFor(() => expect(running()).toEqual(['mic 1']));
    expect(aDesk(shelf).devices.state.cameraOn).toBe(true);
  });

  test('nothing is opened after the end', async () => {
    const { devices, running } = aDesk();
    const starting = devices.start();
    devices.close();
    await starting;
    expect(running()).toEqual([]);
  });

  test('without any device say so', async () => {
    const { devices, attached } = aDesk();
    attached.clear();
    await devices.start();
    expect(devices.state.state).toBe('none');
  });
});

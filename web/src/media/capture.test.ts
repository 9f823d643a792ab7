import { describe, expect, test } from 'vitest';
import { capture } from './capture';

type Device = 'microphone' | 'camera';

/** A browser in which some devices cannot be opened, and what it was asked. */
function aBrowser(faults: Partial<Record<Device, string>>) {
  const asked: string[] = [];
  const track = (kind: string) => ({ kind }) as MediaStreamTrack;
  const get = ({ audio, video }: MediaStreamConstraints): Promise<MediaStream> => {
    const wanted: Device[] = [...(audio ? ['microphone' as const] : []), ...(video ? ['camera' as const] : [])];
    asked.push(wanted.join('+'));
    const fault = wanted.map((device) => faults[device]).find((name) => name !== undefined);
    if (fault !== undefined) return Promise.reject(new DOMException('no', fault));
    return Promise.resolve({
      getAudioTracks: () => (audio ? [track('audio')] : []),
      getVideoTracks: () => (video ? [track('video')] : []),
    } as unknown as MediaStream);
  };
  return { asked, get };
}

const BOTH = { microphone: '', camera: '' };

describe('camera and microphone', () => {
  test('are opened with one question', async () => {
    const { asked, get } = aBrowser({});
    const { microphone, camera, trouble } = await capture(BOTH, get);
    expect([microphone?.kind, camera?.kind, trouble, asked]).toEqual(['audio', 'video', null, ['microphone+camera']]);
  });

  test('one that is missing does not take the other away', async () => {
    const { get } = aBrowser({ camera: 'NotFoundError' });
    const { microphone, camera, trouble } = await capture(BOTH, get);
    expect([microphone?.kind, camera, trouble]).toEqual(['audio', null, 'none']);
  });

  test('are not asked for again after a no', async () => {
    const { asked, get } = aBrowser({ camera: 'NotAllowedError', microphone: 'NotAllowedError' });
    expect(await capture(BOTH, get)).toEqual({ microphone: null, camera: null, trouble: 'denied' });
    expect(asked.length).toBe(1);
  });

  test('need a secure page', async () => {
    expect(await capture(BOTH, null)).toEqual({ microphone: null, camera: null, trouble: 'insecure' });
  });

  test.each([
    ['NotAllowedError', 'denied'],
    ['NotFoundError', 'none'],
    ['OverconstrainedError', 'none'],
    ['NotReadableError', 'busy'],
    ['AbortError', 'busy'],
    ['SecurityError', 'insecure'],
    ['TypeError', 'failed'],
  ])('%s means %s', async (name, trouble) => {
    const { get } = aBrowser({ microphone: name });
    expect((await capture({ microphone: '', camera: null }, get)).trouble).toBe(trouble);
  });
});

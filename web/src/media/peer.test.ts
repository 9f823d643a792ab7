import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Peer } from './peer';

/** As much of a peer connection as a peer watches. */
class Connection extends EventTarget {
  connectionState: RTCPeerConnectionState = 'new';
  addTransceiver = () => ({ sender: { track: null } });
  close = () => void (this.connectionState = 'closed');
  becomes(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

function aPeer(answers: Promise<boolean>) {
  const connection = new Connection();
  const told: string[] = [];
  new Peer(
    connection as unknown as RTCPeerConnection,
    {
      connected: () => told.push('connected'),
      blocked: () => told.push('blocked'),
      lost: () => told.push('lost'),
      serverAnswers: () => answers,
    },
    { audio: 0, video: 0 },
  );
  connection.becomes('connected');
  return { connection, told };
}

test('all that is received is held for as long, lines that come later too, where a browser can be told', () => {
  vi.stubGlobal('MediaStream', EventTarget);
  vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => null });
  const receivers: { jitterBufferTarget?: number | null }[] = [{ jitterBufferTarget: null }, {}];
  const connection = Object.assign(new Connection(), { getReceivers: () => receivers });
  const ears = { connected: vi.fn(), blocked: vi.fn(), lost: vi.fn(), serverAnswers: () => Promise.resolve(true) };
  const peer = new Peer(connection as unknown as RTCPeerConnection, ears, { audio: 0, video: 0 });
  peer.hold(200);
  receivers.push({ jitterBufferTarget: null });
  peer.hold(200);
  expect(receivers).toEqual([{ jitterBufferTarget: 200 }, {}, { jitterBufferTarget: 200 }]);
  peer.hold(null);
  expect(receivers).toEqual([{ jitterBufferTarget: null }, {}, { jitterBufferTarget: null }]);
  vi.unstubAllGlobals();
});

describe('a connection on which nothing arrives any more', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('MediaStream', EventTarget);
    vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => null });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test('F28: looks for another way at once when the server answers otherwise, and is given up when there is none', async () => {
    const { connection, told } = aPeer(Promise.resolve(true));
    connection.becomes('disconnected');
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['connected', 'blocked']);
    connection.becomes('connecting');
    await vi.advanceTimersByTimeAsync(2_400);
    expect(told).toEqual(['connected', 'blocked']);
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toEqual(['connected', 'blocked', 'lost']);
  });

  test('goes on when it found another way, and looks again the next time', async () => {
    const { connection, told } = aPeer(Promise.resolve(true));
    for (let time = 0; time < 2; time += 1) {
      connection.becomes('disconnected');
      await vi.advanceTimersByTimeAsync(0);
      connection.becomes('connecting');
      connection.becomes('connected');
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(told).toEqual(['connected', 'blocked', 'connected', 'blocked', 'connected']);
  });

  test('that has failed looks for another way once', async () => {
    const { connection, told } = aPeer(Promise.resolve(false));
    connection.becomes('failed');
    connection.becomes('connecting');
    connection.becomes('failed');
    expect(told).toEqual(['connected', 'blocked']);
    await vi.advanceTimersByTimeAsync(2_600);
    expect(told).toEqual(['connected', 'blocked', 'lost']);
  });

  test('F26: is waited for while the whole line is gone, and given up after 5 s', async () => {
    const { connection, told } = aPeer(Promise.resolve(false));
    connection.becomes('disconnected');
    await vi.advanceTimersByTimeAsync(4_900);
    expect(told).toEqual(['connected']);
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toEqual(['connected', 'lost']);
  });

  test('F25: goes on when packets arrive again before the server answered', async () => {
    let answer: (answers: boolean) => void = () => undefined;
    const { connection, told } = aPeer(new Promise((settle) => (answer = settle)));
    connection.becomes('disconnected');
    connection.becomes('connected');
    answer(true);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(['connected', 'connected']);
  });
});

describe('relays', () => {
  const RELAY = { urls: ['turns:turn.example:443'], username: '1:p', credential: 'c' };

  function aConnection() {
    const done: string[] = [];
    const connection = Object.assign(new Connection(), {
      localDescription: null as object | null,
      getConfiguration: () => ({ iceServers: [], bundlePolicy: 'max-bundle' }),
      setConfiguration: (all: object) => void done.push(`configured ${JSON.stringify(all)}`),
      createOffer: ({ iceRestart }: RTCOfferOptions) =>
        Promise.resolve({ type: 'offer', sdp: iceRestart ? 'offer that begins anew' : 'offer' }),
      setLocalDescription: (offer: { sdp: string }) => {
        connection.localDescription = offer;
        return Promise.resolve(void done.push(`gathers for ${offer.sdp}`));
      },
      setRemoteDescription: ({ sdp }: { sdp: string }) => Promise.resolve(void done.push(`takes ${sdp}`)),
      getTransceivers: () => [],
    });
    const ears = { connected: vi.fn(), blocked: vi.fn(), lost: vi.fn(), serverAnswers: () => Promise.resolve(false) };
    return { peer: new Peer(connection as unknown as RTCPeerConnection, ears, { audio: 0, video: 0 }), done };
  }

  beforeEach(() => {
    vi.stubGlobal('MediaStream', EventTarget);
    vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => null });
  });
  afterEach(() => vi.unstubAllGlobals());

  test('that the answer brings are there before candidates are gathered, and nothing is before the answer', async () => {
    const { peer, done } = aConnection();
    expect(await peer.offer()).toBe('offer');
    expect(done).toEqual([]);
    await peer.accept({ sdp: 'answer', slots: [], ice_servers: [RELAY] });
    const configured = JSON.stringify({ iceServers: [RELAY], bundlePolicy: 'max-bundle' });
    expect(done).toEqual([`configured ${configured}`, 'gathers for offer', 'takes answer']);
  });

  test('are left as they are on a connection that is there, and where there are none', async () => {
    const { peer, done } = aConnection();
    await peer.offer();
    await peer.accept({ sdp: 'answer', slots: [], ice_servers: [] });
    await peer.offer();
    await peer.accept({ sdp: 'another', slots: [], ice_servers: [RELAY] });
    expect(done).toEqual(['gathers for offer', 'takes answer', 'gathers for offer', 'takes another']);
  });

  test('are taken anew where candidates are gathered anew: those of before may be over', async () => {
    const { peer, done } = aConnection();
    await peer.offer();
    await peer.accept({ sdp: 'answer', slots: [], ice_servers: [] });
    done.length = 0;
    await peer.offerAnew();
    await peer.accept({ sdp: 'another', slots: [], ice_servers: [RELAY] });
    const configured = JSON.stringify({ iceServers: [RELAY], bundlePolicy: 'max-bundle' });
    expect(done).toEqual([`configured ${configured}`, 'gathers for offer that begins anew', 'takes another']);
  });
});

describe('the encodings of a camera', () => {
  interface Asked {
    readonly kind: string;
    readonly sendEncodings?: RTCRtpEncodingParameters[];
  }

  function aSender(encodings: RTCRtpEncodingParameters[], takes = true) {
    const sender = {
      track: null,
      getParameters: () => ({ encodings: structuredClone(encodings) }),
      set: [] as object[],
      scales: [] as (number | undefined)[],
    };
    const setParameters = ({ encodings }: { encodings: RTCRtpEncodingParameters[] }) => {
      if (!takes) return Promise.reject(new DOMException('stale', 'InvalidStateError'));
      sender.set.push(encodings.map(({ rid, active }) => [rid, active]));
      sender.scales.splice(0, 3, ...encodings.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy));
      return Promise.resolve();
    };
    return { ...sender, setParameters };
  }

  function aPeerWith(sender: object) {
    const asked: Asked[] = [];
    const connection = Object.assign(new Connection(), {
      addTransceiver: (kind: string, init: object) => {
        asked.push({ kind, ...init });
        return { sender };
      },
    });
    const ears = { connected: vi.fn(), blocked: vi.fn(), lost: vi.fn(), serverAnswers: () => Promise.resolve(false) };
    return { peer: new Peer(connection as unknown as RTCPeerConnection, ears, { audio: 0, video: 0 }), asked };
  }

  beforeEach(() => {
    vi.stubGlobal('MediaStream', EventTarget);
    vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => null });
  });
  afterEach(() => vi.unstubAllGlobals());

  test('are three, the smallest first; everything else comes in one', () => {
    const { asked } = aPeerWith(aSender([]));
    expect(asked.map(({ sendEncodings }) => sendEncodings?.map(({ rid }) => rid))).toEqual([
      [undefined],
      ['q', 'h', 'f'],
      [undefined],
      [undefined],
    ]);
    expect(asked[1]?.sendEncodings?.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([4, 2, 1]);
  });

  test('are sent as far as somebody gets them', async () => {
    const sender = aSender([{ rid: 'q' }, { rid: 'h' }, { rid: 'f', active: false }]);
    await aPeerWith(sender).peer.limit('camera', ['q', 'f']);
    expect(sender.set).toEqual([
      [
        ['q', true],
        ['h', false],
        ['f', true],
      ],
    ]);
  });

  test('fit the picture: of a small camera the last one that is sent is the whole of it', async () => {
    const sender = aSender([{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }]);
    const { peer } = aPeerWith(sender);
    await peer.limit('camera', ['f']);
    const track = { getSettings: () => ({ width: 640, height: 480 }) };
    const replaceTrack = () => Promise.resolve(void Object.assign(sender, { track }));
    Object.assign(sender, { replaceTrack });
    await peer.put('camera', track as unknown as MediaStreamTrack);
    expect(sender.set.at(-1)).toEqual([
      ['q', false],
      ['h', true],
      ['f', false],
    ]);
    expect(sender.scales).toEqual([2, 1, undefined]);
  });

  test('changes come one after the other', async () => {
    const sender = aSender([{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }]);
    let under = 0;
    const { setParameters } = sender;
    Object.assign(sender, {
      setParameters: async (parameters: { encodings: RTCRtpEncodingParameters[] }) => {
        under += 1;
        expect(under).toBe(1);
        await Promise.resolve();
        under -= 1;
        return setParameters(parameters);
      },
    });
    const { peer } = aPeerWith(sender);
    await Promise.all([peer.limit('camera', ['q']), peer.limit('camera', ['f'])]);
    expect(sender.set.at(-1)).toEqual([
      ['q', false],
      ['h', false],
      ['f', true],
    ]);
  });

  test('stay as they are where the answer took only one, and after the connection is closed', async () => {
    const sender = aSender([{}]);
    const { peer } = aPeerWith(sender);
    await peer.limit('camera', ['q', 'f']);
    peer.close();
    await peer.limit('camera', ['q']);
    expect(sender.set).toEqual([]);
  });

  test('a refusal by the browser is borne', async () => {
    await expect(aPeerWith(aSender([{ rid: 'q' }], false)).peer.limit('camera', ['q'])).resolves.toBeUndefined();
  });
});

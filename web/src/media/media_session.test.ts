import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pictureKey } from '../meeting/state';
import type { ParticipantId } from '../protocol/messages';
import { MediaSession } from './media_session';

/** As much of a peer connection as a session uses: it counts its lines, and tells its offers apart by them. */
class Connection extends EventTarget {
  connectionState = 'new';
  localDescription: { sdp: string } | null = null;
  private readonly lines: { mid: string; direction: string; receiver: unknown; sender: unknown }[] = [];
  addTransceiver(kind: string, { direction }: { direction: string }) {
    const mid = String(this.lines.length);
    const line = {
      mid,
      direction,
      receiver: { track: { kind }, getSynchronizationSources: () => [] },
      sender: { track: null, replaceTrack: () => Promise.resolve() },
      setCodecPreferences: () => undefined,
    };
    this.lines.push(line);
    return line;
  }
  getTransceivers = () => this.lines;
  createOffer = ({ iceRestart }: RTCOfferOptions) =>
    Promise.resolve({ sdp: `${iceRestart ? 'anew ' : ''}${this.videos.join(' ')}` });
  setLocalDescription = (offer: { sdp: string }) => {
    this.localDescription = offer;
    return Promise.resolve();
  };
  setRemoteDescription = () => Promise.resolve();
  getStats = () => Promise.resolve(new Map());
  close = () => void (this.connectionState = 'closed');

  get videos(): readonly string[] {
    return this.lines.flatMap(({ mid, direction, receiver }) =>
      direction === 'recvonly' && (receiver as { track: { kind: string } }).track.kind === 'video' ? [mid] : [],
    );
  }
}

const answerTo = (sdp: string) => ({
  sdp: 'answer',
  slots: sdp
    .replace('anew ', '')
    .split(' ')
    .map((mid, slot) => ({ kind: 'video', slot, mid }) as const),
  ice_servers: [],
});

function aSession(answers: (sdp: string, fresh: boolean) => ReturnType<typeof answerTo> | null) {
  const connections: Connection[] = [];
  const asked: string[] = [];
  const told: number[] = [];
  const limits: ReadonlyMap<string, string>[] = [];
  const network = new Set<() => void>();
  const session: MediaSession = new MediaSession({
    negotiate: (sdp, fresh) => {
      const [anew, ...rest] = sdp.startsWith('anew ') ? sdp.split(' ') : ['', ...sdp.split(' ')];
      asked.push([fresh ? 'fresh' : 'again', anew, rest.length].filter((word) => word !== '').join(' '));
      return Promise.resolve(answers(sdp, fresh));
    },
    serverAnswers: () => Promise.resolve(true),
    ears: {
      line: () => undefined,
      streams: () => undefined,
      frozen: () => undefined,
      limited: () => undefined,
      limits: (reasons) => void limits.push(reasons),
      soundBlocked: () => undefined,
      negotiated: () => told.push(session.videoSlots),
    },
    connect: () => {
      const made = new Connection();
      connections.push(made);
      return made as unknown as RTCPeerConnection;
    },
    onOtherNetwork: (listener) => {
      network.add(listener);
      return () => network.delete(listener);
    },
  });
  const changeNetwork = () => network.forEach((listener) => listener());
  return { session, connections, asked, told, limits, changeNetwork };
}

const settled = () => vi.advanceTimersByTimeAsync(50);

describe('more pictures than nine', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('MediaStream', EventTarget);
    vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => null });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test('come by another offer on the same connection, and the largest grid is the last step', async () => {
    const { session, connections, asked, told } = aSession(answerTo);
    await session.accept(answerTo(await session.offer()));
    session.widen(9);
    session.widen(12);
    await settled();
    session.widen(24);
    await settled();
    session.widen(40);
    session.widen(3);
    await settled();
    expect(asked).toEqual(['again 16', 'again 25']);
    expect(told).toEqual([9, 16, 25]);
    expect(connections).toHaveLength(1);
    session.close();
  });

  test('asked for while the first offer is under way follow it', async () => {
    const { session, asked, told } = aSession(answerTo);
    const offer = await session.offer();
    session.widen(25);
    expect(asked).toEqual([]);
    await session.accept(answerTo(offer));
    await settled();
    expect([asked, told]).toEqual([['again 25'], [9, 25]]);
    session.close();
  });

  test('that are refused come with a connection made anew, which has all lines from the start', async () => {
    const { session, connections, asked } = aSession((sdp, fresh) => (fresh ? answerTo(sdp) : null));
    await session.accept(answerTo(await session.offer()));
    session.widen(20);
    await settled();
    expect(asked).toEqual(['again 25', 'fresh 25']);
    expect(connections).toHaveLength(2);
    expect(session.videoSlots).toBe(25);
    session.close();
  });
});

describe('when the network changes', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('MediaStream', EventTarget);
    vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => null });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  async function inMeeting(answers: Parameters<typeof aSession>[0] = answerTo) {
    const made = aSession(answers);
    await made.session.accept(answerTo(await made.session.offer()));
    return made;
  }

  test('another way is looked for on the same connection, and what is shown is not asked for again', async () => {
    const { session, connections, asked, told, changeNetwork } = await inMeeting();
    changeNetwork();
    await settled();
    expect([asked, told, connections.length]).toEqual([['again anew 9'], [9], 1]);
    session.close();
    changeNetwork();
    await settled();
    expect(asked).toHaveLength(1);
  });

  test('it is asked again until the server hears it', async () => {
    let hears = false;
    const { session, connections, asked, changeNetwork } = await inMeeting((sdp) => (hears ? answerTo(sdp) : null));
    changeNetwork();
    await vi.advanceTimersByTimeAsync(2_000);
    hears = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect([asked, connections.length]).toEqual([['again anew 9', 'again anew 9', 'again anew 9'], 1]);
    session.close();
  });

  test('it goes after an offer that is under way, and before the next one', async () => {
    const { session, asked, changeNetwork } = await inMeeting();
    session.widen(16);
    changeNetwork();
    session.widen(25);
    await settled();
    expect(asked).toEqual(['again 16', 'again anew 16', 'again 25']);
    session.close();
  });

  test('a connection on which nothing arrives looks for another way, and another one is made when there is none', async () => {
    const { session, connections, asked } = await inMeeting();
    const [first] = connections;
    if (first) first.connectionState = 'failed';
    first?.dispatchEvent(new Event('connectionstatechange'));
    await settled();
    expect(asked).toEqual(['again anew 9']);
    await vi.advanceTimersByTimeAsync(3_000);
    expect([asked, connections.length]).toEqual([['again anew 9', 'fresh 9'], 2]);
    session.close();
  });
});

test('why pictures are no better is told by picture', () => {
  vi.stubGlobal('MediaStream', EventTarget);
  const { session, limits } = aSession(answerTo);
  const laocai = 'laocai' as ParticipantId;
  session.tell({
    type: 'limits',
    limits: [
      { participant: laocai, source: 'camera', reason: 'tile' },
      { participant: laocai, source: 'screen', reason: 'line' },
    ],
  });
  expect(limits).toEqual([
    new Map([
      [pictureKey(laocai, 'camera'), 'tile'],
      [pictureKey(laocai, 'screen'), 'line'],
    ]),
  ]);
  session.close();
  vi.unstubAllGlobals();
});

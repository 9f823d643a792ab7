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
      lost: () => told.push('lost'),
      serverAnswers: () => answers,
    },
    { audio: 0, video: 0 },
  );
  connection.becomes('connected');
  return { connection, told };
}

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

  test('F28: is given up at once when the server answers otherwise: media alone is blocked', async () => {
    const { connection, told } = aPeer(Promise.resolve(true));
    connection.becomes('disconnected');
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['connected', 'lost']);
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

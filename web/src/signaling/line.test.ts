import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aPicture, NINE, someone } from '../meeting/build';
import type { Joined, Resumed, ResumeToken, Waiting } from '../protocol/messages';
import { FakeSocket } from './fake_socket';
import { Line } from './line';
import { SeatMemory } from './seat_memory';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const token = (name: string) => name as ResumeToken;
const JOINED: Joined = {
  type: 'joined',
  resume: token('first'),
  picture: aPicture([someone('you')]),
  answer: null,
  slots: [],
  ice_servers: [],
};
const RESUMED: Resumed = {
  type: 'resumed',
  resume: token('second'),
  media: true,
  picture: null,
  missed: [],
  shows: [],
  layers: [],
};
const WAITING: Waiting = {
  type: 'waiting',
  resume: token('lobby'),
  applicant: 'you' as Waiting['applicant'],
  since: NINE,
  title: '',
  chair_present: false,
  invited: false,
  typed: true,
};

class Shelf {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

function aLine(shelf = new Shelf(), reach?: () => Promise<boolean>) {
  const sockets: FakeSocket[] = [];
  const told: string[] = [];
  let online: () => void = () => undefined;
  const memory = new SeatMemory('duan', shelf);
  const line = new Line({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    ...(reach && { reach }),
    memory,
    ears: {
      hear: ({ type }) => told.push(type),
      back: ({ type }) => told.push(`back: ${type}`),
      line: ({ kind }) => told.push(kind),
      over: ({ code }) => told.push(`over: ${code}`),
      confused: () => told.push('confused'),
    },
    lastSeq: () => 42,
    probe: () => ({ type: 'view', tiles: [] }),
    onOnline: (listener) => {
      online = listener;
      return () => undefined;
    },
  });
  const socket = (): FakeSocket => {
    const last = sockets.at(-1);
    if (!last) throw new Error('no connection was asked for');
    return last;
  };
  return { line, sockets, socket, told, memory, shelf, goOnline: () => online() };
}

test('who comes near the door has a connection to join by', async () => {
  const { line, sockets, socket } = aLine();
  line.approach();
  line.approach();
  socket().opens();
  await vi.advanceTimersByTimeAsync(4_400);
  const asked = line.join({ room: 'duan' });
  await tick();
  socket().answers(JOINED);
  expect((await asked).ok).toBe(true);
  await vi.advanceTimersByTimeAsync(200);
  line.approach();
  expect([socket().sent.map(({ type }) => type), sockets.length, socket().closed]).toEqual([['join'], 1, false]);
});

test('a connection that nobody joins by is closed, and the next join has one of its own', async () => {
  const { line, sockets, socket } = aLine();
  line.approach();
  socket().opens();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(socket().closed).toBe(true);
  const asked = line.join({ room: 'duan' });
  socket().opens();
  await tick();
  socket().answers(JOINED);
  expect((await asked).ok).toBe(true);
  expect(sockets.length).toBe(2);
});

async function joined(shelf?: Shelf, reach?: () => Promise<boolean>) {
  const all = aLine(shelf, reach);
  const asked = all.line.join({ room: 'duan' });
  all.socket().opens();
  await tick();
  all.socket().answers(JOINED);
  await asked;
  all.told.length = 0;
  return all;
}

const tick = () => vi.advanceTimersByTimeAsync(0);

test('F30: a lost connection comes back by itself, with the token and the last number seen', async () => {
  const { socket, told } = await joined();
  socket().breaks();
  await vi.advanceTimersByTimeAsync(300);
  socket().opens();
  await tick();
  expect(socket().last).toMatchObject({ type: 'resume', token: 'first', last_seq: 42 });
  socket().answers(RESUMED);
  await tick();
  expect(told).toEqual(['lost', 'up', 'back: resumed']);
});

test('the token of the newest answer is the one that is kept', async () => {
  const { socket, memory, shelf } = await joined();
  socket().breaks();
  await vi.advanceTimersByTimeAsync(300);
  socket().opens();
  await tick();
  socket().answers(RESUMED);
  await tick();
  expect([memory.kept, [...shelf.kept.values()]]).toEqual(['second', ['second']]);
});

test('F4: a server that is away is asked again at least every 3 s, without end', async () => {
  const { socket, sockets } = await joined();
  socket().breaks();
  for (let second = 0; second < 120; second += 1) {
    await vi.advanceTimersByTimeAsync(1_000);
    if (!socket().closed) socket().breaks();
  }
  expect(sockets.length).toBeGreaterThan(35);
});

test('F4: after one WebSocket that failed none is opened until the server answers, and then at once', async () => {
  let serves = false;
  const { socket, sockets, told } = await joined(undefined, () => Promise.resolve(serves));
  socket().breaks();
  await vi.advanceTimersByTimeAsync(300);
  expect(sockets).toHaveLength(2);
  socket().breaks();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(sockets).toHaveLength(2);
  serves = true;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(sockets).toHaveLength(3);
  socket().opens();
  await tick();
  socket().answers(RESUMED);
  await tick();
  expect(told.at(-1)).toBe('back: resumed');
});

test.each(['engine.away', 'shutting_down', 'internal_error', 'message.rate'])(
  'a seat refused with %s is asked for again',
  async (code) => {
    const { socket, sockets, told } = await joined();
    socket().breaks();
    await vi.advanceTimersByTimeAsync(300);
    socket().opens();
    await tick();
    socket().refuses(code);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([sockets.length > 2, told.filter((word) => word.startsWith('over'))]).toEqual([true, []]);
  },
);

test.each(['seat.gone', 'removed', 'banned', 'meeting.ended', 'taken_over'])(
  'a seat refused with %s is over, and its token is forgotten',
  async (code) => {
    const { socket, sockets, told, memory, shelf } = await joined();
    socket().breaks();
    await vi.advanceTimersByTimeAsync(300);
    socket().opens();
    await tick();
    socket().refuses(code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([sockets.length, told.at(-1), memory.kept, shelf.kept.size]).toEqual([2, `over: ${code}`, null, 0]);
  },
);

test('the last word of the server is the last: nobody comes back who was removed', async () => {
  const { socket, sockets, told } = await joined();
  socket().says({ type: 'turned_away', code: 'removed', message: '', details: {}, again_after_ms: null });
  await vi.advanceTimersByTimeAsync(60_000);
  expect([sockets.length, told]).toEqual([1, ['over: removed']]);
});

test('a server that shuts down says when to come back', async () => {
  const { socket, sockets, told } = await joined();
  socket().says({ type: 'turned_away', code: 'shutting_down', message: '', details: {}, again_after_ms: 4_000 });
  await vi.advanceTimersByTimeAsync(3_900);
  expect(sockets.length).toBe(1);
  await vi.advanceTimersByTimeAsync(200);
  expect([sockets.length, told]).toEqual([2, ['lost']]);
});

test('a device that has a network again does not wait', async () => {
  const { socket, sockets, goOnline } = await joined();
  for (let attempt = 0; attempt < 8; attempt += 1) {
    socket().breaks();
    await vi.advanceTimersByTimeAsync(3_000);
  }
  socket().breaks();
  const before = sockets.length;
  goOnline();
  await tick();
  expect(sockets.length).toBe(before + 1);
});

test('a page that asked too much rests before it comes back', async () => {
  const { socket, sockets } = await joined();
  socket().breaks(1008);
  await vi.advanceTimersByTimeAsync(4_900);
  expect(sockets.length).toBe(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(sockets.length).toBe(2);
});

test.each([1002, 1009])('a fault of the page, closed with %i, is not repeated', async (code) => {
  const { socket, sockets, told } = await joined();
  socket().breaks(code);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([sockets.length, told]).toEqual([1, ['over: message.malformed']]);
});

test('leaving is for good: the seat is not asked for again', async () => {
  const { line, sockets, memory } = await joined();
  line.giveUp();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([sockets.length, memory.kept]).toEqual([1, null]);
});

test('a reload finds the seat of this tab', async () => {
  const { shelf } = await joined();
  const { line, socket, told } = aLine(shelf);
  const back = line.comeBack();
  socket().opens();
  await tick();
  expect(socket().last).toMatchObject({ type: 'resume', token: 'first' });
  socket().answers(RESUMED);
  expect([await back, told]).toEqual([true, ['up', 'back: resumed']]);
});

test('a reload after the seat is gone leads to the door, and not to an end', async () => {
  const { shelf } = await joined();
  const { line, socket, told } = aLine(shelf);
  const back = line.comeBack();
  socket().opens();
  await tick();
  socket().refuses('seat.gone');
  expect([await back, told, shelf.kept.size]).toEqual([false, [], 0]);
});

test('a reload while the server is away keeps asking', async () => {
  const { shelf } = await joined();
  const { line, socket, sockets } = aLine(shelf);
  const back = line.comeBack();
  socket().breaks();
  expect(await back).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sockets.length).toBeGreaterThan(1);
});

test('admission brings another token', async () => {
  const all = aLine();
  const asked = all.line.join({ room: 'duan', knock: true });
  all.socket().opens();
  await tick();
  all.socket().answers(WAITING);
  await asked;
  all.socket().says({ type: 'admitted', resume: 'seat', picture: JOINED.picture });
  expect([all.memory.kept, all.told.at(-1)]).toEqual(['seat', 'admitted']);
});

test('a refusal at the door keeps nothing, and the next try has a connection of its own', async () => {
  const all = aLine();
  const asked = all.line.join({ room: 'duan' });
  all.socket().opens();
  await tick();
  all.socket().refuses('password.wrong');
  await asked;
  expect([all.memory.kept, all.socket().closed]).toEqual([null, true]);
  void all.line.join({ room: 'duan', password: 'x' });
  expect(all.sockets.length).toBe(2);
});

test('a door that cannot be reached says so', async () => {
  const { line, socket } = aLine();
  const asked = line.join({ room: 'duan' });
  socket().breaks();
  expect(await asked).toMatchObject({ ok: false, faults: [{ code: 'offline' }] });
});

test('a storage that is closed does not stop the meeting', () => {
  const closed = () => {
    throw new Error('denied');
  };
  const memory = new SeatMemory('duan', { getItem: closed, setItem: closed, removeItem: closed });
  memory.keep(token('t'));
  expect(memory.kept).toBe('t');
  memory.forget();
  expect(memory.kept).toBe(null);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Command, Told } from '../protocol/messages';
import { Connection } from './connection';
import { FakeSocket } from './fake_socket';

const PROBE: Command = { type: 'view', tiles: [] };
const LEAVE: Command = { type: 'leave' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function aConnection() {
  const socket = new FakeSocket();
  const heard: Told[] = [];
  const fates: string[] = [];
  const connection = new Connection(
    socket,
    {
      opened: () => fates.push('opened'),
      hear: (told) => heard.push(told),
      closed: () => fates.push('closed'),
      confused: (error) => fates.push(`confused: ${(error as Error).message}`),
    },
    () => PROBE,
  );
  socket.opens();
  return { connection, socket, heard, fates };
}

test('each command has its own id and gets its own answer', async () => {
  const { connection, socket } = aConnection();
  const first = connection.ask(LEAVE);
  const second = connection.ask({ type: 'lock', locked: true });
  const [one, two] = socket.sent;
  socket.says({ type: 'refused', id: two?.id, code: 'not_allowed', message: 'no', faults: [] });
  socket.says({ type: 'ok', id: one?.id, result: { type: 'nothing' }, recorded: true });
  expect([(await first).ok, (await second).ok]).toEqual([true, false]);
});

test('a refusal tells all its faults', async () => {
  const { connection, socket } = aConnection();
  const asked = connection.ask(LEAVE);
  const faults = [
    { code: 'name.part_missing', message: '', field: 'name', details: {} },
    { code: 'name.unit_missing', message: '', field: 'unit', details: {} },
  ];
  socket.says({ type: 'refused', id: socket.last.id, code: 'name.part_missing', message: '', faults });
  expect(await asked).toEqual({ ok: false, faults });
});

test('a command without an answer ends as offline, and never hangs', async () => {
  const { connection, socket } = aConnection();
  const asked = connection.ask(LEAVE);
  for (let second = 0; second < 10; second += 1) {
    socket.says({ type: 'levels', levels: [], dominant: null }); // the line itself lives
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(await asked).toMatchObject({ ok: false, faults: [{ code: 'offline' }] });
});

test('a lost connection answers what was asked, and is told once', async () => {
  const { connection, socket, fates } = aConnection();
  const asked = connection.ask(LEAVE);
  socket.breaks();
  connection.close();
  expect(await asked).toMatchObject({ ok: false });
  expect(fates).toEqual(['opened', 'closed']);
});

test('F26, F31: a half-open line is closed after 10 s without a frame', async () => {
  const { socket, fates } = aConnection();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(socket.last).toMatchObject(PROBE);
  await vi.advanceTimersByTimeAsync(3_500);
  expect(fates).toEqual(['opened']);
  await vi.advanceTimersByTimeAsync(500);
  expect([fates, socket.closed]).toEqual([['opened', 'closed'], true]);
});

test('a quiet meeting is no half-open line: the answer to the question keeps it', async () => {
  const { socket, fates } = aConnection();
  for (let round = 0; round < 5; round += 1) {
    await vi.advanceTimersByTimeAsync(5_000);
    socket.refuses('not_in_meeting');
  }
  expect(fates).toEqual(['opened']);
});

test('a server that cannot be reached is given up after some seconds', async () => {
  const fates: string[] = [];
  const socket = new FakeSocket();
  new Connection(
    socket,
    { opened: () => undefined, hear: () => undefined, closed: () => fates.push('closed'), confused: () => undefined },
    () => PROBE,
  );
  await vi.advanceTimersByTimeAsync(8_000);
  expect(fates).toEqual(['closed']);
});

test.each([['{"type":"floor_granted"}'], ['not json'], [new ArrayBuffer(2)], ['[]'], ['null']])(
  'a frame this page cannot read is reported: %s',
  (data) => {
    const { socket, fates, heard } = aConnection();
    socket.frame(data);
    expect([fates.length, fates[1]?.startsWith('confused'), heard]).toEqual([2, true, []]);
  },
);

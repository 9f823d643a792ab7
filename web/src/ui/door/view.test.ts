import { expect, test } from 'vitest';
import { asksPassword, type DoorView, goesToLobby, type Identity, microphoneAtEntry, waitsForDoors } from './view';

const NINE = Date.UTC(2026, 10, 26, 2);
const DOOR: DoorView = {
  slug: 'duan',
  roomName: 'Dự án',
  title: 'Giao ban',
  state: 'scheduled',
  entry: 'lobby',
  hasPassword: true,
  mutedUntilAllowed: true,
  require: ['bridge_point', 'name', 'unit'],
  maxLength: 80,
  skewMs: 0,
  startsAt: NINE + 1_800_000,
  endsAt: null,
  doorsAt: NINE,
  endedAt: null,
  chair: null,
  identity: null,
};
const identity = (role: string, invited: boolean): Identity => ({ role, invited, name: null });

test.each([
  ['lobby', null, true],
  ['lobby', identity('attendee', true), false],
  ['lobby', identity('attendee', false), true],
  ['invited', identity('chair', false), false],
  ['open', null, false],
  ['open', identity('technician', true), true],
  ['lobby', identity('operator', false), true],
  ['password', null, false],
] as const)('under %s an identity of %o asks to be let in: %s', (entry, who, asks) => {
  expect(goesToLobby({ ...DOOR, entry, identity: who })).toBe(asks);
});

test.each([
  [true, null, 'until_allowed'],
  [true, identity('chair', true), 'on'],
  [true, identity('co_chair', true), 'until_allowed'],
  [true, identity('attendee', true), 'until_allowed'],
  [true, identity('observer', true), 'none'],
  [false, null, 'on'],
  [false, identity('secretary', true), 'on'],
  [false, identity('companion', true), 'none'],
] as const)('muted until allowed: %s, an identity of %o comes in with a microphone: %s', (muted, who, at) => {
  expect(microphoneAtEntry({ ...DOOR, mutedUntilAllowed: muted, identity: who })).toBe(at);
});

test('an invited person is not asked for the password', () => {
  expect(asksPassword(DOOR)).toBe(true);
  expect(asksPassword({ ...DOOR, identity: identity('attendee', true) })).toBe(false);
});

test('doors hold everybody but the chair until their time', () => {
  expect(waitsForDoors(DOOR, NINE - 1)).toBe(true);
  expect(waitsForDoors(DOOR, NINE)).toBe(false);
  expect(waitsForDoors({ ...DOOR, identity: identity('chair', true) }, NINE - 1)).toBe(false);
});

test('the countdown to the doors follows the clock of the server', () => {
  expect(waitsForDoors({ ...DOOR, skewMs: 60_000 }, NINE - 30_000)).toBe(false);
});

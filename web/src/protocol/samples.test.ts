/** The samples that the server's tests read too: this page knows every message, and takes every event. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { begin, type Change, reduce } from '../meeting/reduce';
import type { MeetingState } from '../meeting/state';
import { Connection } from '../signaling/connection';
import { FakeSocket } from '../signaling/fake_socket';
import type { Command, Door, Events, MeetingEvent, PictureNow, Result, Told, ToPage } from './messages';

const FOLDER = new URL('../../../protocol/samples/', import.meta.url);

/** Every name of each union: the compiler refuses a table that lacks one, or has one more. */
const COMMANDS: Record<Command['type'], true> = {
  join: true,
  resume: true,
  offer: true,
  leave: true,
  switch: true,
  view: true,
  correct_name: true,
  admit: true,
  refuse: true,
  remove: true,
  lift_ban: true,
  allow: true,
  take_back: true,
  mute: true,
  lift_mute: true,
  stop_source: true,
  allow_source: true,
  lock: true,
  set_layout: true,
  set_stage: true,
  open_meeting: true,
  end_meeting: true,
  set_role: true,
  set_branch: true,
  rename: true,
  offer_chair: true,
  withdraw_chair_offer: true,
  answer_chair: true,
  name_deputy: true,
  give_lobby: true,
  take_chair: true,
  read_acts: true,
  say: true,
  close_chat: true,
  ask_floor: true,
  withdraw_floor: true,
  take_floor: true,
  decline_floor: true,
  end_turn: true,
  ask_more_time: true,
  grant_floor: true,
  extend_turn: true,
  hold_turn: true,
  resume_turn: true,
  refuse_request: true,
  skip_request: true,
  move_request: true,
  set_floor: true,
};
const RESULTS: Record<Result['type'], true> = {
  joined: true,
  resumed: true,
  waiting: true,
  answer: true,
  acts: true,
  nothing: true,
};
const TO_PAGE: Record<ToPage['type'], true> = {
  ok: true,
  refused: true,
  events: true,
  switches: true,
  shows: true,
  layers: true,
  limits: true,
  levels: true,
  lines: true,
  media_lost: true,
  lobby: true,
  admitted: true,
  picture: true,
  turned_away: true,
};
const EVENTS: Record<MeetingEvent['type'], true> = {
  meeting_opened: true,
  meeting_closed: true,
  participant_joined: true,
  participant_left: true,
  participant_lost: true,
  participant_back: true,
  rights_changed: true,
  muted: true,
  all_muted: true,
  room_locked: true,
  layout_set: true,
  stage_set: true,
  role_changed: true,
  branch_set: true,
  name_changed: true,
  chair_offered: true,
  chair_answered: true,
  deputy_named: true,
  lobby_given: true,
  chair_stands_in: true,
  chair_restored: true,
  lobby_entered: true,
  lobby_left: true,
  said: true,
  chat_closed: true,
  floor_asked: true,
  floor_withdrawn: true,
  request_moved: true,
  turn_granted: true,
  turn_started: true,
  turn_changed: true,
  turn_ended: true,
  floor_set: true,
  spoken_kept: true,
};

const NAMES = readdirSync(new URL('signaling/', FOLDER)).map((file) => file.replace('.json', ''));
const FROM_SERVER = NAMES.filter((name) => !(name in COMMANDS));

function sample(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
}

function aMeeting(): MeetingState {
  return begin((sample('signaling/picture') as PictureNow).picture, 0);
}

test('the page knows every message that there is a sample of, and no other', () => {
  expect(NAMES.sort()).toEqual(Object.keys({ ...COMMANDS, ...RESULTS, ...TO_PAGE, ...EVENTS }).sort());
});

test.each(Object.keys(EVENTS))('the picture is carried on by %s', (name) => {
  const before = aMeeting();
  const told = sample(`signaling/${name}`) as Events;
  const after = reduce(before, { ...told, seq: before.seq + 1 });
  expect(after.seq).toBe(before.seq + 1);
  expect({ ...after, seq: before.seq }).not.toEqual(UNCHANGED.has(name) ? null : before);
});

/** What these tell stands in the picture of the samples already. */
const UNCHANGED = new Set([
  'meeting_opened',
  'participant_back',
  'lobby_entered',
  'chair_answered',
  'chair_restored',
  // about somebody who does not wait in it
  'floor_withdrawn',
  'request_moved',
]);

test.each(['switches', 'levels', 'lines'] as const)('the picture takes the signal %s', (name) => {
  const told = sample(`signaling/${name}`) as Change;
  expect(reduce(aMeeting(), told).seq).toBe(aMeeting().seq);
});

test.each(FROM_SERVER)('a frame with %s is understood', (name) => {
  const socket = new FakeSocket();
  const heard: Told[] = [];
  const confused: unknown[] = [];
  const connection = new Connection(
    socket,
    {
      opened: () => undefined,
      hear: (told) => heard.push(told),
      closed: () => undefined,
      confused: (error) => confused.push(error),
    },
    () => ({ type: 'view', tiles: [] }),
  );
  socket.opens();
  const frame = sample(`signaling/${name}`) as ToPage;
  socket.says(frame);
  connection.close();
  expect(confused).toEqual([]);
  expect(heard).toEqual(frame.type === 'ok' || frame.type === 'refused' ? [] : [frame]);
});

test('the door of the sample has all that the page draws', () => {
  const door = sample('rest/door') as Door;
  expect(Object.keys(door).sort()).toEqual(Object.keys(DOOR).sort());
});

const DOOR: Record<keyof Door, true> = {
  room: true,
  title: true,
  state: true,
  entry: true,
  password: true,
  muted_until_allowed: true,
  name_rule: true,
  now: true,
  starts_at: true,
  ends_at: true,
  doors_at: true,
  ended_at: true,
  chair: true,
  identity: true,
};

import { describe, expect, test, vi } from 'vitest';
import {
  aVisit,
  type FakeMedia,
  asked,
  comesBack,
  ENTRY,
  inFakeBrowser,
  inMeeting,
  joined,
  LAO_CAI,
  on,
  tick,
  WAITING,
  YOU,
} from './fake_visit';
import { aPicture, NINE } from './meeting/build';
import type { ParticipantId } from './protocol/messages';

inFakeBrowser();

describe('coming in', () => {
  test('asks once, with the offer and the switches one comes in with', async () => {
    const { socket } = await asked();
    expect(socket().sent).toEqual([
      expect.objectContaining({
        type: 'join',
        protocol: 1,
        room: 'duan',
        name: ENTRY.name,
        offer: 'offer',
        microphone: true,
        camera: true,
      }),
    ]);
  });

  test('takes the answer that came with the seat', async () => {
    const { session, media } = await inMeeting();
    expect([session.state.phase.kind, media().calls]).toEqual(['in', ['accept answer']]);
  });

  test('without an answer asks for one: the engine was away', async () => {
    const { socket, media, joining } = await asked();
    socket().answers(joined(aPicture([YOU]), null));
    await joining;
    expect([media().calls, socket().last.type]).toEqual([['renew'], 'offer']);
  });

  test('refused, stays at the door with all faults, and keeps no connection', async () => {
    const { session, socket, media, joining } = await asked();
    const faults = [{ code: 'name.too_short', message: '', field: 'name', details: {} }];
    socket().says({ type: 'refused', id: socket().last.id, code: 'name.too_short', message: '', faults });
    await joining;
    expect([session.state.phase, media().calls]).toEqual([{ kind: 'refused', faults }, ['discard']]);
  });

  test('a personal link that is refused is not tried again after a reload', async () => {
    const { socket, shelf, joining } = await asked();
    shelf.setItem('hoptt.link.duan', 'old');
    socket().refuses('token.expired');
    await joining;
    expect(shelf.kept.size).toBe(0);
  });

  test('S26: who waits has no media', async () => {
    const { session, socket, media, joining } = await asked();
    socket().answers(WAITING);
    await joining;
    expect([session.state.phase.kind, session.state.meeting, media().calls]).toEqual(['waiting', null, ['discard']]);
  });

  test.each([true, false])('who waits may correct a name that was typed: %s', async (typed) => {
    const { session, socket, joining } = await asked();
    socket().answers({ ...WAITING, typed });
    await joining;
    expect(session.state.phase).toMatchObject({ kind: 'waiting', typed });
  });

  test('admitted, asks for media by itself', async () => {
    const { session, socket, media, joining } = await asked();
    socket().answers(WAITING);
    await joining;
    socket().says({ type: 'lobby', chair_present: true });
    expect(session.state.phase).toMatchObject({ kind: 'waiting', chairPresent: true });
    socket().says({ type: 'admitted', resume: 'seat', picture: aPicture([YOU]) });
    await tick();
    expect([session.state.phase.kind, media().calls.at(-1), socket().last]).toEqual([
      'in',
      'renew',
      { type: 'offer', id: 2, sdp: 'fresh offer', fresh: true },
    ]);
  });

  test('a camera that may not be shown does not stay on', async () => {
    const { opened } = await inMeeting(aPicture([YOU], { switches: [on(YOU.id)] }));
    expect(opened.filter(({ kind }) => kind === 'video').map(({ readyState }) => readyState)).toEqual(['ended']);
  });
});

describe('what is shown', () => {
  const wanted = (id: string) => ({
    participant: id as ParticipantId,
    source: 'camera' as const,
    width: 320,
    height: 180,
  });

  test('is told in one message for all steps of a change', async () => {
    const { session, sent } = await inMeeting();
    const before = sent('view').length;
    session.setView([wanted('laocai')]);
    session.setView([wanted('laocai'), wanted('sonla')]);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent('view').slice(before)).toEqual([
      expect.objectContaining({
        tiles: [
          { ...wanted('laocai'), slot: 0 },
          { ...wanted('sonla'), slot: 1 },
        ],
      }),
    ]);
  });

  test('is told again over a new line', async () => {
    const { session, socket } = await inMeeting();
    session.setView([wanted('laocai')]);
    await vi.advanceTimersByTimeAsync(100);
    socket().breaks();
    await vi.advanceTimersByTimeAsync(300);
    socket().opens();
    await tick();
    socket().answers(comesBack());
    await tick();
    expect(socket().last).toMatchObject({ type: 'view', tiles: [{ participant: 'laocai', slot: 0 }] });
  });
});

describe('a lost line (R24)', () => {
  async function resumed(change: object, before: (media: FakeMedia) => void = () => undefined) {
    const visit = await inMeeting();
    before(visit.media());
    visit.socket().breaks();
    expect(visit.session.state.line.kind).toBe('lost');
    await vi.advanceTimersByTimeAsync(300);
    visit.socket().opens();
    await tick();
    visit.socket().answers(comesBack(change));
    await tick();
    return visit;
  }

  test('brings what was missed, and leaves picture and sound alone', async () => {
    const locked = { type: 'room_locked', at: NINE, locked: true, by: null } as const;
    const { session, media } = await resumed({ missed: [{ type: 'events', seq: 12, events: [locked] }] });
    expect([session.state.meeting?.meeting.locked, session.state.meeting?.seq, media().calls]).toEqual([
      true,
      12,
      ['accept answer'],
    ]);
  });

  test('F40: shows the camera again on a seat that was taken anew, and opens no microphone', async () => {
    const { socket } = await resumed({ media: false, picture: aPicture([{ ...YOU, joined_at: NINE + 600_000 }]) });
    const switched = socket().sent.filter(({ type }) => type === 'switch');
    expect(switched).toEqual([expect.objectContaining({ source: 'camera', on: true })]);
  });

  test('R18: leaves a camera off that the chair stopped while the line was lost', async () => {
    const { socket } = await resumed({ picture: aPicture([YOU], { switches: [on(YOU.id, 'microphone')] }) });
    expect(socket().sent.filter(({ type }) => type === 'switch')).toEqual([]);
  });

  test('F1: asks for media anew when the engine lost it', async () => {
    const { media } = await resumed({ media: false });
    expect(media().calls).toContain('renew');
  });

  test('F26: asks again at once for the media it asked for in vain while the line was gone', async () => {
    const { media } = await resumed({}, (before) => (before.isRenewing = true));
    expect(media().calls).toContain('renew');
  });

  test('repeats what the slots carry', async () => {
    const shows = { type: 'shows', kind: 'video', slot: 3, participant: LAO_CAI.id, source: 'camera', rtp_time: 1 };
    const { media } = await resumed({ shows: [shows] });
    expect(media().calls).toContain('shows 3');
  });

  test('F4: a reloaded page is back on its seat, with media of its own', async () => {
    const { shelf } = await inMeeting();
    const visit = aVisit(shelf);
    expect(visit.session.canComeBack).toBe(true);
    const back = visit.session.comeBack();
    await tick();
    visit.socket().opens();
    await tick();
    const picture = aPicture([YOU], { switches: [on(YOU.id, 'camera')] });
    visit.socket().answers(comesBack({ picture }));
    await back;
    await vi.advanceTimersByTimeAsync(100);
    expect([visit.session.state.phase.kind, visit.media().calls[0]]).toEqual(['in', 'renew']);
    expect(visit.session.state.own).toEqual({ microphone: false, camera: true, screen: false });
  });

  test('what a reload ended is told: a share, and a camera that the browser no longer gives', async () => {
    const { shelf } = await inMeeting();
    const visit = aVisit(shelf);
    const back = visit.session.comeBack();
    await tick();
    visit.socket().opens();
    await tick();
    const picture = aPicture([YOU], { switches: [on(YOU.id, 'screen')] });
    visit.socket().answers(comesBack({ picture }));
    await back;
    await vi.advanceTimersByTimeAsync(100);
    expect(visit.sent('switch')).toMatchObject([{ source: 'screen', on: false }]);
  });
});

describe('the end', () => {
  test('R21: connections are closed, camera and microphone are off, and the page says why', async () => {
    const { session, socket, media, opened } = await inMeeting();
    const word = {
      type: 'turned_away',
      code: 'meeting.ended',
      message: '',
      details: { ended_at: NINE },
      again_after_ms: null,
    };
    socket().says(word);
    await tick();
    expect(session.state.phase).toMatchObject({
      kind: 'over',
      ending: { kind: 'turned_away', fault: { code: 'meeting.ended' } },
    });
    expect([media().calls.at(-1), opened.every(({ readyState }) => readyState === 'ended'), socket().closed]).toEqual([
      'close',
      true,
      true,
    ]);
  });

  test('leaving gives the seat back and forgets it', async () => {
    const { session, socket, shelf } = await inMeeting();
    const leaving = session.leave();
    expect(socket().last.type).toBe('leave');
    socket().answers({ type: 'nothing' });
    await leaving;
    expect([session.state.phase, shelf.kept.size]).toEqual([
      { kind: 'over', ending: { kind: 'left', meeting: 'm1' } },
      0,
    ]);
  });

  test('an event of a newer server loads the page anew, once', async () => {
    const { session, socket, reloads } = await inMeeting();
    const unknown = { type: 'events', seq: 11, events: [{ type: 'floor_granted', at: NINE }] };
    socket().says(unknown);
    expect([reloads.length, session.state.phase.kind]).toEqual([1, 'in']);
    socket().says(unknown);
    expect(session.state.phase).toMatchObject({ kind: 'over', ending: { fault: { code: 'protocol.version' } } });
  });
});

test('a command that waits for its answer is named', async () => {
  const { session, socket } = await inMeeting();
  const acting = session.act({ type: 'mute', participants: [LAO_CAI.id] });
  expect(session.state.pending).toMatchObject([{ type: 'mute', about: 'laocai' }]);
  socket().answers({ type: 'nothing' });
  await acting;
  expect(session.state.pending).toEqual([]);
});

test('each event is heard once, after the state has taken it in', async () => {
  const { session, socket } = await inMeeting();
  const heard: unknown[] = [];
  session.onEvent((event) => heard.push([event.type, session.state.meeting?.participants.length]));
  const left = { type: 'participant_left', at: NINE, participant: LAO_CAI.id, cause: 'left', by: null };
  socket().says({ type: 'events', seq: 11, events: [left] });
  socket().says({ type: 'events', seq: 11, events: [left] });
  expect(heard).toEqual([['participant_left', 1]]);
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aName, aPicture, NINE, someone } from './meeting/build';
import { aboutOf } from './meeting/about';
import { cameraLeftBehind, idleSwitches, maySend } from './meeting/own';
import { begin, reduce } from './meeting/reduce';
import { pictureKey } from './meeting/state';
import { DeviceSet } from './media/device_set';
import type { MediaOptions, Outgoing } from './media/media_session';
import type { Joined, ParticipantId, Picture, ResumeToken, Shows, Source, Tile, Waiting } from './protocol/messages';
import { Session } from './session';
import { FakeSocket } from './signaling/fake_socket';
import type { Media } from './visit_media';

const YOU = someone('you');
const LAO_CAI = someone('laocai', { order: 2 });
const ENTRY = { name: aName('Sở TNMT Lai Châu'), password: null, knock: false, takeOver: false };

class FakeTrack extends EventTarget {
  enabled = true;
  readyState = 'live';
  constructor(readonly kind: string) {
    super();
  }
  clone = () => new FakeTrack(this.kind);
  stop = () => void (this.readyState = 'ended');
  getSettings = () => ({ deviceId: `${this.kind} 1` });
}

class FakeStream {
  constructor(readonly tracks: readonly FakeTrack[] = []) {}
  getAudioTracks = () => this.tracks.filter(({ kind }) => kind === 'audio');
  getVideoTracks = () => this.tracks.filter(({ kind }) => kind === 'video');
}

class FakeMedia implements Record<keyof Media, unknown> {
  readonly calls: string[] = [];
  sent: Outgoing | null = null;
  tiles: readonly Tile[] = [];
  readonly videoSlots = 9;
  isRenewing = false;
  constructor(readonly options: MediaOptions) {}
  offer = () => Promise.resolve('offer');
  discard = () => void this.calls.push('discard');
  accept = ({ sdp }: { sdp: string }) => {
    this.calls.push(`accept ${sdp}`);
    this.options.ears.negotiated();
    return Promise.resolve(true);
  };
  renew = async () => {
    this.calls.push('renew');
    const answer = await this.options.negotiate('fresh offer', true);
    if (answer) await this.accept(answer);
  };
  send = (outgoing: Outgoing) => void (this.sent = outgoing);
  show = (tiles: readonly Tile[]) => void (this.tiles = tiles);
  tell = ({ slot }: Shows) => void this.calls.push(`shows ${slot}`);
  widen = (pictures: number) => void this.calls.push(`widen ${pictures}`);
  chooseSpeaker = () => undefined;
  unlockSound = () => Promise.resolve();
  close = () => void this.calls.push('close');
}

class Shelf {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('MediaStream', FakeStream);
  vi.stubGlobal('HTMLMediaElement', FakeStream);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function aVisit(shelf = new Shelf()) {
  const opened: FakeTrack[] = [];
  const track = (kind: string) => {
    const made = new FakeTrack(kind);
    opened.push(made);
    return made;
  };
  const devices = new DeviceSet(
    Object.assign(new EventTarget(), {
      getUserMedia: ({ audio, video }: MediaStreamConstraints) =>
        Promise.resolve(new FakeStream([...(audio ? [track('audio')] : []), ...(video ? [track('video')] : [])])),
      enumerateDevices: () => Promise.resolve([]),
    }) as unknown as MediaDevices,
  );
  const sockets: FakeSocket[] = [];
  const medias: FakeMedia[] = [];
  const reloads: string[] = [];
  const session = new Session({
    slug: 'duan',
    token: null,
    devices,
    tabStorage: shelf,
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    loadInside: () =>
      Promise.resolve({
        begin,
        aboutOf,
        cameraLeftBehind,
        idleSwitches,
        maySend,
        reduce,
        MediaSession: class extends FakeMedia {
          constructor(options: MediaOptions) {
            super(options);
            medias.push(this);
          }
        },
      }),
    onOnline: () => () => undefined,
    forgetLink: () => shelf.removeItem('hoptt.link.duan'),
    reload: () => {
      reloads.push('reload');
      return reloads.length === 1;
    },
  });
  const last = <Value>(list: readonly Value[]): Value => {
    const value = list.at(-1);
    if (value === undefined) throw new Error('none was made');
    return value;
  };
  return {
    session,
    shelf,
    opened,
    sockets,
    reloads,
    socket: () => last(sockets),
    media: () => last(medias),
    sent: (type: string) => sockets.flatMap(({ sent }) => sent).filter((command) => command.type === type),
  };
}

const tick = () => vi.advanceTimersByTimeAsync(0);
const on = (id: ParticipantId, ...sources: readonly Source[]) => ({
  participant: id,
  microphone: sources.includes('microphone'),
  camera: sources.includes('camera'),
  screen: sources.includes('screen'),
});
const joined = (picture: Picture, answer: string | null = 'answer'): Joined => ({
  type: 'joined',
  resume: 'seat' as ResumeToken,
  picture,
  answer,
  slots: [],
  ice_servers: [],
});
const WAITING: Waiting = {
  type: 'waiting',
  resume: 'place' as ResumeToken,
  applicant: YOU.id,
  since: NINE,
  title: 'Giao ban',
  chair_present: false,
  invited: false,
};

async function asked() {
  const visit = aVisit();
  await visit.session.devices.start();
  const joining = visit.session.join(ENTRY);
  await tick();
  visit.socket().opens();
  await tick();
  return { ...visit, joining };
}

async function inMeeting(picture = aPicture([YOU, LAO_CAI], { switches: [on(YOU.id, 'microphone', 'camera')] })) {
  const visit = await asked();
  visit.socket().answers(joined(picture));
  await visit.joining;
  await tick();
  return visit;
}

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

describe('own microphone (R16)', () => {
  test('sends what the switch and the right allow', async () => {
    const { session, media } = await inMeeting();
    expect([session.state.own, media().sent?.microphone?.enabled]).toEqual([
      { microphone: true, camera: true, screen: false },
      true,
    ]);
  });

  test('is silent at once when turned off by the own hand, before the server answers', async () => {
    const { session, media, socket } = await inMeeting();
    void session.switch('microphone', false);
    expect([media().sent?.microphone?.enabled, session.state.own.microphone]).toEqual([false, false]);
    socket().answers({ type: 'nothing' });
    await tick();
    expect(session.state.own.microphone).toBe(false);
  });

  test('turned off while the line is lost it stays off, and the server hears of it afterwards', async () => {
    const { session, media, socket } = await inMeeting();
    socket().breaks();
    void session.switch('microphone', false);
    await vi.advanceTimersByTimeAsync(300);
    expect(media().sent?.microphone?.enabled).toBe(false);
    socket().opens();
    await tick();
    const switches = [on(YOU.id, 'microphone', 'camera')];
    const picture = aPicture([YOU], { switches });
    socket().answers({
      type: 'resumed',
      resume: 'seat2' as ResumeToken,
      media: true,
      picture,
      missed: [],
      shows: [],
      layers: [],
    });
    await tick();
    expect(media().sent?.microphone?.enabled).toBe(false);
    expect(socket().sent).toContainEqual(expect.objectContaining({ type: 'switch', source: 'microphone', on: false }));
  });

  test('opens when the server agreed, and not before', async () => {
    const { session, media, socket } = await inMeeting(aPicture([YOU], { switches: [on(YOU.id)] }));
    const switching = session.switch('microphone', true);
    await tick();
    expect(media().sent?.microphone?.enabled).toBe(false);
    socket().answers({ type: 'nothing' });
    await switching;
    expect(media().sent?.microphone?.enabled).toBe(true);
  });

  test('R17: a turn is taken by one message, and sound follows the answer', async () => {
    const { session, media, socket } = await inMeeting(aPicture([YOU], { switches: [on(YOU.id)] }));
    const taking = session.takeFloor();
    await tick();
    expect(socket().sent.at(-1)).toMatchObject({ type: 'take_floor' });
    expect(media().sent?.microphone?.enabled).toBe(false);
    socket().answers({ type: 'nothing' });
    await taking;
    expect(media().sent?.microphone?.enabled).toBe(true);
  });

  test('turned on and off again before the server answered, it never opens', async () => {
    const { session, media, socket } = await inMeeting(aPicture([YOU], { switches: [on(YOU.id)] }));
    void session.switch('microphone', true);
    await tick();
    const turningOn = socket().last;
    void session.switch('microphone', false);
    socket().answers({ type: 'nothing' }, turningOn);
    await tick();
    expect(media().sent?.microphone?.enabled).toBe(false);
    socket().answers({ type: 'nothing' });
    await tick();
    expect([media().sent?.microphone?.enabled, session.state.own.microphone]).toEqual([false, false]);
  });

  test('turned off again while its device is still being opened, it is not asked for at all', async () => {
    const { session, socket } = await inMeeting(aPicture([YOU], { switches: [on(YOU.id)] }));
    const turning = session.switch('camera', true);
    void session.switch('camera', false);
    expect((await turning).ok).toBe(false);
    await tick();
    const asked = socket().sent.filter(({ type }) => type === 'switch');
    expect(asked).toEqual([expect.objectContaining({ source: 'camera', on: false })]);
  });

  test('stays closed when the server refuses, and says why', async () => {
    const { session, media, socket } = await inMeeting(aPicture([YOU], { switches: [on(YOU.id)] }));
    const switching = session.switch('microphone', true);
    await tick();
    socket().refuses('not_allowed');
    expect([(await switching).ok, media().sent?.microphone?.enabled]).toEqual([false, false]);
  });

  test("the chair's mute silences it, and giving the right back opens nothing", async () => {
    const { media, socket } = await inMeeting();
    const rights = {
      type: 'rights_changed',
      at: NINE,
      participants: [YOU.id],
      by: null,
      may_show: null,
      may_share: null,
    };
    socket().says({ type: 'events', seq: 11, events: [{ ...rights, may_speak: false }] });
    await tick();
    expect(media().sent?.microphone?.enabled).toBe(false);
    expect(socket().last).toMatchObject({ type: 'switch', source: 'microphone', on: false });
    socket().answers({ type: 'nothing' });
    await tick();
    socket().says({ type: 'events', seq: 12, events: [{ ...rights, may_speak: true }] });
    await tick();
    expect(media().sent?.microphone?.enabled).toBe(false);
  });

  test('a stopped camera is off, and not only hidden', async () => {
    const { session, media, opened, socket } = await inMeeting();
    expect(session.state.streams.has(pictureKey(YOU.id, 'camera'))).toBe(true);
    socket().says({ type: 'switches', switches: [on(YOU.id, 'microphone')] });
    await tick();
    expect([
      media().sent?.camera,
      opened.find(({ kind }) => kind === 'video')?.readyState,
      session.state.streams.size,
    ]).toEqual([null, 'ended', 0]);
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
    socket().answers({
      type: 'resumed',
      resume: 'seat2' as ResumeToken,
      media: true,
      picture: null,
      missed: [],
      shows: [],
      layers: [],
    });
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
    visit.socket().answers({
      type: 'resumed',
      resume: 'seat2' as ResumeToken,
      media: true,
      picture: null,
      missed: [],
      shows: [],
      layers: [],
      ...change,
    });
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
    const result = {
      type: 'resumed',
      resume: 'seat2' as ResumeToken,
      media: true,
      picture,
      missed: [],
      shows: [],
      layers: [],
    } as const;
    visit.socket().answers(result);
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
    visit.socket().answers({
      type: 'resumed',
      resume: 's' as ResumeToken,
      media: true,
      picture,
      missed: [],
      shows: [],
      layers: [],
    });
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

import { describe, expect, test, vi } from 'vitest';
import { comesBack, inFakeBrowser, inMeeting, on, tick, YOU } from './fake_visit';
import { aPicture, NINE } from './meeting/build';
import { pictureKey } from './meeting/state';

inFakeBrowser();

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
    socket().answers(comesBack({ picture }));
    await tick();
    expect(media().sent?.microphone?.enabled).toBe(false);
    expect(socket().sent).toContainEqual(expect.objectContaining({ type: 'switch', source: 'microphone', on: false }));
  });

  test('what is said from the own press on is sent, and it counts as on when the server agreed', async () => {
    const { session, media, socket } = await inMeeting(aPicture([YOU], { switches: [on(YOU.id)] }));
    const switching = session.switch('microphone', true);
    await tick();
    expect([media().sent?.microphone?.enabled, session.state.own.microphone]).toEqual([true, false]);
    socket().answers({ type: 'nothing' });
    await switching;
    expect([media().sent?.microphone?.enabled, session.state.own.microphone]).toEqual([true, true]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(media().sent?.microphone?.enabled).toBe(true);
  });

  test('R17: a turn is taken by one message, and its first word goes out with it', async () => {
    const { session, media, socket } = await inMeeting(aPicture([YOU], { switches: [on(YOU.id)] }));
    const taking = session.takeFloor();
    await tick();
    expect(socket().sent.at(-1)).toMatchObject({ type: 'take_floor' });
    expect(media().sent?.microphone?.enabled).toBe(true);
    socket().answers({ type: 'nothing' });
    await taking;
    expect(media().sent?.microphone?.enabled).toBe(true);
  });

  test('an answer that does not come within a second is waited for in silence', async () => {
    const { session, media, socket } = await inMeeting(aPicture([YOU], { switches: [on(YOU.id)] }));
    const switching = session.switch('microphone', true);
    await vi.advanceTimersByTimeAsync(999);
    expect(media().sent?.microphone?.enabled).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(media().sent?.microphone?.enabled).toBe(false);
    socket().answers({ type: 'nothing' });
    await switching;
    expect(media().sent?.microphone?.enabled).toBe(true);
  });

  test('turned on and off again before the server answered, it is silent at once and stays so', async () => {
    const { session, media, socket } = await inMeeting(aPicture([YOU], { switches: [on(YOU.id)] }));
    void session.switch('microphone', true);
    await tick();
    const turningOn = socket().last;
    void session.switch('microphone', false);
    expect(media().sent?.microphone?.enabled).toBe(false);
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

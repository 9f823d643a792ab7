import type {
  Act,
  Fault,
  JoinToken,
  MeetingEvent,
  Name,
  ParticipantId,
  Picture,
  Resumed,
  SwitchedSource,
  Told,
  Turned,
  Waiting,
} from './protocol/messages';
import type { Client, ClientState, DoorAnswer, Entry, OwnAct, Wanted } from './client';
import type { Change } from './meeting/reduce';
import type { Outcome } from './meeting/state';
import type { DeviceSet } from './media/device_set';
import { type May, NOTHING_MAY } from './media/own_sources';
import type { MediaOptions } from './media/media_session';
import { mark } from './media/spans';
import type { Socket } from './signaling/connection';
import { askDoor } from './signaling/door';
import { Line } from './signaling/line';
import { refusal } from './signaling/outcome';
import { SeatMemory } from './signaling/seat_memory';
import { type Media, VisitMedia } from './visit_media';

/** What a visit needs inside a meeting only. */
export interface Inside
  extends
    Pick<typeof import('./meeting/about'), 'aboutOf'>,
    Pick<typeof import('./meeting/reduce'), 'begin' | 'reduce'>,
    Pick<typeof import('./meeting/own'), 'cameraLeftBehind' | 'idleSwitches' | 'maySend'> {
  readonly MediaSession: new (options: MediaOptions) => Media;
}

export interface SessionOptions {
  readonly slug: string;
  readonly token: JoinToken | null;
  readonly openSocket: () => Socket;
  readonly reach?: () => Promise<boolean>;
  readonly devices: DeviceSet;
  /** Of this tab: forgotten with it. */
  readonly tabStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null;
  /** Fetched while the visitor stands at the door, so that the door itself opens fast. */
  readonly loadInside: () => Promise<Inside>;
  readonly onOnline: (listener: () => void) => () => void;
  /** The personal link is of no use: a reload is not to try it again. */
  readonly forgetLink: () => void;
  /** Loads the page anew; false when that was done a moment ago and did not help. */
  readonly reload: () => boolean;
}

const OUTSIDE: ClientState = {
  phase: { kind: 'outside' },
  line: { kind: 'up' },
  media: 'none',
  meeting: null,
  pending: [],
  own: NOTHING_MAY,
  streams: new Map(),
  frozen: new Map(),
  limits: new Map(),
  limit: null,
  soundBlocked: false,
};

/** One visit: the line, the media and the devices of one page, and the state that the components draw. */
export class Session implements Client {
  readonly devices: DeviceSet;
  readonly canComeBack: boolean;
  private now: ClientState = OUTSIDE;
  private readonly listeners = new Set<(state: ClientState) => void>();
  private readonly eventListeners = new Set<(event: MeetingEvent) => void>();
  private readonly line: Line;
  private readonly media: VisitMedia;
  private commands = 0;
  /** Turned off by the own hand, and the server does not know it yet: they stay off whatever it says. */
  private readonly closing = new Set<SwitchedSource>();
  /** What was pressed last for each own source. */
  private readonly wished = new Map<SwitchedSource, boolean>();
  private name: Name | null = null;
  private inside: Inside | null = null;

  constructor(private readonly options: SessionOptions) {
    const memory = new SeatMemory(options.slug, options.tabStorage);
    this.canComeBack = memory.kept !== null;
    this.devices = options.devices;
    this.line = new Line({
      open: options.openSocket,
      ...(options.reach && { reach: options.reach }),
      memory,
      onOnline: options.onOnline,
      lastSeq: () => this.now.meeting?.seq ?? 0,
      probe: () => ({ type: 'view', tiles: this.media.tiles }),
      ears: {
        hear: (told) => this.hear(told),
        back: (answer) => this.back(answer),
        line: (line) => this.put({ line }),
        over: (fault) => this.over(fault),
        confused: () => this.confused(),
      },
    });
    this.media = new VisitMedia({
      devices: options.devices,
      load: async () => {
        const { MediaSession } = await this.fetchInside();
        return (media) => new MediaSession(media);
      },
      ask: (command, timeoutMs) => this.line.ask(command, timeoutMs),
      seat: () => this.seat,
      put: (change) => this.put(change),
      shareEnded: () => void this.switch('screen', false),
    });
  }

  get state(): ClientState {
    return this.now;
  }

  subscribe(listener: (state: ClientState) => void): () => void {
    this.listeners.add(listener);
    listener(this.now);
    return () => this.listeners.delete(listener);
  }

  onEvent(listener: (event: MeetingEvent) => void): () => void {
    this.eventListeners.add(listener);
    return () => this.eventListeners.delete(listener);
  }

  async door(): Promise<DoorAnswer> {
    const answer = await askDoor(this.options.slug, this.options.token);
    if (!answer.ok) this.judgeLink([answer.fault]);
    return answer;
  }

  approach(): void {
    const { kind } = this.now.phase;
    if (kind === 'outside' || kind === 'refused') this.line.approach();
  }

  async join({ name, password, knock, takeOver }: Entry): Promise<void> {
    mark('join');
    this.name = name;
    this.put({ phase: { kind: 'joining' } });
    this.line.warm();
    const media = await this.media.open();
    const offer = await media.offer();
    const { microphoneOn, hasMicrophone, cameraOn, hasCamera } = this.devices.state;
    const outcome = await this.line.join({
      room: this.options.slug,
      name,
      token: this.options.token,
      password,
      knock,
      take_over: takeOver,
      offer,
      microphone: microphoneOn && hasMicrophone,
      camera: cameraOn && hasCamera,
    });
    if (!outcome.ok) {
      media.discard();
      this.judgeLink(outcome.faults);
      this.put({ phase: { kind: 'refused', faults: outcome.faults } });
    } else if (outcome.result.type === 'joined') {
      this.enter(outcome.result.picture);
      this.releaseUnused();
      const { answer } = outcome.result;
      if (answer === null || !(await media.accept({ ...outcome.result, sdp: answer }))) void media.renew();
    } else if (outcome.result.type === 'waiting') {
      media.discard();
      this.wait(outcome.result);
    }
  }

  async comeBack(): Promise<void> {
    this.put({ phase: { kind: 'joining' } });
    await this.fetchInside();
    if (!(await this.line.comeBack())) this.put({ phase: { kind: 'outside' } });
  }

  async correctName(name: Name): Promise<Outcome> {
    const outcome = await this.ask({ type: 'correct_name', name }, null);
    const { phase } = this.now;
    if (outcome.ok) this.name = name;
    if (outcome.ok && phase.kind === 'waiting') this.put({ phase: { ...phase, name } });
    return outcome;
  }

  async leave(): Promise<void> {
    this.end({ kind: 'left', meeting: this.now.meeting?.meeting.id ?? null });
    await this.line.ask({ type: 'leave' }, LEAVE_WITHIN_MS);
    this.line.giveUp();
  }

  async switch(source: SwitchedSource, on: boolean): Promise<Outcome> {
    const { own } = this.media;
    this.wished.set(source, on);
    if (!on) {
      const outcome = this.turnOff(source);
      await own.shut(source);
      return outcome;
    }
    return this.turnOn(source, { type: 'switch', source, on });
  }

  takeFloor(): Promise<Outcome> {
    this.wished.set('microphone', true);
    return this.turnOn('microphone', { type: 'take_floor' });
  }

  setView(wanted: readonly Wanted[]): void {
    this.media.want(wanted);
  }

  act(act: Exclude<Act, { readonly type: OwnAct }>): Promise<Outcome> {
    return this.ask(act, this.rules.aboutOf(act));
  }

  async unlockSound(): Promise<void> {
    if (this.media.isOpen) await (await this.media.open()).unlockSound();
  }

  close(): void {
    this.media.shut();
    this.line.close();
    this.devices.close();
    this.listeners.clear();
    this.eventListeners.clear();
  }

  private judgeLink(faults: readonly Fault[]): void {
    if (faults.some(({ code }) => code === 'token.invalid' || code === 'token.expired')) this.options.forgetLink();
  }

  // ---- what the server says ---------------------------------------------------------------------------

  private hear(told: Exclude<Told, Turned>): void {
    switch (told.type) {
      case 'shows':
      case 'layers':
      case 'limits':
        this.media.with((media) => media.tell(told));
        break;
      case 'media_lost':
        this.media.with((media) => void media.renew());
        break;
      case 'lobby': {
        const { phase } = this.now;
        if (phase.kind === 'waiting') this.put({ phase: { ...phase, chairPresent: told.chair_present } });
        break;
      }
      case 'admitted':
        this.enter(told.picture);
        this.releaseUnused();
        void this.media.open().then((media) => media.renew());
        break;
      case 'picture':
        this.enter(told.picture);
        break;
      case 'events':
      case 'switches':
      case 'levels':
      case 'lines':
        this.change(told);
        break;
    }
  }

  private back(answer: Resumed | Waiting): void {
    if (answer.type === 'waiting') {
      this.wait(answer);
      return;
    }
    const before = this.now.meeting;
    if (answer.picture) this.enter(answer.picture);
    for (const missed of answer.missed) this.change(missed);
    void this.backToMedia(answer);
    const { meeting } = this.now;
    if (meeting && this.rules.cameraLeftBehind(before, meeting)) void this.switch('camera', true);
  }

  private async backToMedia({ media: lives, shows, layers }: Resumed): Promise<void> {
    for (const source of this.closing) void this.turnOff(source);
    const reloaded = !this.media.isOpen;
    const media = await this.media.open();
    if (reloaded) await this.restoreDevices();
    for (const each of [...shows, ...layers]) media.tell(each);
    // a page that asked for media in vain asks again at once, now that it is heard
    if (!lives || reloaded || media.isRenewing) await media.renew();
    else this.media.tellView();
  }

  /** A newer server: the page is loaded anew, and finds its seat. */
  private confused(): void {
    if (this.options.reload()) return;
    this.line.giveUp();
    this.over({ code: 'protocol.version', message: 'the page is older than the server', field: null, details: {} });
  }

  private enter(picture: Picture): void {
    this.put({ phase: { kind: 'in' }, meeting: this.rules.begin(picture, Date.now()) });
    this.follow();
  }

  private wait({ applicant, title, since, chair_present, invited, typed }: Waiting): void {
    this.put({
      phase: {
        kind: 'waiting',
        applicant,
        title,
        name: this.name,
        since,
        skewMs: 0,
        chairPresent: chair_present,
        invited,
        typed,
      },
      meeting: null,
    });
  }

  private change(change: Change): void {
    const { meeting } = this.now;
    if (!meeting) return;
    this.put({ meeting: this.rules.reduce(meeting, change) });
    if (change.type === 'events' || change.type === 'switches') this.follow();
    if (change.type === 'events' && change.seq > meeting.seq)
      for (const event of change.events) for (const listener of this.eventListeners) listener(event);
  }

  /** Rights and switches may have changed. */
  private follow(): void {
    this.media.follow();
    const { meeting } = this.now;
    for (const source of meeting ? this.rules.idleSwitches(meeting) : [])
      if (!this.closing.has(source)) void this.turnOff(source);
  }

  /** The device first: without one a turn would run in silence. */
  private async turnOn(source: SwitchedSource, command: Act): Promise<Outcome> {
    const { own } = this.media;
    const isTakenBack = () => this.wished.get(source) === false;
    const opened = await own.open(source);
    // Space let go, or the button pressed again, while the device was being opened
    if (isTakenBack()) {
      await own.shut(source);
      return { ok: false, faults: [] };
    }
    if (!opened)
      return source === 'screen'
        ? { ok: false, faults: [] }
        : refusal(`device.${this.devices.state.state}`, 'no device');
    own.asked(source);
    const outcome = await this.ask(command, source);
    own.answered(source);
    // what was turned off meanwhile stays off here, whatever the server still has to say
    if (outcome.ok && !isTakenBack()) this.closing.delete(source);
    if (outcome.ok) this.switched(source, true);
    else await own.shut(source);
    this.media.follow();
    return outcome;
  }

  private async turnOff(source: SwitchedSource): Promise<Outcome> {
    this.closing.add(source);
    this.media.own.answered(source); // whatever it will be: nothing goes out any more
    this.media.follow();
    const outcome = await this.ask({ type: 'switch', source, on: false }, source);
    // unanswered it stays closed here, and is told again over the next line
    if (outcome.ok) this.closing.delete(source);
    if (outcome.ok) this.switched(source, false);
    this.media.follow();
    return outcome;
  }

  private over(fault: Fault): void {
    this.end({ kind: 'turned_away', fault, meeting: this.now.meeting?.meeting.id ?? null });
  }

  /** Connections are closed, camera and microphone are off, and the page says so (R21). */
  private end(ending: Extract<ClientState['phase'], { kind: 'over' }>['ending']): void {
    if (this.now.phase.kind === 'over') return;
    this.put({ phase: { kind: 'over', ending } });
    this.media.shut();
    void this.devices.stop();
  }

  // ---- what is asked ----------------------------------------------------------------------------------

  private async ask(command: Act, about: string | null): Promise<Outcome> {
    const id = ++this.commands;
    this.put({ pending: [...this.now.pending, { id, type: command.type, about, since: Date.now() }] });
    const outcome = await this.line.ask(command);
    this.put({ pending: this.now.pending.filter((each) => each.id !== id) });
    return outcome;
  }

  // ---- own sources ------------------------------------------------------------------------------------

  private get seat(): { readonly you: ParticipantId; readonly may: May } | null {
    const { meeting, phase } = this.now;
    if (!meeting || phase.kind !== 'in') return null;
    const may = this.rules.maySend(meeting);
    const on = (source: SwitchedSource) => may[source] && !this.closing.has(source);
    return {
      you: meeting.you,
      may: { microphone: on('microphone'), camera: on('camera'), screen: on('screen') },
    };
  }

  /** After a reload: what was on goes on where the browser lets it, and what does not is told. */
  private async restoreDevices(): Promise<void> {
    this.releaseUnused();
    const may = this.seat?.may ?? NOTHING_MAY;
    if (may.microphone || may.camera) await this.devices.start();
    const { sends } = this.media.own;
    for (const source of SOURCES) if (may[source] && !sends[source]) void this.turnOff(source);
  }

  /** A camera that may not be sent does not stay on. */
  private releaseUnused(): void {
    if (this.seat?.may.camera === false) this.devices.releaseCamera();
  }

  private switched(source: SwitchedSource, on: boolean): void {
    const { meeting } = this.now;
    const own = meeting?.switches.get(meeting.you);
    if (meeting && own)
      this.put({ meeting: this.rules.reduce(meeting, { type: 'switches', switches: [{ ...own, [source]: on }] }) });
  }

  async prepare(): Promise<void> {
    try {
      await this.fetchInside();
    } catch {
      // offline for a moment: `join` says so if it still is
    }
  }

  private async fetchInside(): Promise<Inside> {
    return (this.inside ??= await this.options.loadInside());
  }

  /** Nobody enters a meeting before they are there: `join` and `comeBack` wait for them. */
  private get rules(): Inside {
    if (this.inside === null) throw new Error('a meeting came before its rules');
    return this.inside;
  }

  private put(change: Partial<ClientState>): void {
    this.now = { ...this.now, ...change };
    for (const listener of this.listeners) listener(this.now);
  }
}

const SOURCES: readonly SwitchedSource[] = ['microphone', 'camera', 'screen'];
const LEAVE_WITHIN_MS = 2_000;

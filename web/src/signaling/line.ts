import type { ControlLine, Outcome } from '../meeting/state';
import {
  PROTOCOL,
  type Command,
  type Fault,
  type Join,
  type Resumed,
  type Told,
  type Turned,
  type Waiting,
} from '../protocol/messages';
import { backOffMs } from './back_off';
import { Connection, type Socket } from './connection';
import { OFFLINE, refusal } from './outcome';
import type { SeatMemory } from './seat_memory';

export interface LineEars {
  hear(told: Exclude<Told, Turned>): void;
  /** Back on the seat, or on the place in the lobby, after a lost connection or a reload. */
  back(answer: Resumed | Waiting): void;
  line(line: ControlLine): void;
  /** There is no way back by itself: removed, ended, taken over, seat gone. */
  over(fault: Fault): void;
  confused(error: unknown): void;
}

export interface LineOptions {
  readonly open: () => Socket;
  /**
   * Whether the server answers at all, asked before each WebSocket after one that failed: Firefox makes the next one
   * wait, longer each time and up to a minute (RFC 6455 §7.2.3). The first does not ask: on a half-open line the browser
   * would ask over connections that are dead as well.
   */
  readonly reach?: () => Promise<boolean>;
  readonly memory: SeatMemory;
  readonly ears: LineEars;
  /** The number of the last event seen, 0 for none. */
  readonly lastSeq: () => number;
  readonly probe: () => Command;
  /** Tells when the device has a network again; gives its end. */
  readonly onOnline: (listener: () => void) => () => void;
}

/**
 * The line to the server across connections: joins once, then comes back to the same seat by itself for as long as
 * there is one (R24). Whether anybody is in is the server's word; this only keeps asking.
 */
export class Line {
  private connection: Connection | null = null;
  private opened: Promise<boolean> = Promise.resolve(false);
  private seated = false;
  private lostAt: number | null = null;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private approaching: ReturnType<typeof setTimeout> | null = null;
  private closed = false;
  private readonly endOnline: () => void;

  constructor(private readonly options: LineOptions) {
    this.endOnline = options.onOnline(() => {
      if (this.timer !== null) this.wait(0);
    });
  }

  /** Opens the connection ahead of `join`, while the offer is being made. */
  warm(): void {
    this.endApproach();
    if (!this.connection) this.connect();
  }

  /** Opens the connection for who seems about to join; what nobody joins by is closed before the server does it. */
  approach(): void {
    if (this.connection || this.seated || this.closed) return;
    this.connect();
    this.approaching = setTimeout(() => this.drop(), APPROACH_MS);
  }

  async join(join: Omit<Join, 'type' | 'protocol'>): Promise<Outcome> {
    this.seated = false;
    this.warm();
    if (!(await this.opened)) return refusal(OFFLINE, 'the server cannot be reached');
    const outcome = await this.ask({ type: 'join', protocol: PROTOCOL, ...join }, JOIN_WITHIN_MS);
    if (outcome.ok && (outcome.result.type === 'joined' || outcome.result.type === 'waiting'))
      this.keepSeat(outcome.result.resume);
    else this.drop(); // each try at the door has a connection of its own
    return outcome;
  }

  /** Comes back to the seat this tab had before a reload. False when there is none, or it is gone. */
  async comeBack(): Promise<boolean> {
    if (this.options.memory.kept === null) return false;
    this.warm();
    const outcome = (await this.opened) ? await this.resume() : refusal(OFFLINE, 'the server cannot be reached');
    if (outcome.ok) return true;
    const [fault] = outcome.faults;
    if (fault && isFinal(fault.code)) {
      this.options.memory.forget();
      this.drop();
      if (SAID_AT_THE_DOOR.has(fault.code)) return false;
      this.options.ears.over(fault);
      return true;
    }
    this.seated = true;
    this.lose();
    return true;
  }

  ask(command: Command, timeoutMs?: number): Promise<Outcome> {
    return this.connection?.ask(command, timeoutMs) ?? Promise.resolve(refusal(OFFLINE, 'not connected'));
  }

  /** The server said that the seat has another token now. */
  keepSeat(token: Parameters<SeatMemory['keep']>[0]): void {
    this.seated = true;
    this.options.memory.keep(token);
    this.up();
  }

  /** Leaves for good: the seat is not asked for again. */
  giveUp(): void {
    this.seated = false;
    this.options.memory.forget();
    this.drop();
  }

  close(): void {
    this.closed = true;
    this.endOnline();
    this.drop();
  }

  private connect(): void {
    let settle: (open: boolean) => void;
    this.opened = new Promise((resolve) => (settle = resolve));
    const connection: Connection = new Connection(
      this.options.open(),
      {
        opened: () => settle(true),
        hear: (told) => {
          if (this.connection === connection) this.hear(told);
        },
        closed: (code) => {
          settle(false);
          if (this.connection !== connection) return;
          this.connection = null;
          if (this.seated) this.closedWith(code);
        },
        confused: (error) => this.options.ears.confused(error),
      },
      this.options.probe,
    );
    this.connection = connection;
  }

  private hear(told: Told): void {
    if (told.type !== 'turned_away') {
      if (told.type === 'admitted') this.keepSeat(told.resume);
      this.options.ears.hear(told);
      return;
    }
    this.drop();
    if (told.again_after_ms !== null && this.seated) {
      this.lose(told.again_after_ms);
      return;
    }
    this.seated = false;
    this.options.memory.forget();
    const { code, message, details } = told;
    this.options.ears.over({ code, message, field: null, details });
  }

  /** Close codes (docs/protocol.md): a fault of this page is not repeated, a page that asked too much rests. */
  private closedWith(code: number): void {
    if (code !== 1002 && code !== 1009) {
      this.lose(code === 1008 ? REST_MS : undefined);
      return;
    }
    this.seated = false;
    this.options.memory.forget();
    this.options.ears.over({ code: 'message.malformed', message: `closed with ${code}`, field: null, details: {} });
  }

  /** The connection is gone and the seat is not: try again, and again. */
  private lose(afterMs?: number): void {
    if (this.closed) return;
    if (this.lostAt === null) this.attempts = 0;
    this.lostAt ??= Date.now();
    this.options.ears.line({ kind: 'lost', since: this.lostAt, attempts: this.attempts });
    this.wait(afterMs ?? backOffMs(this.attempts, Math.random()));
    this.attempts += 1;
  }

  private wait(ms: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.tryAgain();
    }, ms);
  }

  private async tryAgain(): Promise<void> {
    this.drop();
    if (this.attempts > 1 && this.options.reach && !(await this.options.reach())) {
      if (this.seated) this.lose();
      return;
    }
    if (this.closed || !this.seated) return;
    this.connect();
    const { connection } = this;
    if (!(await this.opened)) {
      // the closed connection has called `lose` already
      return;
    }
    const outcome = await this.resume();
    if (outcome.ok || this.connection !== connection) return;
    this.drop();
    const [fault] = outcome.faults;
    if (fault && isFinal(fault.code)) {
      this.seated = false;
      this.options.memory.forget();
      this.options.ears.over(fault);
    } else {
      this.lose();
    }
  }

  private async resume(): Promise<Outcome> {
    const token = this.options.memory.kept;
    if (token === null) return refusal('seat.gone', 'no seat is kept here');
    const outcome = await this.ask({ type: 'resume', protocol: PROTOCOL, token, last_seq: this.options.lastSeq() });
    if (outcome.ok && (outcome.result.type === 'resumed' || outcome.result.type === 'waiting')) {
      this.keepSeat(outcome.result.resume);
      this.options.ears.back(outcome.result);
    }
    return outcome;
  }

  private up(): void {
    this.lostAt = null;
    this.attempts = 0;
    this.options.ears.line({ kind: 'up' });
  }

  /** Closes the connection without asking for a new one. */
  private drop(): void {
    this.endApproach();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const { connection } = this;
    this.connection = null;
    connection?.close();
  }

  private endApproach(): void {
    if (this.approaching !== null) clearTimeout(this.approaching);
    this.approaching = null;
  }
}

const JOIN_WITHIN_MS = 20_000;
/** Short of what a line may be silent before it is asked whether it lives, and of the 15 s in which the server wants a join. */
const APPROACH_MS = 4_500;
const REST_MS = 5_000;

/** Refusals of a seat that no patience changes. All others (engine away, shutting down, rate) are tried again. */
function isFinal(code: string): boolean {
  return FINAL.has(code);
}

const SAID_AT_THE_DOOR = new Set(['seat.gone', 'token.invalid', 'token.expired', 'message.malformed']);
const FINAL = new Set([
  ...SAID_AT_THE_DOOR,
  'seat.taken',
  'taken_over',
  'removed',
  'banned',
  'lobby.refused',
  'meeting.ended',
  'link.unknown',
  'not_invited',
  'protocol.version',
]);

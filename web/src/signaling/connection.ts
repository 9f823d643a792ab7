import type { Outcome } from '../meeting/state';
import { UnknownMessage } from '../meeting/unreachable';
import type { Command, Sent, Told, ToPage } from '../protocol/messages';
import { OFFLINE, refusal, refused } from './outcome';

/** As much of a WebSocket as is used here; tests bring their own. */
export type Socket = Pick<WebSocket, 'onopen' | 'onmessage' | 'onclose' | 'send' | 'close'>;

export interface Ears {
  opened(): void;
  hear(told: Told): void;
  /** Once, whoever closed, with the code of the one who did. Nothing is heard after it. */
  closed(code: number): void;
  /** The server spoke of something this page does not know. */
  confused(error: unknown): void;
}

/** One WebSocket: commands get an id and are answered once, all else is heard in order. */
export class Connection {
  private nextId = 1;
  private isOpen = false;
  private isClosed = false;
  private heardAt = Date.now();
  private probedAt: number | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private readonly heartbeat: ReturnType<typeof setInterval>;
  private readonly opening: ReturnType<typeof setTimeout>;

  constructor(
    private readonly socket: Socket,
    private readonly ears: Ears,
    /** A command without effect, whose answer shows that the line lives. */
    private readonly probe: () => Command,
  ) {
    socket.onopen = () => {
      this.isOpen = true;
      this.heardAt = Date.now();
      clearTimeout(this.opening);
      this.ears.opened();
    };
    socket.onmessage = ({ data }) => {
      this.take(data);
    };
    socket.onclose = ({ code }) => {
      this.finish(code);
    };
    this.opening = setTimeout(() => this.close(), OPEN_WITHIN_MS);
    this.heartbeat = setInterval(() => this.beat(), BEAT_MS);
  }

  /** Sends a command; settles with its answer, and as `offline` when none comes. Never rejects. */
  ask(command: Command, timeoutMs = ANSWER_WITHIN_MS): Promise<Outcome> {
    if (!this.isOpen || this.isClosed) return Promise.resolve(refusal(OFFLINE, 'not connected'));
    const sent: Sent = { ...command, id: this.nextId++ };
    return new Promise((settle) => {
      const timer = setTimeout(() => this.answer(sent.id, refusal(OFFLINE, 'no answer in time')), timeoutMs);
      this.waiting.set(sent.id, { settle, timer });
      this.socket.send(JSON.stringify(sent));
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.socket.close();
    // a dead line answers no closing handshake: what waits here does not wait for it
    this.finish(NO_CODE);
  }

  private take(data: unknown): void {
    this.heardAt = Date.now();
    this.probedAt = null;
    try {
      const message = parse(data);
      if (message.type === 'ok')
        this.answer(message.id, { ok: true, result: message.result, recorded: message.recorded });
      else if (message.type === 'refused') this.answer(message.id, refused(message));
      else this.ears.hear(message);
    } catch (error) {
      this.ears.confused(error);
    }
  }

  private answer(id: number, outcome: Outcome): void {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.settle(outcome);
  }

  /** A half-open line looks like silence: ask something, and close when even that brings no frame (F31). */
  private beat(): void {
    if (!this.isOpen) return;
    const now = Date.now();
    if (this.probedAt === null) {
      if (now - this.heardAt < SILENCE_MS) return;
      this.probedAt = now;
      void this.ask(this.probe());
    } else if (now - this.probedAt >= PROBE_ANSWER_MS) {
      this.close();
    }
  }

  private finish(code: number): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.opening);
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    for (const id of [...this.waiting.keys()]) this.answer(id, refusal(OFFLINE, 'connection lost'));
    this.ears.closed(code);
  }
}

interface Waiting {
  readonly settle: (outcome: Outcome) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Nobody said why (RFC 6455 §7.4.1). */
const NO_CODE = 1006;
/** No frame for 10 s in all (F26), looks included: 5 s of silence, then 4 s for the answer to a question. */
const SILENCE_MS = 5_000;
const PROBE_ANSWER_MS = 4_000;
const BEAT_MS = 500;
const OPEN_WITHIN_MS = 8_000;
const ANSWER_WITHIN_MS = 10_000;

const KNOWN: ReadonlySet<string> = new Set<ToPage['type']>([
  'ok',
  'refused',
  'events',
  'switches',
  'shows',
  'layers',
  'limits',
  'levels',
  'lines',
  'media_lost',
  'lobby',
  'admitted',
  'picture',
  'turned_away',
]);

/** Reads one frame. What the server of the own origin says is trusted to have the shape of its type. */
function parse(data: unknown): ToPage {
  const value: unknown = typeof data === 'string' ? JSON.parse(data) : null;
  const type: unknown = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string' || !KNOWN.has(type)) throw new UnknownMessage(String(type));
  return value as ToPage;
}

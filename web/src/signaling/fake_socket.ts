/** A WebSocket for tests: what was sent can be read, what the server says is put in. */
import type { Result, Sent, Told } from '../protocol/messages';
import type { Socket } from './connection';

export class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  readonly sent: Sent[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(): void {
    this.closed = true;
  }

  opens(): void {
    this.call(this.onopen, {});
  }

  /** The server closes, or the line breaks. */
  breaks(code = 1006): void {
    this.call(this.onclose, { code });
  }

  says(message: Told | object): void {
    this.frame(JSON.stringify(message));
  }

  frame(data: unknown): void {
    this.call(this.onmessage, { data });
  }

  /** Answers the last command. */
  /** Answers what was sent last, or that one of it. */
  answers(result: Result, sent = this.last): void {
    this.says({ type: 'ok', id: sent.id, result, recorded: true });
  }

  refuses(code: string): void {
    this.says({ type: 'refused', id: this.last.id, code, message: code, faults: [] });
  }

  get last(): Sent {
    const last = this.sent.at(-1);
    if (!last) throw new Error('nothing was sent');
    return last;
  }

  private call(handler: ((this: WebSocket, event: never) => unknown) | null, event: object): void {
    handler?.call(this as unknown as WebSocket, event as never);
  }
}

import { connect, createServer, type Server, type Socket } from 'node:net';

/** A line to the server that can be cut: bytes go through it both ways, until they do not. Media takes another way. */
export class Wire {
  private readonly sockets = new Set<Socket>();
  private whole = true;

  private constructor(
    private readonly listener: Server,
    private readonly to: number,
  ) {
    listener.on('connection', (socket) => this.join(socket));
  }

  static async to(port: number): Promise<Wire> {
    const listener = createServer();
    const wire = new Wire(listener, port);
    await new Promise<void>((settle) => listener.listen(0, '127.0.0.1', settle));
    return wire;
  }

  get origin(): string {
    const address = this.listener.address();
    if (address === null || typeof address === 'string') throw new Error('the wire is closed');
    return `http://localhost:${address.port}`;
  }

  /** What passes through is broken off, and nothing new is let through. */
  cut(): void {
    this.whole = false;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.whole = true;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((settle) => this.listener.close(settle));
  }

  private join(near: Socket): void {
    if (!this.whole) {
      near.destroy();
      return;
    }
    const far = connect(this.to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}

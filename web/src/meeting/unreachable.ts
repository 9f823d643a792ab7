/** A message this page does not know: the server is newer, and the page has to be loaded anew (docs/protocol.md). */
export class UnknownMessage extends Error {
  constructor(readonly messageType: string) {
    super(`unknown message "${messageType}"`);
    this.name = 'UnknownMessage';
  }
}

/** Closes a `switch` over a union: the compiler names the forgotten case, a newer server's case is thrown. */
export function unreachable(value: never): never {
  const { type } = value as { readonly type?: unknown };
  throw new UnknownMessage(typeof type === 'string' ? type : typeof value);
}

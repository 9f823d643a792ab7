/** As much of the Network Information API as some browsers have, phones above all. */
interface Network extends EventTarget {
  readonly type?: string;
}

/** Tells when this device has got another network: what went over the old one arrives no more. Gives its end. */
export function onOtherNetwork(listener: () => void): () => void {
  const { connection } = navigator as { connection?: Network };
  let kind = connection?.type;
  // it tells of every change of the speed, too
  const look = () => {
    if (connection?.type === kind) return;
    kind = connection?.type;
    listener();
  };
  globalThis.addEventListener('online', listener);
  connection?.addEventListener('change', look);
  return () => {
    globalThis.removeEventListener('online', listener);
    connection?.removeEventListener('change', look);
  };
}

/** Waits until a time of `Date.now()`; not at all where it has passed. */
export async function until(at_ms: number): Promise<void> {
  await new Promise((settle) => setTimeout(settle, Math.max(at_ms - Date.now(), 0)));
}

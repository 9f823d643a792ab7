/** Tries something again after a while and counts the seconds down for the eye. */
export class Retry {
  /** Seconds left; null while nothing is planned. */
  seconds = $state<number | null>(null);
  #timer: ReturnType<typeof setInterval> | undefined;

  start(afterMs: number, run: () => void): void {
    this.stop();
    this.seconds = Math.ceil(afterMs / 1000);
    this.#timer = setInterval(() => {
      this.seconds = (this.seconds ?? 1) - 1;
      if (this.seconds > 0) return;
      this.stop();
      run();
    }, 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.seconds = null;
  }
}

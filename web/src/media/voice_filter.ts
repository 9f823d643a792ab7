/** `failed`: this browser cannot, and the voice goes out as it is. */
export type FilterState = 'off' | 'starting' | 'on' | 'failed';

/** A voice without its noise. */
export interface Filtered {
  readonly track: MediaStreamTrack;
  close(): void;
}

type Make = (of: MediaStreamTrack) => Promise<Filtered>;

/**
 * Takes noise out of the own voice before it is sent, when its owner asks for it (R24). What does it is fetched then.
 * Until it runs, and where it cannot, the voice goes out as it is; a voice that is switched off stays silent.
 */
export class VoiceFilter {
  private asked = false;
  private now: FilterState = 'off';
  private voice: MediaStreamTrack | null = null;
  private filtered: (Filtered & { readonly of: MediaStreamTrack }) | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly make: Make = async (of) => (await import('./noise_filter')).filterNoise(of)) {}

  get state(): FilterState {
    return this.now;
  }

  get wanted(): boolean {
    return this.asked;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  choose(on: boolean): void {
    this.asked = on;
    void this.follow();
  }

  /** What is to be sent for a voice. */
  of(voice: MediaStreamTrack | null): MediaStreamTrack | null {
    if (voice !== this.voice) {
      this.voice = voice;
      void this.follow();
    }
    return this.filtered?.of === voice ? this.filtered.track : voice;
  }

  private async follow(): Promise<void> {
    const { voice } = this;
    if (this.filtered && this.filtered.of !== voice) this.drop();
    if (!this.asked || voice === null) {
      this.drop();
      this.put('off');
      return;
    }
    if (this.filtered || this.now === 'starting') return;
    this.put('starting');
    let made: Filtered | null = null;
    try {
      made = await this.make(voice);
    } catch {
      this.asked = false;
    }
    // another voice, or another wish, came meanwhile
    if (made && !this.stillWants(voice)) {
      made.close();
      this.settle();
      void this.follow();
      return;
    }
    this.filtered = made && { of: voice, track: made.track, close: () => made.close() };
    this.put(made ? 'on' : 'failed');
  }

  private stillWants(voice: MediaStreamTrack): boolean {
    return this.asked && this.voice === voice && this.filtered === null;
  }

  private settle(): void {
    this.put(this.filtered === null ? 'off' : 'on');
  }

  private drop(): void {
    this.filtered?.close();
    this.filtered = null;
  }

  private put(state: FilterState): void {
    if (state === this.now) return;
    this.now = state;
    for (const listener of this.listeners) listener();
  }
}

/** The own voice of this page. */
export const voiceFilter = new VoiceFilter();

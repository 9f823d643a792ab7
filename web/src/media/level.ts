/** Reads how loud a track is, from 0 (silence) to 1. */
export class LevelMeter {
  private readonly context = new AudioContext();
  private readonly analyser = this.context.createAnalyser();
  private readonly samples: Float32Array<ArrayBuffer>;
  private readonly source: MediaStreamAudioSourceNode;

  constructor(track: MediaStreamTrack) {
    this.analyser.fftSize = 1024;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source = this.context.createMediaStreamSource(new MediaStream([track]));
    this.source.connect(this.analyser);
    // some browsers measure nothing before the first press
    document.addEventListener('pointerdown', this.wake);
    document.addEventListener('keydown', this.wake);
  }

  read(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    return loudness(this.samples);
  }

  close(): void {
    document.removeEventListener('pointerdown', this.wake);
    document.removeEventListener('keydown', this.wake);
    this.source.disconnect();
    void this.context.close();
  }

  private readonly wake = (): void => {
    if (this.context.state === 'suspended') void this.context.resume();
  };
}

/** Root mean square on a scale of decibels, as ears have it: −60 dB is 0, −10 dB is 1. */
export function loudness(samples: Float32Array): number {
  const square = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  if (square === 0) return 0;
  const decibels = 10 * Math.log10(square);
  return Math.min(Math.max((decibels - QUIET_DB) / (LOUD_DB - QUIET_DB), 0), 1);
}

const QUIET_DB = -60;
const LOUD_DB = -10;

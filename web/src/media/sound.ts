/**
 * The voices: one audio element for each audio slot, all of them playing all the time. They stand in the page,
 * because some browsers play only what is there.
 */
export class Sound {
  private voices: readonly HTMLAudioElement[] = [];
  private speaker = '';

  constructor(private readonly blocked: (blocked: boolean) => void) {}

  open(receivers: ReadonlyMap<number, RTCRtpReceiver>): void {
    this.close();
    this.voices = [...receivers.entries()].map(([slot, { track }]) => {
      const voice = document.createElement('audio');
      voice.dataset.testid = 'voice';
      voice.dataset.slot = String(slot);
      voice.autoplay = true;
      voice.srcObject = new MediaStream([track]);
      document.body.append(voice);
      return voice;
    });
    void this.choose(this.speaker);
    void this.play();
  }

  /** Plays; where the browser wants a press first, says so. To be called again from one. */
  async play(): Promise<void> {
    const played = await Promise.allSettled(this.voices.map((voice) => voice.play()));
    this.blocked(played.some((each) => each.status === 'rejected' && isBlocked(each.reason)));
  }

  async choose(speaker: string): Promise<void> {
    this.speaker = speaker;
    await Promise.allSettled(this.voices.map((voice) => sendTo(voice, speaker)));
  }

  close(): void {
    for (const voice of this.voices) {
      voice.pause();
      voice.srcObject = null;
      voice.remove();
    }
    this.voices = [];
  }
}

/** Lets an element sound on the chosen speaker, where the browser can. */
export async function sendTo(element: HTMLMediaElement, speaker: string): Promise<void> {
  if (canChooseSpeaker() && element.sinkId !== speaker) await element.setSinkId(speaker);
}

export function canChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}

function isBlocked(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'NotAllowedError';
}

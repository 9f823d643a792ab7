/** One shared screen: its picture, and its sound where the browser gives it. */
export class Share {
  private constructor(
    readonly stream: MediaStream,
    private readonly ended: () => void,
  ) {
    this.picture?.addEventListener('ended', this.ended);
  }

  /** Asks which screen or window to share. null when the visitor thought better of it or the browser cannot. */
  static async start(ended: () => void): Promise<Share | null> {
    if (!('getDisplayMedia' in navigator.mediaDevices)) return null;
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({
        video: { frameRate: { ideal: 15, max: 30 } },
        audio: true,
      });
      // letters stay sharp: rather fewer frames than a blurred page
      for (const track of stream.getVideoTracks()) track.contentHint = 'detail';
      return new Share(stream, ended);
    } catch {
      return null;
    }
  }

  get picture(): MediaStreamTrack | null {
    return this.stream.getVideoTracks()[0] ?? null;
  }

  get sound(): MediaStreamTrack | null {
    return this.stream.getAudioTracks()[0] ?? null;
  }

  close(): void {
    this.picture?.removeEventListener('ended', this.ended);
    for (const track of this.stream.getTracks()) track.stop();
  }
}

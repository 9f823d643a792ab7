import type { PictureKey } from '../meeting/state';
import { pictureKey } from '../meeting/state';
import type { ParticipantId, SwitchedSource } from '../protocol/messages';
import type { DeviceSet } from './device_set';
import type { Outgoing } from './media_session';
import { Share } from './share';

/** What may be sent now: the own switch as the server has it, and the right. */
export type May = Readonly<Record<SwitchedSource, boolean>>;

export const NOTHING_MAY: May = { microphone: false, camera: false, screen: false };

/**
 * The own sources: what the devices give and what of it goes out. Taking away works here at once and does not wait
 * for the server; nothing ever opens by itself (R16).
 */
export class OwnSources {
  private share: Share | null = null;
  /** A copy of the microphone: silent while it is off, though the meter still listens to the original. */
  private voice: { readonly of: MediaStreamTrack; readonly copy: MediaStreamTrack } | null = null;
  private may: May = NOTHING_MAY;
  private early: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly devices: DeviceSet,
    private readonly shareEnded: () => void,
  ) {}

  /** What goes out, given what may. A source that was switched off by others leaves its device too. */
  allow(may: May): Outgoing {
    const before = this.may;
    this.may = may;
    if (before.camera && !may.camera) this.devices.releaseCamera();
    if (before.screen && !may.screen) this.stopShare();
    return this.outgoing();
  }

  outgoing(): Outgoing {
    return {
      microphone: this.microphone(),
      camera: this.may.camera ? this.devices.cameraTrack : null,
      screen: this.may.screen ? (this.share?.picture ?? null) : null,
      screen_audio: this.may.screen ? (this.share?.sound ?? null) : null,
    };
  }

  /** What is really sent: a switch that is on and a device that is there. */
  get sends(): May {
    const { microphone, camera, screen } = this.outgoing();
    return { microphone: this.may.microphone && microphone !== null, camera: camera !== null, screen: screen !== null };
  }

  pictures(you: ParticipantId): ReadonlyMap<PictureKey, MediaStream> {
    const { preview } = this.devices.state;
    const pictures = new Map<PictureKey, MediaStream>();
    if (this.may.camera && preview) pictures.set(pictureKey(you, 'camera'), preview);
    if (this.may.screen && this.share) pictures.set(pictureKey(you, 'screen'), this.share.stream);
    return pictures;
  }

  /** Opens the device of a source; false when there is none, or the visitor did not want to. */
  async open(source: SwitchedSource): Promise<boolean> {
    switch (source) {
      case 'microphone':
        if (!this.devices.microphoneTrack) await this.devices.start();
        return this.devices.microphoneTrack !== null;
      case 'camera':
        await this.devices.switchCamera(true);
        return this.devices.cameraTrack !== null;
      case 'screen':
        this.stopShare();
        this.share = await Share.start(this.shareEnded);
        return this.share !== null;
    }
  }

  /**
   * The own press turned a source on, and the server has not answered yet: what is said goes out, so that no first
   * syllable is lost. The server passes it on from when it opens the gate, and nothing before that (R16). An answer that
   * does not come soon is waited for in silence.
   */
  asked(source: SwitchedSource): void {
    if (source !== 'microphone') return;
    this.endEarly();
    this.early = setTimeout(() => {
      this.endEarly();
      this.microphone();
    }, EARLY_MS);
    this.microphone();
  }

  /** From the next `allow` on a source is as the server has it. */
  answered(source: SwitchedSource): void {
    if (source === 'microphone') this.endEarly();
  }

  /** Closes the device of a source; the microphone stays open, silent, for the next word. */
  async shut(source: SwitchedSource): Promise<void> {
    if (source === 'camera') await this.devices.switchCamera(false);
    if (source === 'screen') this.stopShare();
  }

  close(): void {
    this.may = NOTHING_MAY;
    this.endEarly();
    this.stopShare();
    this.voice?.copy.stop();
    this.voice = null;
  }

  private endEarly(): void {
    if (this.early !== null) clearTimeout(this.early);
    this.early = null;
  }

  private microphone(): MediaStreamTrack | null {
    const original = this.devices.microphoneTrack;
    if (this.voice?.of !== original) {
      this.voice?.copy.stop();
      this.voice = original ? { of: original, copy: original.clone() } : null;
    }
    if (this.voice) this.voice.copy.enabled = this.may.microphone || this.early !== null;
    return this.voice?.copy ?? null;
  }

  private stopShare(): void {
    this.share?.close();
    this.share = null;
  }
}

const EARLY_MS = 1_000;

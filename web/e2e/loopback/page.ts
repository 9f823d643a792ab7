/**
 * In the browser: the page's media against a peer of the same browser that answers as the server does. Bundled
 * by the test, and no part of the page that is served.
 */
import { MediaSession } from '../../src/media/media_session';
import type { Answered } from '../../src/media/peer';
import { DeviceSet } from '../../src/media/device_set';
import { OwnSources } from '../../src/media/own_sources';
import type { ParticipantId, Shows, SlotView } from '../../src/protocol/messages';

class FarSide {
  readonly connection = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });

  async answer(sdp: string): Promise<Answered> {
    const { connection } = this;
    connection.ontrack = ({ track }) => this.play(track);
    await connection.setRemoteDescription({ type: 'offer', sdp });
    const receiving = connection.getTransceivers().slice(4);
    const picture = moving();
    const tone = await sounding();
    for (const transceiver of receiving) {
      transceiver.direction = 'sendonly';
      const kind = transceiver.receiver.track.kind;
      await transceiver.sender.replaceTrack(kind === 'audio' ? tone : picture);
    }
    await connection.setLocalDescription(await connection.createAnswer());
    await new Promise<void>((settle) => {
      const look = () => {
        if (connection.iceGatheringState === 'complete') settle();
      };
      connection.onicegatheringstatechange = look;
      look();
    });
    const count = { audio: 0, video: 0 };
    const slots = receiving.map(({ mid, receiver }): SlotView => {
      const kind = receiver.track.kind as SlotView['kind'];
      return { kind, slot: count[kind]++, mid: mid ?? '' };
    });
    return { sdp: connection.localDescription?.sdp ?? '', slots, ice_servers: [] };
  }

  /** Chromium decodes only the voices that are played somewhere. */
  private play(track: MediaStreamTrack): void {
    if (track.kind !== 'audio') return;
    const voice = document.createElement('audio');
    voice.srcObject = new MediaStream([track]);
    voice.volume = 0.01;
    document.body.append(voice);
    void voice.play();
  }
}

function moving(): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [320, 180];
  const ink = canvas.getContext('2d');
  let step = 0;
  setInterval(() => {
    if (!ink) return;
    ink.fillStyle = `hsl(${step * 40} 80% 50%)`;
    ink.fillRect(0, 0, 320, 180);
    step += 1;
  }, 50);
  const [track] = canvas.captureStream(20).getVideoTracks();
  if (!track) throw new Error('a canvas without a track');
  return track;
}

/** The made-up microphone: Firefox runs no AudioContext where the machine has no sound card. */
async function sounding(): Promise<MediaStreamTrack> {
  const [track] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks();
  if (!track) throw new Error('no microphone');
  return track;
}

export async function makeCall() {
  const log: string[] = [];
  const far: FarSide[] = [];
  const answer = (sdp: string) => {
    const side = new FarSide();
    far.push(side);
    return side.answer(sdp);
  };
  let streams: ReadonlyMap<string, MediaStream> = new Map();
  const devices = new DeviceSet();
  const own = new OwnSources(devices, () => undefined);
  const media = new MediaSession({
    negotiate: (sdp) => {
      log.push('negotiate');
      return answer(sdp);
    },
    serverAnswers: () => Promise.resolve(false),
    ears: {
      line: (line) => log.push(line),
      streams: (next) => (streams = next),
      frozen: () => undefined,
      limited: () => undefined,
      limits: () => undefined,
      soundBlocked: (blocked) => log.push(`blocked ${blocked}`),
      negotiated: () => log.push('negotiated'),
    },
  });
  await devices.start();
  const who = 'a' as ParticipantId;
  const shows: Shows = { type: 'shows', kind: 'video', slot: 2, participant: who, source: 'camera', rtp_time: null };
  return {
    log,
    devices,
    connect: async () => {
      const sdp = await media.offer();
      await media.accept(await answer(sdp));
    },
    allow: (microphone: boolean, camera: boolean) => media.send(own.allow({ microphone, camera, screen: false })),
    show: () => {
      media.show([{ slot: 2, participant: who, source: 'camera', width: 320, height: 180 }]);
      media.tell(shows);
    },
    pictures: () => [...streams.keys()],
    attach: () => {
      const video = document.createElement('video');
      video.muted = true;
      video.autoplay = true;
      video.srcObject = streams.get('a camera') ?? null;
      document.body.append(video);
    },
    /** What arrives at the far side: frames of the camera, loudness of the microphone. */
    arrived: async () => {
      const reports: { type: string; kind?: string; framesDecoded?: number; totalAudioEnergy?: number }[] = [];
      const stats = await far.at(-1)?.connection.getStats();
      stats?.forEach((report) => reports.push(report as (typeof reports)[number]));
      const inbound = reports.filter(({ type }) => type === 'inbound-rtp');
      return {
        frames: Math.max(0, ...inbound.map(({ framesDecoded }) => framesDecoded ?? 0)),
        energy: inbound.reduce((sum, { totalAudioEnergy }) => sum + (totalAudioEnergy ?? 0), 0),
      };
    },
    break: () => far.at(-1)?.connection.close(),
    close: () => {
      media.close();
      own.close();
      devices.close();
    },
  };
}

export type Call = Awaited<ReturnType<typeof makeCall>>;

declare global {
  interface Window {
    makeCall: typeof makeCall;
    call: Call;
  }
}

window.makeCall = makeCall;

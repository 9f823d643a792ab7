import { loadRnnoise, RnnoiseWorkletNode } from '@sapphi-red/web-noise-suppressor';
import wasm from '@sapphi-red/web-noise-suppressor/rnnoise.wasm?url';
import wasmSimd from '@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm?url';
import worklet from '@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js?url';
import type { Filtered } from './voice_filter';

/** The network of RNNoise was trained on this rate. */
const SAMPLE_RATE = 48_000;

/** RNNoise between a microphone and what is sent. Rejects where the browser cannot; a track that is off stays silent. */
export async function filterNoise(of: MediaStreamTrack): Promise<Filtered> {
  const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' });
  try {
    const [wasmBinary] = await Promise.all([
      loadRnnoise({ url: wasm, simdUrl: wasmSimd }),
      context.audioWorklet.addModule(worklet),
    ]);
    const source = context.createMediaStreamSource(new MediaStream([of]));
    const filter = new RnnoiseWorkletNode(context, { wasmBinary, maxChannels: 1 });
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    source.connect(filter).connect(out);
    const [track] = out.stream.getAudioTracks();
    if (!track) throw new Error('a destination without a track');
    return {
      track,
      close: () => {
        track.stop();
        source.disconnect();
        filter.destroy();
        void context.close();
      },
    };
  } catch (error) {
    void context.close();
    throw error;
  }
}

// mediasoup under load: a library, so that this is the smallest application around it. One worker, one room, one UDP
// port; what it is told over HTTP it asks of the library, and what the library answers it gives back.
//
//     node mediasoup.mjs PACKAGE/worker/out/Release/mediasoup-worker ADDRESS HTTP_PORT MEDIA_PORT

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [program, address, httpPort, mediaPort] = process.argv.slice(2);
process.env.MEDIASOUP_WORKER_BIN = program;
const { createWorker } = createRequire(import.meta.url)(resolve(program, "../../../.."));

const worker = await createWorker({ logLevel: "error" });
const listenInfos = [{ protocol: "udp", ip: address, port: Number(mediaPort) }];
const webRtcServer = await worker.createWebRtcServer({ listenInfos });
const router = await worker.createRouter({
  mediaCodecs: [
    { kind: "audio", mimeType: "audio/opus", clockRate: 48_000, channels: 2 },
    { kind: "video", mimeType: "video/VP8", clockRate: 90_000 },
  ],
});
const transports = new Map();

const asked = {
  /** A way in or out, with what a description needs of it. */
  async transport() {
    const made = await router.createWebRtcTransport({ webRtcServer });
    transports.set(made.id, made);
    const { id, iceParameters, iceCandidates, dtlsParameters } = made;
    return { id, iceParameters, iceCandidates, dtlsParameters };
  },
  async connect({ transport, dtlsParameters }) {
    await transports.get(transport).connect({ dtlsParameters });
    return {};
  },
  async produce({ transport, kind, rtpParameters }) {
    const { id } = await transports.get(transport).produce({ kind, rtpParameters });
    return { id };
  },
  /** Several at once, each by its id and perhaps with the layers that are preferred; `extensions` are those that the
   * receiver takes. */
  async consume({ transport, producers, extensions }) {
    const { codecs, headerExtensions } = router.rtpCapabilities;
    const rtpCapabilities = { codecs, headerExtensions: headerExtensions.filter(({ uri }) => extensions.includes(uri)) };
    const consumers = [];
    for (const { id: producerId, preferredLayers } of producers) {
      const wanted = { producerId, rtpCapabilities, preferredLayers };
      const { kind, rtpParameters } = await transports.get(transport).consume(wanted);
      consumers.push({ kind, rtpParameters });
    }
    return { consumers };
  },
};

createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const [status, body] = await asked[request.url.slice(1)](JSON.parse(Buffer.concat(parts).toString())).then(
    (done) => [200, done],
    (fault) => [400, { fault: String(fault) }],
  );
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}).listen(Number(httpPort), address);

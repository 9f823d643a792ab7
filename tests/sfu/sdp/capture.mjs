// Writes the offers of the installed browsers into corpus/. Run again when a browser changes:
//   scripts/netns .venv/bin/node tests/sfu/sdp/capture.mjs
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const { chromium, firefox } = require("@playwright/test");

const server = createServer((_, answer) => answer.end("<!doctype html><title>capture</title>"));
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const url = `http://localhost:${server.address().port}/`;

// What the page does: four to send, the camera in three encodings, four voices and `videos` pictures to receive; then a re-offer with more pictures.
async function offers({ videos, more }) {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [microphone] = stream.getAudioTracks();
  const [camera] = stream.getVideoTracks();
  connection.addTransceiver(microphone, { direction: "sendonly", streams: [stream] });
  const sendEncodings = [{ rid: "q", scaleResolutionDownBy: 4 }, { rid: "h", scaleResolutionDownBy: 2 }, { rid: "f" }];
  connection.addTransceiver(camera, { direction: "sendonly", streams: [stream], sendEncodings });
  connection.addTransceiver("video", { direction: "sendonly" });
  connection.addTransceiver("audio", { direction: "sendonly" });
  for (let slot = 0; slot < 4; slot++) connection.addTransceiver("audio", { direction: "recvonly" });
  for (let slot = 0; slot < videos; slot++) connection.addTransceiver("video", { direction: "recvonly" });
  await connection.setLocalDescription();
  await new Promise((done) => {
    if (connection.iceGatheringState === "complete") done();
    connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && done();
    setTimeout(done, 3000);
  });
  const first = connection.localDescription.sdp;
  for (let slot = videos; slot < more; slot++) connection.addTransceiver("video", { direction: "recvonly" });
  const { sdp } = await connection.createOffer();
  connection.close();
  return [first, sdp];
}

const browsers = {
  chromium: await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
  }),
  firefox: await firefox.launch({
    channel: "moz-firefox",
    executablePath: "/usr/bin/firefox-esr",
    firefoxUserPrefs: { "media.navigator.streams.fake": true, "media.navigator.permission.disabled": true },
  }),
};
for (const [name, browser] of Object.entries(browsers)) {
  const page = await browser.newPage();
  await page.goto(url);
  const [first, grown] = await page.evaluate(offers, { videos: 9, more: 25 });
  writeFileSync(new URL(`corpus/${name}_page.sdp`, import.meta.url), first);
  writeFileSync(new URL(`corpus/${name}_page_grown.sdp`, import.meta.url), grown);
  console.log(name, browser.version(), first.length, grown.length);
  await browser.close();
}
server.close();

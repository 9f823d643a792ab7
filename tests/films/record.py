"""Records the films beside it, of several sizes or speeds in one stream, as Chromium sends them: all, or those named.

A page draws pictures and sends them; this takes its packets, asks for key frames, and writes for each packet what it is
(1: its picture's last, 2: a key frame begins) in a byte, the length of its dependency descriptor in a byte, the
descriptor, the length of its payload in two bytes, the lowest first, and the payload. A film begins with a key frame.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from aiortc.rtp import RtcpPsfbPacket, unpack_header_extensions
from aiortc.sdp import SessionDescription, candidate_to_sdp

CHROMIUM = os.environ.get("HOPTT_CHROMIUM", "/usr/bin/chromium")
DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
PICTURES = 36
KEYFRAME_EVERY = 12
SKIPPED = 30
"""Pictures until the encoder sends all layers."""
KBPS = 1500


@dataclass(frozen=True, slots=True)
class Setting:
    codec: str
    mode: str
    size: tuple[int, int]
    """Of the largest pictures: an encoder leaves out layers that are too small, or too dear."""
    bps: int


FILMS = {
    "vp8_l1t3": Setting("VP8", "L1T3", (320, 180), 150_000),
    "vp9_l3t3": Setting("VP9", "L3T3", (960, 540), 900_000),
    "vp9_l2t3_key": Setting("VP9", "L2T3_KEY", (480, 270), 200_000),
    "vp9_l2t3": Setting("VP9", "L2T3", (480, 270), 200_000),
    "av1_l3t3_key": Setting("AV1", "L3T3_KEY", (960, 540), 650_000),
    "av1_l2t3": Setting("AV1", "L2T3", (480, 270), 200_000),
}

PAGE = """<canvas width=WIDTH height=HEIGHT></canvas><script>
const canvas = document.querySelector('canvas'), ink = canvas.getContext('2d');
const [track] = canvas.captureStream(0).getVideoTracks();
let number = 0;
setInterval(() => {
  const side = canvas.height;
  ink.fillStyle = '#345';
  ink.fillRect(0, 0, canvas.width, side);
  for (let bit = 0; bit < 8; bit++) {
    ink.fillStyle = number >> bit & 1 ? '#eee' : '#111';
    ink.fillRect(side / 16 + side / 6 * bit, side / 16, side / 8, side / 8);
  }
  ink.fillStyle = '#c82';
  ink.fillRect(side / 24 * number % canvas.width, side / 2, side / 4, side / 4);
  number++;
  track.requestFrame();
}, 50);
(async () => {
  const peer = new RTCPeerConnection();
  const sendEncodings = [{ scalabilityMode: 'MODE', maxBitrate: BITRATE }];
  const { sender } = peer.addTransceiver(track, { direction: 'sendonly', sendEncodings });
  await peer.setLocalDescription();
  while (peer.iceGatheringState !== 'complete') await new Promise((done) => setTimeout(done, 50));
  const answer = await fetch('/offer', { method: 'POST', body: peer.localDescription.sdp });
  await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
})();
</script>"""


@dataclass(slots=True)
class Packet:
    marker: bool
    descriptor: bytes
    payload: bytes

    @property
    def begins_keyframe(self) -> bool:
        """A structure is attached (RTP Payload Format for AV1, §A.8.2)."""
        return len(self.descriptor) > 3 and self.descriptor[3] & 0x80 != 0


@dataclass(slots=True)
class Film:
    pictures: list[list[Packet]] = field(default_factory=list)

    def take(self, packet: Packet) -> None:
        if not self.pictures or self.pictures[-1][-1].marker:
            self.pictures.append([])
        self.pictures[-1].append(packet)

    async def grows_to(self, count: int) -> None:
        """Wait until it has so many whole pictures."""
        while len(self.pictures) <= count:
            await asyncio.sleep(0.01)

    def starts(self) -> bool:
        """Forget what came before the key frame that is the newest picture; tell whether it is one."""
        if not self.pictures or not self.pictures[-1][0].begins_keyframe:
            return False
        del self.pictures[:-1]
        return True

    def written(self) -> bytes:
        """Give it as the module says."""
        parts = []
        for packet in (packet for picture in self.pictures[:PICTURES] for packet in picture):
            what = packet.marker | packet.begins_keyframe << 1
            parts += [bytes([what, len(packet.descriptor)]), packet.descriptor]
            parts += [len(packet.payload).to_bytes(2, "little"), packet.payload]
        return b"".join(parts)


class Listener(RTCDtlsTransport):
    """Keeps packets as they were sent."""

    film: Film
    expected = (0, 0)
    """Payload type, and the id of descriptors."""
    ssrc = 0

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:
        first, second, _, _, self.ssrc = struct.unpack("!BBHLL", data[:12])
        at = 12 + 4 * (first & 0x0F)
        descriptor = b""
        if first & 0x10:
            profile, words = struct.unpack("!HH", data[at : at + 4])
            found = dict(unpack_header_extensions(profile, data[at + 4 : at + 4 + 4 * words]))
            descriptor = found.get(self.expected[1], b"")
            at += 4 + 4 * words
        payload = data[at : len(data) - (data[-1] if first & 0x20 else 0)]
        if payload and second & 0x7F == self.expected[0]:
            self.film.take(Packet(second & 0x80 != 0, descriptor, payload))

    async def ask_keyframe(self) -> None:
        await self._send_rtp(bytes(RtcpPsfbPacket(fmt=1, ssrc=1, media_ssrc=self.ssrc)))


async def answered(offer: str, codec: str, film: Film) -> tuple[str, Coroutine[None, None, Listener]]:
    """Give the answer to an offer, and who listens once it is taken."""
    described = SessionDescription.parse(offer)
    media = described.media[0]
    checks, keys = media.ice, media.dtls
    assert checks is not None
    assert keys is not None
    pt = next(one.payloadType or 0 for one in media.rtp.codecs if one.name == codec)
    id_ = next(one.id for one in media.rtp.headerExtensions if one.uri == DESCRIPTOR)
    gatherer = RTCIceGatherer(iceServers=[])
    gatherer._connection.ice_controlling = False
    await gatherer.gather()
    ice = RTCIceTransport(gatherer)
    listener = Listener(ice, [RTCCertificate.generateCertificate()])
    listener.film, listener.expected = film, (pt, id_)
    own, fingerprint = gatherer.getLocalParameters(), listener.getLocalParameters().fingerprints[0]
    lines = [
        *("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=extmap-allow-mixed"),
        *(
            f"m=video 9 UDP/TLS/RTP/SAVPF {pt}",
            "c=IN IP4 0.0.0.0",
            "a=mid:0",
            "a=recvonly",
            "a=rtcp-mux",
            "a=rtcp-rsize",
        ),
        *(f"a=rtpmap:{pt} {codec}/90000", f"a=rtcp-fb:{pt} nack pli", f"a=extmap:{id_} {DESCRIPTOR}"),
        f"a=fmtp:{pt} x-google-start-bitrate={KBPS};x-google-min-bitrate={KBPS}",
        *(f"a=ice-ufrag:{own.usernameFragment}", f"a=ice-pwd:{own.password}", "a=setup:active"),
        f"a=fingerprint:{fingerprint.algorithm} {fingerprint.value}",
        *(f"a=candidate:{candidate_to_sdp(one)}" for one in gatherer.getLocalCandidates()),
    ]

    async def listening() -> Listener:
        for candidate in [*media.ice_candidates, None]:
            await ice.addRemoteCandidate(candidate)
        await ice.start(checks)
        await listener.start(keys)
        return listener

    return "\r\n".join([*lines, ""]), listening()


async def recorded(setting: Setting) -> Film:
    """Give so many pictures, beginning with a key frame."""
    width, height = setting.size
    values = {"WIDTH": width, "HEIGHT": height, "MODE": setting.mode, "BITRATE": setting.bps}
    drawn = PAGE
    for word, value in values.items():
        drawn = drawn.replace(word, str(value))
    film, listeners = Film(), asyncio.Queue[Coroutine[None, None, Listener]]()

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=drawn, content_type="text/html")

    async def take(request: web.Request) -> web.Response:
        answer, listening = await answered(await request.text(), setting.codec, film)
        listeners.put_nowait(listening)
        return web.Response(text=answer)

    app = web.Application()
    app.add_routes([web.get("/", page), web.post("/offer", take)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    with tempfile.TemporaryDirectory() as profile:
        options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-features=WebRtcHideLocalIpsWithMdns")
        browser = await asyncio.create_subprocess_exec(
            *(CHROMIUM, *options, f"--user-data-dir={profile}", f"http://127.0.0.1:{runner.addresses[0][1]}/"),
            stderr=asyncio.subprocess.DEVNULL,
        )
        listener = await (await listeners.get())
        await film.grows_to(SKIPPED)
        await listener.ask_keyframe()
        while not film.starts():
            await asyncio.sleep(0.01)
        for count in range(KEYFRAME_EVERY, PICTURES, KEYFRAME_EVERY):
            await film.grows_to(count)
            await listener.ask_keyframe()
        await film.grows_to(PICTURES)
        await listener.stop()
        browser.terminate()
        await browser.wait()
    await runner.cleanup()
    return film


def main(*names: str) -> None:
    for name in names or FILMS:
        film = asyncio.run(recorded(FILMS[name]))
        Path(__file__).with_name(f"{name}.film").write_bytes(film.written())
        print(name, [len({packet.descriptor[1:3] for packet in picture}) for picture in film.pictures], "sizes")


if __name__ == "__main__":
    main(*sys.argv[1:])

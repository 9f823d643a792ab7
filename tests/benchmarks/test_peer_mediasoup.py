"""mediasoup, played by a server that says what the real one was seen to say, is spoken to as it wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from benchmarks.peers import mediasoup
from benchmarks.peers.conversation import Guest
from benchmarks.peers.peer import PeerError
from tests.support.peer_servers import ENCODINGS, Talk, at_server, publisher, viewer

PUBLISHERS_OFFER = (
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    "a=rtcp-fb:111 transport-cc\r\na=mid:0\r\na=sendonly\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=fingerprint:sha-256 EE:FF\r\na=ssrc:11 cname:hoptt-load\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\n"
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=mid:1\r\na=sendonly\r\na=fingerprint:sha-256 EE:FF\r\n"
    "a=ssrc-group:FID 21 22\r\na=ssrc:21 cname:hoptt-load\r\na=ssrc:22 cname:hoptt-load\r\n"
)
LAYERED_OFFER = (
    PUBLISHERS_OFFER[: PUBLISHERS_OFFER.index("a=ssrc-group")]
    + "a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n"
)


class Publishing(Talk):
    """A generator that offers what it sends."""

    def __init__(self, offers: str = PUBLISHERS_OFFER) -> None:
        super().__init__()
        self._offers = offers

    async def offer(self, *, sends: bool = False, audio: int = 0, video: int = 0) -> str:
        await super().offer(sends=sends, audio=audio, video=video)
        return self._offers


Asked = list[tuple[str, dict[str, Any]]]


@asynccontextmanager
async def at_mediasoup() -> AsyncIterator[tuple[mediasoup.Door, Asked]]:
    """A door of mediasoup's, and what is asked there. What is produced is numbered."""
    asked: Asked = []
    way = {
        "id": "way",
        "iceParameters": {"usernameFragment": "theirs", "password": "theirsecret"},
        "iceCandidates": [
            {
                "foundation": "udp",
                "priority": 9,
                "address": "10.98.0.1",
                "port": 18_191,
                "protocol": "udp",
                "type": "host",
            }
        ],
        "dtlsParameters": {
            "fingerprints": [{"algorithm": "sha-1", "value": "no"}, {"algorithm": "sha-256", "value": "CC"}]
        },
    }
    codec = {"mimeType": "audio/opus", "payloadType": 100, "clockRate": 48_000, "channels": 2}
    consumer = {"kind": "audio", "rtpParameters": {"mid": "0", "codecs": [codec], "headerExtensions": []}}

    async def handle(request: web.Request) -> web.Response:
        what, about = request.path.strip("/"), await request.json()
        asked.append((what, about))
        produced = sum(one == "produce" for one, _ in asked)
        return web.json_response(
            {
                "transport": way,
                "connect": {},
                "produce": {"id": f"{about.get('kind')} {produced}"},
                "consume": {"consumers": [consumer]},
            }[what]
        )

    async with at_server("POST", "/{path:.*}", handle) as (session, at):
        yield mediasoup.Door(session, f"http://{at}"), asked


async def test_mediasoup_is_told_parameters_in_the_place_of_descriptions() -> None:
    async with at_mediasoup() as (door, asked):
        talk = Publishing()
        assert await door.enter(publisher(0, audio=True), talk) == "p0"
        await door.enter(viewer(1, "p0", voices=4), talk)
        await door.watch(Guest("watch", 0, "p0", (), True, True, 4, 0), talk)
    produced = [about for what, about in asked if what == "produce"]
    assert [one["rtpParameters"]["encodings"] for one in produced] == [
        [{"ssrc": 11}],
        [{"ssrc": 21, "rtx": {"ssrc": 22}}],
    ]
    opus, (vp8, rtx) = produced[0]["rtpParameters"]["codecs"][0], produced[1]["rtpParameters"]["codecs"]
    assert (opus["channels"], opus["parameters"]) == (2, {"minptime": 10, "useinbandfec": 1})
    assert (vp8["rtcpFeedback"], rtx["parameters"]) == ([{"type": "nack", "parameter": "pli"}], {"apt": 96})
    connected = [about["dtlsParameters"]["fingerprints"][0]["value"] for what, about in asked if what == "connect"]
    assert connected == ["EE:FF", "AA:BB", "AA:BB"]
    wanted = [about["producers"] for what, about in asked if what == "consume"]
    assert wanted == [[{"id": "audio 1"}, {"id": "video 2"}], []], "nobody hears themselves"
    answered, offered, _ = [sdp for what, *sdp in talk.asked if what != "offer"]
    for row in ("m=video 9 UDP/TLS/RTP/SAVPF 96 97", "a=ice-lite", "a=setup:passive", "a=fingerprint:sha-256 CC"):
        assert f"{row}\r\n" in answered[0]
    for row in ("a=rtpmap:100 opus/48000/2", "a=sendonly", "a=candidate:udp 1 udp 9 10.98.0.1 18191 typ host"):
        assert f"{row}\r\n" in offered[0]


async def test_mediasoup_is_told_the_encodings_of_a_picture_and_who_prefers_the_smallest() -> None:
    async with at_mediasoup() as (door, asked):
        for number in (0, 1):
            await door.enter(publisher(number, audio=True, encodings=ENCODINGS), Publishing(LAYERED_OFFER))
        await door.enter(publisher(2, audio=True), Publishing())
        await door.enter(viewer(3, "p1", "p0", "p2"), Talk())
    parameters = next(about["rtpParameters"] for what, about in asked if about.get("kind") == "video")
    assert parameters["encodings"] == [{"rid": rid, "scalabilityMode": "L1T1"} for rid in ENCODINGS]
    small = {"preferredLayers": {"spatialLayer": 0}}
    wanted = [about["producers"] for what, about in asked if what == "consume"]
    assert wanted == [[{"id": "video 2", **small}, {"id": "video 4"}, {"id": "video 6"}]]


async def test_what_mediasoup_refuses_is_said() -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response({"fault": "no more workers"}, status=400)

    async with at_server("POST", "/{path:.*}", handle) as (session, at):
        with pytest.raises(PeerError, match="transport: no more workers"):
            await mediasoup.Door(session, f"http://{at}").enter(viewer(1, "p0"), Talk())

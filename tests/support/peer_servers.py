"""A server on one side of an adapter's door and a generator on the other: what the tests of other servers share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from benchmarks.peers.conversation import Conversation, Guest, Local

ENCODINGS = ("q", "h", "f")
LOCAL = Local("load000001x0", "secret", "AA:BB", "10.98.0.2", 40_000)
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 10.98.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\na=ice-options:trickle\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 10.98.0.1\r\na=sendonly\r\na=mid:0\r\na=rtcp-mux\r\n"
    "a=ice-ufrag:theirs\r\na=ice-pwd:theirsecret\r\na=fingerprint:sha-256 CC\r\na=setup:actpass\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 100 101 99\r\nc=IN IP4 10.98.0.1\r\na=sendonly\r\na=mid:1\r\n"
    "a=rtpmap:100 VP8/90000\r\na=rtcp-fb:100 nack pli\r\na=rtpmap:101 rtx/90000\r\na=fmtp:101 apt=100\r\n"
    "a=rtpmap:99 H264/90000\r\na=rtcp-fb:99 nack pli\r\n"
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=extmap:9 urn:unknown\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"
)


class Talk(Conversation):
    """A generator that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def offer(self, *, sends: bool = False, audio: int = 0, video: int = 0) -> str:
        self.asked.append(("offer", sends, audio, video))
        return "our offer"

    async def answered(self, sdp: str) -> None:
        self.asked.append(("answered", sdp))

    async def offered(self, sdp: str, *, again: bool = False) -> Local:
        self.asked.append(("offered", sdp))
        return LOCAL

    async def want(self, layers: Sequence[str]) -> None:
        self.asked.append(("want", layers))


def publisher(number: int, *, audio: bool = False, video: bool = True, encodings: tuple[str, ...] = ()) -> Guest:
    return Guest("enter", number, None, (), audio, video, 0, 0, encodings)


def viewer(number: int, *watches: str, voices: int = 0) -> Guest:
    return Guest("enter", number, None, watches, False, False, voices, len(watches))


Handler = Callable[[web.Request], Any]


@asynccontextmanager
async def at_server(method: str, path: str, handler: Handler) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """A server on a free port, and a session to speak to it with."""
    app = web.Application()
    app.router.add_route(method, path, handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session:
            yield session, f"127.0.0.1:{port}"
    finally:
        await runner.cleanup()

"""Galène, played by a server that says what the real one was seen to say, is spoken to as it wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from benchmarks.peers import galene
from benchmarks.peers.sdp import with_candidates
from tests.support.pages import until
from tests.support.peer_servers import ENCODINGS, OFFER, Talk, at_server, publisher, viewer

CANDIDATE = "candidate:1 1 udp 2130706431 10.98.0.1 18445 typ host"
Answered = list[tuple[str, str]]
Wanted = list[dict[str, list[str]]]


@asynccontextmanager
async def at_galene() -> AsyncIterator[tuple[galene.Door, Answered, Wanted]]:
    """A door of Galène's, the answers that it gets, and what is requested."""
    answered: Answered = []
    wanted: Wanted = []
    candidate = {"candidate": CANDIDATE, "sdpMid": "0"}

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            told = message.json()
            match told["type"]:
                case "join":
                    await socket.send_json({"type": "joined", "kind": "join"})
                case "offer":
                    await socket.send_json({"type": "ice", "id": told["id"], "candidate": candidate})
                    await socket.send_json({"type": "answer", "id": told["id"], "sdp": "its answer"})
                case "request":
                    wanted.append(told["request"])
                    for name in told["request"]:
                        await socket.send_json({"type": "offer", "id": f"down-{name}", "sdp": OFFER})
                        await socket.send_json({"type": "ice", "id": f"down-{name}", "candidate": candidate})
                case "answer":
                    answered.append((told["id"], told["sdp"]))
                    if len(answered) == 1:
                        await socket.send_json({"type": "offer", "id": told["id"], "sdp": OFFER})
        return socket

    async with at_server("GET", "/ws", handle) as (session, at):
        yield galene.Door(session, f"ws://{at}/ws"), answered, wanted


async def test_galene_gives_a_link_for_each_publisher_and_describes_it_anew() -> None:
    async with at_galene() as (door, answered, wanted):
        talk = Talk()
        for number in range(2):
            await door.enter(publisher(number, audio=True), talk)
        await door.enter(viewer(2, "p1", voices=4), talk)
        await until(lambda: len(answered) == 3, "three answers")
    assert wanted == [{"p0": ["audio"], "p1": ["audio", "video"]}]
    assert sorted(id_ for id_, _ in answered) == ["down-p0", "down-p0", "down-p1"]
    assert len({sdp for _, sdp in answered}) == 1, "the same end of the link each time"
    assert ("answered", with_candidates("its answer", [CANDIDATE])) in talk.asked
    assert talk.asked[-1][1].endswith(f"a={CANDIDATE}\r\n")


async def test_galene_is_asked_for_the_low_picture_of_whoever_is_not_the_first() -> None:
    async with at_galene() as (door, _, wanted):
        for guest in (publisher(0, encodings=ENCODINGS), publisher(1, encodings=ENCODINGS), publisher(2)):
            await door.enter(guest, Talk())
        await door.enter(viewer(3, "p1", "p0", "p2"), Talk())
    assert wanted == [{"p0": ["video-low"], "p1": ["video"], "p2": ["video"]}]

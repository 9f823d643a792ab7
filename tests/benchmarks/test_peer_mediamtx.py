"""MediaMTX, played by a server that says what the real one was seen to say, is spoken to as it wants it."""

from __future__ import annotations

import pytest
from aiohttp import web
from benchmarks.peers import mediamtx, peer
from benchmarks.peers.peer import PeerError
from tests.support.peer_servers import Talk, at_server, publisher, viewer


async def test_mediamtx_takes_an_offer_for_each_path() -> None:
    posted: list[tuple[str, str]] = []

    async def handle(request: web.Request) -> web.Response:
        posted.append((request.path, await request.text()))
        return web.Response(status=201, text="its answer")

    async with at_server("POST", "/{path:.*}", handle) as (session, at):
        door, talk = mediamtx.Door(session, f"http://{at}"), Talk()
        assert await door.enter(publisher(0), talk) == "p0"
        await door.enter(viewer(1, "p0"), talk)
    assert posted == [("/p0/whip", "our offer"), ("/p0/whep", "our offer")]
    assert talk.asked == [
        ("offer", True, 0, 0),
        ("answered", "its answer"),
        ("offer", False, 0, 1),
        ("answered", "its answer"),
    ]


async def test_a_refusal_says_what_was_refused_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "PATIENCE_S", 0.0)  # a 404 may mean: not yet

    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=404, text="no one is publishing")

    async with at_server("POST", "/{path:.*}", handle) as (session, at):
        with pytest.raises(PeerError, match="p0/whep was answered with 404: no one is publishing"):
            await mediamtx.Door(session, f"http://{at}").enter(viewer(1, "p0"), Talk())

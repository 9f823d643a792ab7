"""Janus, played by a server that says what the real one was seen to say, is spoken to as it wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from benchmarks.peers import janus
from benchmarks.peers.conversation import Guest
from benchmarks.peers.peer import PeerError
from tests.support.peer_servers import ENCODINGS, OFFER, Talk, at_server, publisher, viewer


@asynccontextmanager
async def at_janus() -> AsyncIterator[tuple[janus.Door, list[dict[str, Any]]]]:
    """An open door of Janus's, and what is asked there."""
    asked: list[dict[str, Any]] = []

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("janus-protocol",))
        await socket.prepare(request)
        async for message in socket:
            told = message.json()
            asked.append(told)
            reply: dict[str, Any] = {"janus": "success", "transaction": told["transaction"], "data": {"id": len(asked)}}
            request_ = told.get("body", {}).get("request")
            if request_ == "joinandconfigure":
                await socket.send_json({"janus": "ack", "transaction": told["transaction"]})
                reply |= {"janus": "event", "jsep": {"type": "answer", "sdp": "its answer"}}
            elif request_ == "join":
                reply |= {"janus": "event", "jsep": {"type": "offer", "sdp": OFFER}}
            elif request_ == "start" and told["jsep"]["type"] != "answer":
                reply |= {"plugindata": {"data": {"error": "no answer"}}}
            await socket.send_json(reply)
        return socket

    async with at_server("GET", "/", handle) as (session, at):
        door = janus.Door(session, f"ws://{at}")
        await door.open()
        yield door, asked


async def test_janus_gives_a_viewer_the_streams_it_asks_for() -> None:
    async with at_janus() as (door, asked):
        talk = Talk()
        await door.enter(publisher(0, audio=True), talk)
        await door.enter(publisher(1, audio=True, video=False), talk)
        await door.enter(viewer(2, "p0", voices=4), talk)
        me = Guest("watch", 0, "p0", (), True, True, 4, 0)
        await door.watch(me, talk)
    joins = [one["body"]["streams"] for one in asked if one.get("body", {}).get("request") == "join"]
    assert joins[0] == [{"feed": 1, "mid": "0"}, {"feed": 1, "mid": "1"}, {"feed": 2, "mid": "0"}]
    assert joins[1] == [{"feed": 2, "mid": "0"}], "nobody hears themselves"
    assert asked[-1]["body"] == {"request": "start"}
    assert talk.asked[-1] == ("offered", OFFER)
    assert not [one for one in asked if one.get("body", {}).get("request") == "configure"], "one encoding has no layers"


async def test_janus_takes_the_first_encoding_of_an_offer_for_the_largest() -> None:
    async with at_janus() as (door, asked):
        for guest in (publisher(0, audio=True, encodings=ENCODINGS), publisher(1, encodings=ENCODINGS), publisher(2)):
            await door.enter(guest, Talk())
        await door.enter(viewer(3, "p1", "p0", "p2", voices=4), Talk())
    *_, start, configure = [one["body"] for one in asked if "body" in one]
    assert start == {"request": "start"}
    layers = [{"mid": "1", "substream": 2}, {"mid": "2", "substream": 0}]
    assert configure == {"request": "configure", "streams": layers}


async def test_what_janus_refuses_is_said() -> None:
    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("janus-protocol",))
        await socket.prepare(request)
        async for message in socket:
            told = message.json()
            data = {"plugindata": {"data": {"error": "no such room"}}} if "body" in told else {"data": {"id": 1}}
            await socket.send_json({"janus": "success", "transaction": told["transaction"], **data})
        return socket

    async with at_server("GET", "/", handle) as (session, at):
        with pytest.raises(PeerError, match="create: no such room"):
            await janus.Door(session, f"ws://{at}").open()

"""LiveKit, played by a server that says what the real one was seen to say, is spoken to as it wants it, in protobuf."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import jwt
import pytest
from aiohttp import web
from benchmarks.peers import livekit
from benchmarks.peers.protobuf import Value, decode, encode, repeated
from tests.support.pages import until
from tests.support.peer_servers import ENCODINGS, OFFER, Talk, at_server, publisher, viewer

QUALITIES: list[list[dict[int, Value]]] = [[{2: 1}, {1: 1}, {1: 2, 2: 1}], [{}, {1: 1}, {1: 2}]]
"""What LiveKit tells, one after the other, of the qualities of a picture that somebody gets: 0 is left out."""
Rights = list[tuple[bool, bool]]


@asynccontextmanager
async def at_livekit() -> AsyncIterator[tuple[livekit.Door, dict[int, list[bytes]], Rights]]:
    """A door of LiveKit's, what it hears by the kinds of requests, and the rights of who comes."""
    heard: dict[int, list[bytes]] = defaultdict(list)
    rights: Rights = []
    data = OFFER[OFFER.index("m=application") :] + "a=sendrecv\r\n"  # its first offer has no media
    empty = OFFER[: OFFER.index("m=")] + data

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        video = jwt.decode(request.query["access_token"], livekit.SECRET, algorithms=["HS256"])["video"]
        rights.append((video["canPublish"], video["canSubscribe"]))

        async def tell(number: int, message: dict[int, Value]) -> None:
            await socket.send_bytes(encode({number: encode(message)}))

        async def trickle(end: int) -> None:
            for protocol in ("tcp", "udp"):
                candidate = {"candidate": f"candidate:1 1 {protocol} 9 10.98.0.1 18882 typ host"}
                await tell(livekit.Tells.TRICKLE, {1: json.dumps(candidate), 2: end})

        async for message in socket:
            ((number, content),) = decode(message.data).items()
            assert isinstance(content, bytes)
            fields = decode(content)
            heard[number].append(content)
            if number == livekit.Asks.ADD_TRACK:
                track = encode({1: f"TR{len(heard[number])}"})
                await tell(livekit.Tells.TRACK_PUBLISHED, {1: bytes(fields.get(1, b"")), 2: track})
            elif number == livekit.Asks.OFFER:
                await tell(livekit.Tells.ANSWER, {1: "answer", 2: "its answer", 3: 1})
                await trickle(livekit.PUBLISHER)
                for told in QUALITIES:
                    codec = encode({1: "vp8", 2: [encode(one) for one in told]})
                    await tell(livekit.Tells.SUBSCRIBED_QUALITY_UPDATE, {1: "TR1", 3: [codec]})
            elif number == livekit.Asks.SUBSCRIPTION:
                await tell(livekit.Tells.OFFER, {1: "offer", 2: empty, 3: 7})
                await trickle(livekit.SUBSCRIBER)
            elif number == livekit.Asks.ANSWER and fields[3] == 7:
                await tell(livekit.Tells.OFFER, {1: "offer", 2: OFFER, 3: 8})
        return socket

    async with at_server("GET", "/rtc", handle) as (session, at):
        yield livekit.Door(session, f"ws://{at}/rtc"), heard, rights


async def test_livekit_lets_a_publisher_announce_and_offer_and_a_viewer_subscribe() -> None:
    async with at_livekit() as (door, heard, rights):
        talk = Talk()
        await door.enter(publisher(0, audio=True), talk)
        await door.enter(viewer(1, "p0", voices=4), talk)
        await until(lambda: len(heard[livekit.Asks.ANSWER]) == 2, "two answers")
    assert rights == [(True, False), (False, True)]
    tracks = [decode(one) for one in heard[livekit.Asks.ADD_TRACK]]
    assert [(one[1], one.get(3)) for one in tracks] == [(b"load0", 0), (b"load1", 1)]
    assert talk.asked[1] == (
        "answered",
        "its answer\r\na=candidate:1 1 udp 9 10.98.0.1 18882 typ host\r\n",
    )
    assert [decode(one)[3] for one in heard[livekit.Asks.ANSWER]] == [7, 8], "until all tracks are there"


async def test_livekit_is_told_the_encodings_of_a_picture_and_who_shows_it_small() -> None:
    async with at_livekit() as (door, heard, _):
        for guest in (publisher(0, encodings=ENCODINGS), publisher(1, encodings=ENCODINGS), publisher(2)):
            await door.enter(guest, Talk())
        for guest in (viewer(3, "p1", "p0"), viewer(4, "p1", "p2")):
            await door.enter(guest, Talk())
        await until(lambda: len(heard[livekit.Asks.ANSWER]) == 4, "four answers")
    layered, _, plain = ([decode(one) for one in repeated(track, 9)] for track in heard[livekit.Asks.ADD_TRACK])
    low, high = {1: 0, 2: 320, 3: 180, 4: 150_000}, {1: 2, 2: 1_280, 3: 720, 4: 1_500_000}
    assert layered == [low, {1: 1, 2: 640, 3: 360, 4: 500_000}, high]
    assert plain == [high]
    (setting,) = heard[livekit.Asks.TRACK_SETTING]
    assert repeated(setting, 1) == [b"TR1"], "not the first picture, and none that has one encoding"
    assert decode(setting) == {1: b"TR1", 5: 320, 6: 180}


async def test_what_nobody_gets_of_a_picture_at_livekit_is_not_wanted() -> None:
    async with at_livekit() as (door, _, _):
        guest, talk = publisher(0, encodings=ENCODINGS), Talk()
        await door.enter(guest, talk)
        following = asyncio.create_task(door.follow(guest, talk))
        await until(lambda: len(talk.asked) == 4, "what is wanted, twice")
        following.cancel()
    assert talk.asked[2:] == [("want", ["q", "f"]), ("want", [])]


def test_what_is_encoded_is_read_again() -> None:
    fields: dict[int, Value] = {1: "text", 2: 300, 15: b"\x00", 2000: 1 << 40}
    assert decode(encode(fields)) == {1: b"text", 2: 300, 15: b"\x00", 2000: 1 << 40}
    assert decode(b"\x0d\x00\x00\x00\x00\x10\x05") == {2: 5}, "fixed numbers are left out"
    for broken in (b"\x08\x80", b"\x0b"):
        with pytest.raises(ValueError, match=r"within a number|kind 3"):
            decode(broken)


def test_what_is_repeated_is_read_as_often_as_it_stands_there() -> None:
    message = encode({1: [b"one", b"", b"three"], 2: b"other"}) + encode({1: b"last"})
    assert repeated(message, 1) == [b"one", b"", b"three", b"last"]
    assert repeated(message, 3) == []
    with pytest.raises(ValueError, match="kind 3"):
        repeated(message + b"\x0b", 1)

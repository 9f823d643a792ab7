"""Janus: its VideoRoom plugin, over its WebSocket. A participant has one link to send and one to receive on."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from benchmarks.peers.conversation import Conversation, Guest, Sender
from benchmarks.peers.peer import Entrance, NotYetError, Peer, PeerError, patiently, settings
from benchmarks.peers.sdp import answer

WS_PORT, FIRST_PORT, LAST_PORT = 18_188, 20_000, 29_999
ROOM = 1
NO_SUCH_FEED = 428
KEEP_ALIVE_S = 20.0
"""A session of which nothing is heard ends after 60 s."""
PATIENCE_S = 20.0


class Janus(Peer):
    """The package of a distribution, or any build of it."""

    name = "janus"
    variable = "HOPTT_BENCH_JANUS"
    runs = frozenset({"W1", "W2", "W2L", "W3", "W5", "W10"})
    port = WS_PORT
    choices = MappingProxyType({"": {"event_loops": "1"}, "a thread for each link": {"event_loops": "0"}})

    def launch(self, program: str, folder: Path, address: str, chosen: Mapping[str, str]) -> list[str]:
        """Its settings are a folder of files."""
        settings("janus/janus.jcfg", folder, folder=folder, first_port=FIRST_PORT, last_port=LAST_PORT, **chosen)
        settings("janus/janus.transport.websockets.jcfg", folder, address=address, port=WS_PORT)
        settings("janus/janus.plugin.videoroom.jcfg", folder)
        return [program, "-F", str(folder)]

    def version(self, program: str) -> list[str]:
        """It tells it and ends."""
        return [program, "--version"]

    def entrance(self, session: ClientSession, address: str) -> Entrance:
        """One WebSocket and one session for all."""
        return Door(session, f"ws://{address}:{WS_PORT}")


class Door(Entrance):
    """The room is made by the first request."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session, self._url = session, url
        self._senders: dict[str, Sender] = {}

    async def open(self) -> None:
        """Make the room."""
        self._line = Line(await self._session.ws_connect(self._url, protocols=("janus-protocol",)))
        await self._line.begin()
        handle = await self._line.attach()
        room = {"request": "create", "room": ROOM, "publishers": 1_000, "audiocodec": "opus", "videocodec": "vp8"}
        await self._line.ask(handle, room)

    async def enter(self, guest: Guest, talk: Conversation) -> str:
        """A publisher joins with its offer; a viewer takes the plugin's."""
        if not guest.sends:
            await self._receive(guest, talk, own=None)
            return f"v{guest.number}"
        name, feed = f"p{guest.number}", guest.number + 1  # 0 is no feed
        handle = await self._line.attach()
        body = {"request": "joinandconfigure", "ptype": "publisher", "room": ROOM, "id": feed, "display": name}
        jsep = {"type": "offer", "sdp": await talk.offer(sends=True)}
        told = await self._line.ask(handle, body, jsep)
        await talk.answered(_sdp(told))
        # Our m-lines are numbered, sound first.
        mids = dict(zip(["audio"] * guest.sends_audio + ["video"] * guest.sends_video, "01", strict=False))
        ids = {"feed": feed, **mids}
        self._senders[name] = Sender(name, guest.sends_audio, guest.sends_video, ids, guest.encodings)
        return name

    async def watch(self, guest: Guest, talk: Conversation) -> None:
        """A second link, to receive on."""
        await self._receive(guest, talk, own=guest.name)

    async def _receive(self, guest: Guest, talk: Conversation, own: str | None) -> None:
        streams: list[dict[str, Any]] = []
        layers: list[dict[str, Any]] = []
        for name, sender in self._senders.items():
            if sender.audio and guest.audio_slots and name != own:
                streams.append({"feed": sender.ids["feed"], "mid": sender.ids["audio"]})
            if sender.video and name in guest.watches:
                if sender.encodings:
                    # Its lines are numbered in the order in which they were asked for. The first encoding of an offer
                    # is taken for the largest one, and ours is the smallest.
                    substream = len(sender.encodings) - 1 if guest.shows_small(sender) else 0
                    layers.append({"mid": str(len(streams)), "substream": substream})
                streams.append({"feed": sender.ids["feed"], "mid": sender.ids["video"]})
        handle = await self._line.attach()
        body = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": streams}
        offer = _sdp(await patiently(partial(self._line.ask, handle, body)))
        local = await talk.offered(offer)
        await self._line.ask(handle, {"request": "start"}, {"type": "answer", "sdp": answer(offer, local)})
        if layers:
            await self._line.ask(handle, {"request": "configure", "streams": layers})


class Line:
    """Janus's requests and what it answers, each told apart by its transaction."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._session: dict[str, int] = {}

    async def begin(self) -> None:
        """Make a session and keep it alive for as long as the program runs."""
        self._tasks = [asyncio.create_task(self._read())]
        self._session = {"session_id": (await self._send({"janus": "create"}))["data"]["id"]}
        self._tasks.append(asyncio.create_task(self._keep_alive()))

    async def attach(self) -> int:
        """Give a fresh handle of the plugin."""
        told = await self._send({"janus": "attach", "plugin": "janus.plugin.videoroom"})
        return int(told["data"]["id"])

    async def ask(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        """Ask the plugin. Raises PeerError when it refuses."""
        message = {"janus": "message", "handle_id": handle, "body": body}
        told = await self._send(message | ({"jsep": jsep} if jsep else {}))
        data = told.get("plugindata", {}).get("data", {})
        if "error" in data:
            fault = NotYetError if data.get("error_code") == NO_SUCH_FEED else PeerError
            raise fault(f"{body['request']}: {data['error']}")
        return told

    async def _send(self, message: dict[str, Any]) -> dict[str, Any]:
        async with self._answer_to(str(next(self._numbers))) as (transaction, future):
            await self._socket.send_json({**message, **self._session, "transaction": transaction})
            told = await future
        if told["janus"] == "error":
            raise PeerError(f"{message['janus']}: {told['error']['reason']}")
        return told

    @contextlib.asynccontextmanager
    async def _answer_to(self, transaction: str) -> AsyncIterator[tuple[str, asyncio.Future[dict[str, Any]]]]:
        future = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = future
        try:
            async with asyncio.timeout(PATIENCE_S):
                yield transaction, future
        finally:
            del self._waiting[transaction]

    async def _read(self) -> None:
        async for message in self._socket:
            told = message.json()
            future = self._waiting.get(told.get("transaction", ""))
            # An `ack` only says that the plugin thinks about it.
            if future is not None and told["janus"] != "ack" and not future.done():
                future.set_result(told)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            await self._socket.send_json({"janus": "keepalive", "transaction": "alive", **self._session})


def _sdp(told: dict[str, Any]) -> str:
    try:
        return str(told["jsep"]["sdp"])
    except KeyError:
        raise PeerError(f"no description came: {told}") from None

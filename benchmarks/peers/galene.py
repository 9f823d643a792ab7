"""Galène: its own protocol over a WebSocket. Each publisher that somebody receives is a link of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from benchmarks.peers.conversation import Conversation, Guest, Local, Sender
from benchmarks.peers.peer import Entrance, Peer, PeerError, on_one_core, settings
from benchmarks.peers.sdp import answer, with_candidates

HTTP_PORT, MEDIA_PORT = 18_443, 18_445
GROUP = "bench"
PATIENCE_S = 5.0
REQUESTS = 2
"""Of a viewer within that time."""


class Galene(Peer):
    """One process, one UDP port, no relay."""

    name = "galene"
    variable = "HOPTT_BENCH_GALENE"
    runs = frozenset({"W1", "W2", "W2L", "W3", "W5", "W10"})
    port = HTTP_PORT

    def launch(self, program: str, folder: Path, address: str, _: Mapping[str, str]) -> list[str]:
        """A group is a file."""
        for name in ("groups", "data", "recordings", "static"):
            (folder / name).mkdir()
        settings("galene.json", folder / "groups").rename(folder / "groups" / f"{GROUP}.json")
        places = [word for name in ("groups", "data", "recordings", "static") for word in (f"-{name}", folder / name)]
        words = ["-http", f"{address}:{HTTP_PORT}", "-insecure", "-turn", "", "-udp-range", MEDIA_PORT, *places]
        return on_one_core([program, *map(str, words)])

    def version(self, program: str) -> list[str]:
        """It has none to tell: what it was built of says it."""
        return ["go", "version", "-m", program]

    def read_version(self, said: Sequence[str]) -> str:
        """Find the line of the program's own module."""
        fields = next((line.split() for line in said if line.split()[:1] == ["mod"]), ["mod", "galene", "?"])
        return f"{fields[1]} {fields[2]}"

    def entrance(self, session: ClientSession, address: str) -> Entrance:
        """A WebSocket for each guest."""
        return Door(session, f"ws://{address}:{HTTP_PORT}/ws")


class Door(Entrance):
    """A publisher's label is its name, so that others can ask for it alone."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session, self._url = session, url
        self._senders: dict[str, Sender] = {}
        self._clients: dict[str, Client] = {}

    async def enter(self, guest: Guest, talk: Conversation) -> str:
        """A publisher offers, a viewer requests and takes offers."""
        name = f"p{guest.number}" if guest.sends else f"v{guest.number}"
        client = Client(name, await self._session.ws_connect(self._url))
        self._clients[name] = client
        await client.join()
        if guest.sends:
            await talk.answered(await client.publish(await talk.offer(sends=True)))
            self._senders[name] = Sender(name, guest.sends_audio, guest.sends_video, {}, guest.encodings)
        else:
            await self._receive(guest, talk, client)
        return name

    async def watch(self, guest: Guest, talk: Conversation) -> None:
        """More links for who is in."""
        await self._receive(guest, talk, self._clients[guest.name or ""])

    async def _receive(self, guest: Guest, talk: Conversation, client: Client) -> None:
        wanted: dict[str, list[str]] = {}
        for name, sender in self._senders.items():
            kinds = ["audio"] if sender.audio and guest.audio_slots else []
            if sender.video and name in guest.watches:
                # To it the large picture is the one that came first, and the low one that which came last.
                kinds.append("video-low" if guest.shows_small(sender) else "video")
            if kinds and name != client.name:
                wanted[name] = kinds
        await client.receive(wanted, talk)


@dataclass(slots=True)
class Stream:
    """One link, by the id that both sides know it by."""

    descriptions: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    candidates: list[str] = field(default_factory=list)
    candidate_came: asyncio.Event = field(default_factory=asyncio.Event)
    local: Local | None = None
    """Our end, once its first offer was answered."""


class Client:
    """One WebSocket."""

    def __init__(self, name: str, socket: ClientWebSocketResponse) -> None:
        self.name = name
        self._socket = socket
        self._streams: dict[str, Stream] = {}
        self._offered: asyncio.Queue[str] = asyncio.Queue()
        self._joined = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read())

    async def join(self) -> None:
        """Come into the group. Raises PeerError."""
        await self._tell(type="handshake", version=["2"], id=self.name)
        await self._tell(type="join", kind="join", group=GROUP, username=self.name, password="")
        async with asyncio.timeout(PATIENCE_S):
            told = await self._joined
        if told["kind"] != "join":
            raise PeerError(f"{self.name} may not join: {told}")

    async def publish(self, offer: str) -> str:
        """Offer a stream, and give the answer with its candidate."""
        stream = self._streams.setdefault(f"up-{self.name}", Stream())
        about = {"id": f"up-{self.name}", "label": self.name, "source": self.name, "username": self.name}
        await self._tell(type="offer", sdp=offer, **about)
        async with asyncio.timeout(PATIENCE_S):
            return await _whole(stream)

    async def receive(self, wanted: dict[str, list[str]], talk: Conversation) -> None:
        """Request streams of these labels, and take the offer of each."""
        if not wanted:
            return
        await self._take(await self._first_offered(wanted), talk)
        for taken in range(1, len(wanted)):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._take(await self._offered.get(), talk)
            except TimeoutError:
                print(f"galene: {self.name} is offered {taken} of {len(wanted)} publishers", file=sys.stderr)
                return

    async def _first_offered(self, wanted: dict[str, list[str]]) -> str:
        """Request until there is an offer: a request in the moment in which a stream's first packet comes is lost."""
        for _ in range(REQUESTS):
            await self._tell(type="request", request=wanted)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S / REQUESTS):
                    return await self._offered.get()
        raise PeerError(f"{self.name} is offered nothing of {', '.join(wanted)}")

    async def _take(self, id_: str, talk: Conversation) -> None:
        stream = self._streams[id_]
        offer = await stream.descriptions.get()
        # The answer is not known yet, so that the generator is told the only place where the server can be.
        stream.local = await talk.offered(with_candidates(offer, [await self._candidate(stream)]))
        await self._tell(type="answer", id=id_, sdp=answer(offer, stream.local))

    async def _candidate(self, stream: Stream) -> str:
        await stream.candidate_came.wait()
        return stream.candidates[0]

    async def _read(self) -> None:
        async for message in self._socket:
            told: dict[str, Any] = message.json()
            match told["type"]:
                case "joined" if not self._joined.done():
                    self._joined.set_result(told)
                case "ping":
                    await self._tell(type="pong")
                case "offer":
                    await self._take_offer(told)
                case "answer":
                    self._streams[told["id"]].descriptions.put_nowait(told["sdp"])
                case "ice":
                    stream = self._streams.setdefault(told["id"], Stream())
                    if " udp " in told["candidate"]["candidate"].lower():
                        stream.candidates.append(told["candidate"]["candidate"])
                        stream.candidate_came.set()
                case _:
                    pass

    async def _take_offer(self, told: dict[str, Any]) -> None:
        stream = self._streams.setdefault(told["id"], Stream())
        if stream.local is not None:  # it describes anew what is there
            await self._tell(type="answer", id=told["id"], sdp=answer(told["sdp"], stream.local))
            return
        stream.descriptions.put_nowait(told["sdp"])
        self._offered.put_nowait(told["id"])

    async def _tell(self, **message: object) -> None:
        await self._socket.send_str(json.dumps(message))


async def _whole(stream: Stream) -> str:
    sdp = await stream.descriptions.get()
    await stream.candidate_came.wait()
    return with_candidates(sdp, stream.candidates)

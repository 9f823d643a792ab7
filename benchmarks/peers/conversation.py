"""What the load generator and an adapter tell each other, one JSON object a line.

The other end is media/load/src/signalling/adapter.rs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_LINE = 1 << 20
"""A description with fifty m-lines has some tens of kilobytes."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who came in and sends, by the name others know."""

    name: str
    audio: bool
    video: bool
    ids: Mapping[str, Any]
    """Whatever the server calls it."""
    encodings: tuple[str, ...] = ()
    """As its guest has them."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Who wants to come in, or to see others."""

    wish: str
    """`enter` or `watch`."""
    number: int
    name: str | None
    """As it was entered, when it wants to see others."""
    watches: tuple[str, ...]
    """Whose pictures it wants."""
    sends_audio: bool
    sends_video: bool
    audio_slots: int
    video_slots: int
    encodings: tuple[str, ...] = ()
    """Of its picture, by their names, the smallest first; none when there is only one."""

    @classmethod
    def parse(cls, told: Mapping[str, Any]) -> Guest:
        """Read what the generator tells first."""
        sends, slots = told["sends"], told["slots"]
        return cls(
            wish=told["wish"],
            number=told["number"],
            name=told["name"],
            watches=tuple(told["watches"]),
            sends_audio=sends["audio"],
            sends_video=sends["video"],
            audio_slots=slots["audio"],
            video_slots=slots["video"],
            encodings=tuple(told["encodings"]),
        )

    @property
    def sends(self) -> bool:
        """It has something to send."""
        return self.sends_audio or self.sends_video

    def shows_small(self, sender: Sender) -> bool:
        """Whether it wants a picture in its smallest encoding: all that it watches but the first."""
        return bool(sender.encodings) and sender.name in self.watches[1:]


@dataclass(frozen=True, slots=True)
class Local:
    """Our end of a link that the server offered."""

    ufrag: str
    password: str
    fingerprint: str
    address: str
    port: int


class Conversation:
    """Asks the generator for what the server wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def guest(self) -> Guest:
        """Hear who it is about."""
        return Guest.parse(await self._hear())

    async def offer(self, *, sends: bool = False, audio: int = 0, video: int = 0) -> str:
        """Get an offer: with what the guest sends or without, and with so many lines to receive on.

        It says that our end begins DTLS: the generator is a client only, and `actpass` would leave that to the server.
        """
        told = await self._ask({"do": "offer", "sends": sends, "audio": audio, "video": video})
        return str(told["sdp"]).replace("a=setup:actpass", "a=setup:active")

    async def answered(self, sdp: str) -> None:
        """Bring the answer to the last offer."""
        await self._ask({"do": "answered", "sdp": sdp})

    async def offered(self, sdp: str, *, again: bool = False) -> Local:
        """Bring an offer of the server's, with its candidates, and get what the answer needs.

        `again`: it describes the last link anew, before anything flows there.
        """
        return Local(**await self._ask({"do": "offered", "sdp": sdp, "again": again}))

    async def end(self, *, name: str | None, why: str = "") -> None:
        """Say that the guest is in under this name, or why not."""
        await self._tell({"do": "refused", "why": why} if name is None else {"do": "entered", "name": name})

    async def want(self, layers: Sequence[str]) -> None:
        """Say, when the guest is in, that these encodings of its picture are wanted and no others."""
        await self._tell({"layers": list(layers)})

    async def over(self) -> None:
        """Wait until the generator hangs up."""
        await self._reader.read()

    async def _ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        await self._tell(asked)
        return await self._hear()

    async def _tell(self, told: Mapping[str, Any]) -> None:
        self._writer.write(json.dumps(told).encode() + b"\n")
        await self._writer.drain()

    async def _hear(self) -> dict[str, Any]:
        line = await self._reader.readline()
        if not line:
            raise ConnectionError("the generator has hung up")
        told: dict[str, Any] = json.loads(line)
        return told

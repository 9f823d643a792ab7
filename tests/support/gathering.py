"""A meeting in a real server with real WebRTC peers, for tests of what happens when a part of it breaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.peers import Arrived, Peer
from tests.support.server import Server, a_server

from hoptt.meeting.words import Source

ROOM = "duan"


@dataclass
class Gathering:
    """An open room of a running server, and whoever came into it."""

    server: Server
    peers: AsyncExitStack
    room: str = ROOM
    came: list[Peer] = field(default_factory=list)

    async def chair(self, *, microphone: bool = False, camera: bool = False, **how: Any) -> Peer:
        """Bring in somebody with a chair's personal link."""
        words = ("token", "--room", self.room, "--role", "chair", "--name", "Phạm Quang Dũng", "--bridge-point", "Bộ")
        made = await asyncio.to_thread(self.server.cli, *words)
        assert made.returncode == 0, made.stderr
        return await self.guest(token=made.stdout.strip(), microphone=microphone, camera=camera, **how)

    async def guest(
        self, *, microphone: bool = False, camera: bool = False, url: str | None = None, **how: Any
    ) -> Peer:
        """Bring in a guest by name. `url` is another way to the server than the direct one."""
        number = len(self.came) + 1
        how = {"number": number, "hertz": 300 + 150 * number, **how}
        peer = await self.peers.enter_async_context(Peer(url or self.server.url, self.room, **how))
        self.came.append(peer)
        await peer.join(microphone=microphone, camera=camera)
        return peer


@contextlib.asynccontextmanager
async def a_gathering(
    folder: Path,
    settings: dict[str, Any] | None = None,
    *options: str,
    output: Path | None = None,
    environment: dict[str, str] | None = None,
    speaking: Sequence[str] = ("--open-floor",),
) -> AsyncIterator[Gathering]:
    """Start a server of its own with an open room; everybody may speak there unless `speaking` says otherwise."""
    with a_server(folder, settings) as server:
        server.output = output or server.output
        server.environment = environment or {}
        await asyncio.to_thread(server.start, *options)
        words = ("room", "create", ROOM, "--name", "Dự án", "--entry", "open", *speaking)
        await asyncio.to_thread(server.told, *words)
        async with AsyncExitStack() as peers:
            yield Gathering(server, peers)


def after(packets: list[Arrived], at: float, kind: str, slot: int | None = None) -> list[Arrived]:
    """Give the packets of a kind, and of a slot, that came after a moment of time.monotonic()."""
    return [p for p in packets if p.kind == kind and p.at > at and slot in (None, p.slot)]


def camera_of(peer: Peer) -> tuple[str, Source]:
    """Give what to ask for to see somebody."""
    return peer.you, Source.CAMERA

"""Somebody who stays: comes back by themselves, as a page does, whenever WebSocket or media is lost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from tests.support.gathering import Gathering
from tests.support.link import LinkModel
from tests.support.peers import MediaLost, Peer
from tests.support.tcp_proxy import TcpProxy
from tests.support.udp_relay import UdpRelay

from hoptt.errors import HopttError
from hoptt.meeting.words import Source
from hoptt.signaling.messages import Resumed

LOOKS_EVERY_S = 0.1
MAX_PACKETS = 20_000
SILENT_S = 6.0
"""Without a packet for so long the peer connection is given up: a browser says "disconnected" after about as long."""


@dataclass
class Steady:
    """A peer over lines of its own, and the task that keeps it in the meeting."""

    peer: Peer
    proxy: TcpProxy
    relay: UdpRelay
    shown: list[tuple[str, Source]] = field(default_factory=list)
    """What it looks at; asked for again with each peer connection."""
    _lost: int = 0
    _asked_at: float = 0.0

    def silence(self) -> None:
        """Its whole line is gone."""
        self.proxy.stall()
        self.relay.blocked = True

    def speak(self) -> None:
        """Its line is there again."""
        self.proxy.mend()
        self.relay.blocked = False

    def flows(self, since: float) -> bool:
        """Tell whether WebSocket, pictures and sound are there, with packets since a moment of time.monotonic()."""
        kinds = {packet.kind for packet in reversed(self.peer.packets[-400:]) if packet.at > since}
        return not self.peer.visitor.closed.is_set() and kinds == {"audio", "video"}

    async def look(self, *who: Peer) -> None:
        """Look at the cameras of these from now on."""
        self.shown = [(one.you, Source.CAMERA) for one in who]
        await self.peer.show(*self.shown)

    async def keep(self) -> None:
        """Come back for as long as this task runs."""
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            self._forget()
            with contextlib.suppress(HopttError, OSError, TimeoutError, AssertionError):
                await self._keep()

    def _forget(self) -> None:
        """Keep the last minutes only."""
        if len(self.peer.packets) > MAX_PACKETS:
            del self.peer.packets[: -MAX_PACKETS // 2]
        for seen in self.peer.seen.values():
            del seen.frames[: -MAX_PACKETS // 10]

    async def _keep(self) -> None:
        peer = self.peer
        if peer.visitor.closed.is_set():
            answer = await peer.resume()
            if not (isinstance(answer, Resumed) and answer.media):
                await self._renew()
            return
        lost = sum(isinstance(message, MediaLost) for message in peer.heard)
        if lost > self._lost:
            self._lost = lost
            await self._renew()
            return
        heard_at = max(peer.packets[-1].at if peer.packets else 0.0, self._asked_at)
        if self.shown and time.monotonic() - heard_at > SILENT_S:
            await self._renew()

    async def _renew(self) -> None:
        self._asked_at = time.monotonic()
        await self.peer.send_media()
        await self.peer.show(*self.shown)


@asynccontextmanager
async def steady_company(
    gathering: Gathering, count: int, *, seed: int, line: LinkModel | None = None
) -> AsyncIterator[Sequence[Steady]]:
    """Bring a chair and others, each with microphone and camera, over lines of their own; each looks at two."""
    server, model = gathering.server, line or LinkModel()
    http, rtc = int(server.settings["http"]["listen"].rpartition(":")[2]), server.settings["rtc"]["port"]
    async with AsyncExitStack() as stack:
        company: list[Steady] = []
        for number in range(count):
            proxy = await stack.enter_async_context(TcpProxy(("127.0.0.1", http), seed=seed + number))
            relay = await stack.enter_async_context(
                UdpRelay(("127.0.0.1", rtc), seed=seed + number, out=model, back=model)
            )
            come = gathering.chair if number == 0 else gathering.guest
            url, detour = f"http://localhost:{proxy.port}", (rtc, relay.port)
            company.append(Steady(await come(microphone=True, camera=True, url=url, detour=detour), proxy, relay))
        for place, one in enumerate(company):
            await one.look(company[place - 1].peer, company[place - 2].peer)
        keeping = [asyncio.ensure_future(one.keep()) for one in company]
        try:
            yield company
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)

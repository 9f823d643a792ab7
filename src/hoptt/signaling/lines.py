"""All WebSockets of this node: opened, looked after once a second, closed at the end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self

from aiohttp import web

from hoptt.auth.relays import Relays
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId, ParticipantId
from hoptt.live import farewell
from hoptt.live.house import House
from hoptt.live.observe import Observer, Unobserved
from hoptt.signaling.connection import CLOSE_S, Connection, Doors
from hoptt.signaling.counts import LineCounts
from hoptt.signaling.doorkeeper import Doorkeeper, Visit
from hoptt.signaling.messages import MAX_SDP_MESSAGE_BYTES
from hoptt.signaling.outbox import Merges

MAX_LINES = 10_000
TICK_S = 1.0
BLOCKED_S = 0.5
"""A tick that comes so much too late says that the loop stood still."""


class Lines:
    """Use as `async with Lines(...) as lines:`; `serve` is the handler of `/ws`."""

    def __init__(
        self,
        *,
        house: House,
        keeper: Doorkeeper,
        observer: Observer | None = None,
        counts: LineCounts | None = None,
        relays: Relays | None = None,
    ) -> None:
        self.counts = counts or LineCounts()
        self._lines: set[Connection] = set()
        watch, ways = observer or Unobserved(), relays or Relays()
        self._doors = Doors(house, keeper, self.counts, watch, self._held_by, ways, Merges(self.counts))
        self._ticker: asyncio.Task[None] | None = None
        self._closed = False
        self._empty = asyncio.Event()
        self._empty.set()

    async def __aenter__(self) -> Self:
        self._ticker = asyncio.get_running_loop().create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.say_goodbye()
        if self._ticker is not None:
            self._ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticker

    async def serve(self, request: web.Request, visit: Visit, headers: dict[str, str]) -> web.WebSocketResponse:
        """Upgrade and serve one connection. Raises HopttError: SHUTTING_DOWN, or MESSAGE_RATE for too many."""
        if self._closed:
            raise HopttError(ErrorCode.SHUTTING_DOWN, "the server stops")
        if len(self._lines) >= MAX_LINES:
            self.counts.turned_back[ErrorCode.MESSAGE_RATE] += 1
            raise HopttError(ErrorCode.MESSAGE_RATE, "too many connections")
        socket = web.WebSocketResponse(
            autoping=False, compress=False, max_msg_size=MAX_SDP_MESSAGE_BYTES, timeout=CLOSE_S
        )
        socket.headers.update(headers)
        await socket.prepare(request)
        transport = request.transport
        line = Connection(socket, lambda: transport.abort() if transport is not None else None, visit, self._doors)
        self._lines.add(line)
        self._empty.clear()
        self.counts.opened += 1
        self.counts.open = len(self._lines)
        try:
            await line.run()
        finally:
            self._lines.discard(line)
            if not self._lines:
                self._empty.set()
            self.counts.open = len(self._lines)
            self.counts.closed[line.code] += 1
        return socket

    def held_by_others(self, account: AccountId, but: str | None) -> list[ParticipantId]:
        """Give the seats that pages of an account hold through other sessions than this one."""
        return [
            line.participant
            for line in self._lines
            if line.session is not None and line.session.account.id == account and line.session.id != but
        ]

    async def say_goodbye(self) -> None:
        """Take no new connections, tell every page to come back, and wait until they have heard it."""
        self._closed = True
        for line in list(self._lines):
            line.close(farewell.shutting_down())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._empty.wait()

    def _held_by(self, holder: str) -> int:
        return sum(line.holder == holder for line in self._lines)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            now = loop.time()
            late = now - before - TICK_S
            before = now
            for line in list(self._lines):
                line.tick(now, late if late > BLOCKED_S else 0.0)

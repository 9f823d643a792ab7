"""The way out of one connection: what waits for it, and the task that sends it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable

from aiohttp import WSMsgType, web

from hoptt.live.deliveries import Delivery
from hoptt.signaling.counts import LineCounts
from hoptt.signaling.outbox import Merges, Outbox
from hoptt.signaling.slices import Slices

NO_CODE = 1006


class WayOut:
    """Queues answers, history, signals and controls, and sends them in order; a `slices.Writer`.

    What queues says whether it fits: a reader who is too slow for what may not be lost is to be let go.
    """

    def __init__(
        self, socket: web.WebSocketResponse, counts: LineCounts, slices: Slices, merges: Merges | None = None
    ) -> None:
        self.code: int = NO_CODE
        """With which the line closed, or is to."""
        self.closing_since: float | None = None
        self.among: Hashable = None
        """Those with whom its turn to write comes: the meeting."""
        self._socket = socket
        self._counts = counts
        self._slices = slices
        self._outbox = Outbox(counts, merges=merges)
        self._controls: deque[tuple[WSMsgType, bytes]] = deque(maxlen=4)
        self._wake = asyncio.Event()
        self._in_slices = False

    def answer(self, text: bytes) -> bool:
        """Queue what only this one is told: it waits for nobody else's."""
        if self.closing_since is not None:
            return True
        self._outbox.put(text)
        self._wake.set()
        return not self._outbox.full

    def history(self, text: bytes) -> bool:
        """Queue what others are told too."""
        if self.closing_since is not None:
            return True
        self._outbox.put(text)
        self._write_soon()
        return not self._outbox.full

    def signal(self, signal: Delivery, encode: Callable[[Delivery], bytes]) -> bool:
        """Queue a signal, which may be replaced by a newer one until it leaves."""
        if self.closing_since is not None:
            return True
        self._outbox.signal(signal, encode)
        self._write_soon()
        return not self._outbox.full

    def pong(self, data: bytes) -> None:
        """Answer a ping."""
        self._controls.append((WSMsgType.PONG, data))
        self._wake.set()

    def ping(self) -> None:
        """Ask whether somebody is there."""
        self._controls.append((WSMsgType.PING, b""))
        self._write_soon()

    def finish(self, code: int, now: float) -> None:
        """Close once all that waits is written."""
        if self.closing_since is None:
            self.closing_since = now
            self.code = code
            self._wake.set()

    def clear(self) -> None:
        """Forget all that waits."""
        self._outbox.clear()

    def write_on(self) -> None:
        """Let the task write all that waits."""
        self._in_slices = False
        self._wake.set()

    async def run(self) -> None:
        """Send what waits, in order; after the last of it close, if that is due. Raises when the line is gone."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._controls:
                kind, data = self._controls.popleft()
                await self._socket.send_frame(data, kind)
            while (text := self._outbox.pop()) is not None:
                self._counts.sent += 1
                await self._socket.send_frame(text, WSMsgType.TEXT)
            if self.closing_since is not None:
                await self._socket.close(code=self.code)
                return

    def _write_soon(self) -> None:
        if not self._in_slices:
            self._in_slices = True
            self._slices.put(self, self.among)

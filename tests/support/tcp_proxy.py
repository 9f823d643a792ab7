"""A proxy for TCP on loopback whose line can be cut, stalled, slowed, reset after so many bytes, or corrupted."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from dataclasses import dataclass, field
from typing import Self

READ_BYTES = 64 * 1024
MAX_CONNECTIONS = 1_024


@dataclass(slots=True)
class ProxyCounts:
    accepted: int = 0
    refused: int = 0
    """While the line was cut, or beyond the limit."""
    reset: int = 0
    corrupted: int = 0
    bytes_passed: int = 0


@dataclass(slots=True)
class Fault:
    """What the line does just now."""

    cut: bool = False
    """Connections are reset, and new ones too."""
    stalled: bool = False
    """Half open: everything is accepted, nothing passes, nobody is told. What was sent meanwhile comes afterwards."""
    bytes_per_s: float | None = None
    reset_after: int | None = None
    """A connection is reset when so many bytes have come from the target."""
    corrupt: float = 0.0
    """So probable is it that a piece that passes has one byte wrong."""


@dataclass(slots=True, eq=False)
class _Pair:
    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None
    came: int = 0
    deaf: bool = False
    """What comes from either side is swallowed."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def reset(self) -> None:
        """End both sides with a reset, as a failing network does, not in good order."""
        for writer in (self.near, self.far):
            if writer is not None:
                _reset(writer)


class TcpProxy:
    """Use as `async with TcpProxy(("127.0.0.1", port), seed=1) as proxy:`; clients connect to `proxy.port`."""

    def __init__(self, target: tuple[str, int], *, seed: int, listen: str = "127.0.0.1") -> None:
        self.counts = ProxyCounts()
        self.fault = Fault()
        self._target = target
        self._listen = listen
        self._dice = random.Random(seed)
        self._pairs: set[_Pair] = set()
        self._server: asyncio.Server | None = None
        self._passes = asyncio.Event()
        self._passes.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self._listen, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        self._passes.set()
        tasks = [task for pair in self._pairs for task in pair.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        assert self._server is not None, "not open"
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        return len(self._pairs)

    def cut(self) -> None:
        """Reset what passes through, and refuse what is new."""
        self.fault.cut = True
        self.reset()

    def reset(self) -> None:
        """Reset what passes through; new connections pass."""
        for pair in list(self._pairs):
            self.counts.reset += 1
            pair.reset()

    def half_open(self) -> None:
        """Swallow all that those say who are connected now, and tell nobody (F31); new connections pass."""
        for pair in self._pairs:
            pair.deaf = True

    def stall(self) -> None:
        """Let nothing pass and tell nobody; it comes when the line is mended."""
        self.fault.stalled = True
        self._passes.clear()

    def mend(self) -> None:
        """Be a good line again."""
        self.fault = Fault()
        self._passes.set()

    # ---- within ------------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault.cut or len(self._pairs) >= MAX_CONNECTIONS:
            self.counts.refused += 1
            _reset(writer)
            return
        self.counts.accepted += 1
        pair = _Pair(writer)
        self._pairs.add(pair)
        try:
            await self._passes.wait()  # a stalled line lets nobody through to the target either
            far_reader, pair.far = await asyncio.open_connection(*self._target)
            pair.tasks = {
                asyncio.ensure_future(self._pump(reader, pair.far, pair, comes=False)),
                asyncio.ensure_future(self._pump(far_reader, writer, pair, comes=True)),
            }
            await asyncio.wait(pair.tasks)
        except OSError:
            pass  # the target is not there: the client sees its connection end
        finally:
            self._pairs.discard(pair)
            pair.reset()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pair: _Pair, *, comes: bool
    ) -> None:
        try:
            while piece := await reader.read(READ_BYTES):
                await self._passes.wait()
                if pair.deaf:
                    continue
                if comes and self._is_enough(pair, len(piece)):
                    self.counts.reset += 1
                    pair.reset()
                    return
                if self.fault.bytes_per_s is not None:
                    await asyncio.sleep(len(piece) / self.fault.bytes_per_s)
                writer.write(self._as_it_arrives(piece))
                await writer.drain()
                self.counts.bytes_passed += len(piece)
            with contextlib.suppress(OSError):
                writer.write_eof()
        except OSError:
            pair.reset()

    def _is_enough(self, pair: _Pair, more: int) -> bool:
        pair.came += more
        return self.fault.reset_after is not None and pair.came > self.fault.reset_after

    def _as_it_arrives(self, piece: bytes) -> bytes:
        if self._dice.random() >= self.fault.corrupt:
            return piece
        self.counts.corrupted += 1
        place = self._dice.randrange(len(piece))
        return piece[:place] + bytes([piece[place] ^ (1 << self._dice.randrange(8))]) + piece[place + 1 :]


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: no lingering (socket(7), SO_LINGER)."""
    line = writer.get_extra_info("socket")
    if line is not None:
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()

"""A way between a peer that knows UDP only and the engine: by UDP, or framed on a TCP connection (RFC 4571)."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LENGTH = 2
CHECK = b"\x00\x01"
"""How a STUN binding request begins."""
HOST = "127.0.0.1"


def framed(datagram: bytes) -> bytes:
    return len(datagram).to_bytes(LENGTH, "big") + datagram


class Way(asyncio.DatagramProtocol):
    """Passes on what the peer sends, and what comes back, the way that was chosen last."""

    def __init__(self, engine_port: int) -> None:
        self._engine_port = engine_port
        self._peer: tuple[str, int] | None = None
        self._near: asyncio.DatagramTransport
        self._far: asyncio.DatagramTransport
        self._stream: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._checked = False

    @property
    def port(self) -> int:
        """Where the peer finds this way."""
        return int(self._near.get_extra_info("sockname")[1])

    def of(self, sdp: str) -> str:
        """Give an answer that leads here instead of to the engine."""
        without_tcp = re.sub(r"a=candidate:\S+ \d+ tcp [^\r\n]*\r?\n", "", sdp, flags=re.IGNORECASE)
        led = re.sub(r"(a=candidate:\S+ \d+ udp \d+ )\S+ \d+", rf"\g<1>{HOST} {self.port}", without_tcp)
        assert led != sdp, "the answer names candidates"
        return led

    async def use_tcp(self) -> None:
        """From now on nothing passes by UDP."""
        self._checked = False
        reader, self._stream = await asyncio.open_connection(HOST, self._engine_port)
        self._reading = asyncio.create_task(self._read(reader))

    async def use_udp(self) -> None:
        """End the connection; from now on UDP passes again."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            self._reading = None
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def inject(self, datagram: bytes) -> None:
        """Send something of one's own on the peer's connection."""
        assert self._stream is not None, "a connection"
        self._stream.write(framed(datagram))

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        way = self

        class Far(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
                if way._stream is None:
                    way._to_peer(data)

        self._near, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))
        self._far, _ = await loop.create_datagram_endpoint(Far, remote_addr=(HOST, self._engine_port))

    async def end(self) -> None:
        await self.use_udp()
        self._near.close()
        self._far.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._peer = addr
        if self._stream is None:
            self._far.sendto(data)
        elif self._checked or data[:2] == CHECK:  # ICE sends nothing on a connection before a check on it
            self._checked = True
            self._stream.write(framed(data))

    def _to_peer(self, datagram: bytes) -> None:
        if self._peer is not None:
            self._near.sendto(datagram, self._peer)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            length = int.from_bytes(await reader.readexactly(LENGTH), "big")
            self._to_peer(await reader.readexactly(length))


@asynccontextmanager
async def a_way(engine_port: int) -> AsyncIterator[Way]:
    way = Way(engine_port)
    await way.start()
    try:
        yield way
    finally:
        await way.end()


def stranger(port: int, sent: bytes, *, timeout_s: float = 5) -> bytes:
    """Connect, say something, and give all that comes until the other side closes."""
    with socket.create_connection((HOST, port), timeout=timeout_s) as line:
        line.sendall(sent)
        got = b""
        while True:
            try:
                some = line.recv(4096)
            except ConnectionResetError:
                return got
            if not some:
                return got
            got += some

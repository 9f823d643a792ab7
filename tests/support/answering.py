"""Something that answers STUN checks as the media engine does, over UDP and TCP, and drops some of them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from aioice import stun

from hoptt.probe.candidates import Candidate
from hoptt.probe.checks import Credentials

CREDENTIALS = Credentials("SFU7", "s" * 24, "abcd")


def answer(datagram: bytes, source: tuple[str, int], password: str = CREDENTIALS.password) -> bytes | None:
    """Give the signed answer to a check with the right user name and password; nothing to anything else (S4)."""
    asked = stun.parse_message(datagram)
    if not asked.check_message_integrity(CREDENTIALS.password.encode()):
        return None
    if asked.attributes["USERNAME"] != f"{CREDENTIALS.ufrag}:{CREDENTIALS.peer_ufrag}":
        return None
    said = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, asked.transaction_id)
    said.attributes["XOR-MAPPED-ADDRESS"] = source
    said.add_message_integrity(password.encode())
    return bytes(said)


@asynccontextmanager
async def answering_udp(
    drop: Callable[[int], bool] = lambda _: False, password: str = CREDENTIALS.password
) -> AsyncIterator[Candidate]:
    """Answer on a free UDP port but for the checks, counted from 0, that `drop` names."""

    class Answering(asyncio.DatagramProtocol):
        heard = -1

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast(asyncio.DatagramTransport, transport)

        def datagram_received(self, data: bytes, addr: Any) -> None:
            self.heard += 1
            said = answer(data, addr, password)
            if said is not None and not drop(self.heard):
                self.transport.sendto(said, addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Answering, local_addr=("127.0.0.1", 0))
    try:
        yield Candidate("udp", *transport.get_extra_info("sockname"))
    finally:
        transport.close()


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def a_stream_server(serve: Serve, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Give the port of a server on loopback, whose connections all have ended at the end."""
    running: set[asyncio.Future[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        running.add(ended)
        try:
            with contextlib.suppress(OSError, EOFError):
                await serve(reader, writer)
                await writer.drain()
        finally:
            writer.transport.abort() if context is None else writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            ended.set_result(None)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    async with server:
        yield int(server.sockets[0].getsockname()[1])
    await asyncio.gather(*running)


@asynccontextmanager
async def answering_tcp() -> AsyncIterator[Candidate]:
    """Answer on a free TCP port, in frames of RFC 4571 that are cut as TCP likes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length = int.from_bytes(await reader.readexactly(2), "big")
            said = answer(await reader.readexactly(length), writer.get_extra_info("peername"))
            if said is None:
                continue
            for piece in (len(said).to_bytes(2, "big") + said[:7], said[7:]):
                writer.write(piece)
                await asyncio.sleep(0)

    async with a_stream_server(serve) as port:
        yield Candidate("tcp", "127.0.0.1", port)

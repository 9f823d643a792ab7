"""`python -m benchmarks.peers.adapter NAME --at SOCKET --server ADDRESS`: between the generator and a server.

Tells `{"event": "ready"}` when the server's door is open, and serves the generator until its input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from functools import partial
from pathlib import Path

import aiohttp

from benchmarks.peers.conversation import MAX_LINE, Conversation, Guest
from benchmarks.peers.known import PEERS
from benchmarks.peers.peer import Entrance, Peer, PeerError

PATIENCE_S = 20.0


async def serve(peer: Peer, at: Path, address: str) -> None:
    """Bring in whoever asks at a socket, until the input ends. Raises PeerError when the server's door stays shut."""
    await opened(address, peer.port)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as session:
        entrance = peer.entrance(session, address)
        await entrance.open()
        async with await asyncio.start_unix_server(partial(converse, entrance), at, limit=MAX_LINE):
            print(json.dumps({"event": "ready"}), flush=True)
            await asyncio.to_thread(sys.stdin.read)


async def converse(entrance: Entrance, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection of the generator's."""
    talk = Conversation(reader, writer)
    with contextlib.suppress(ConnectionError):
        guest = await talk.guest()
        try:
            if guest.wish == "watch":
                await entrance.watch(guest, talk)
                name = guest.name
            else:
                name = await entrance.enter(guest, talk)
        except (PeerError, aiohttp.ClientError, TimeoutError) as fault:
            await talk.end(name=None, why=f"{type(fault).__name__}: {fault}")
        else:
            await talk.end(name=name or "")
            if guest.wish == "enter" and guest.encodings:
                await follow(entrance, guest, talk)
    writer.close()


async def follow(entrance: Entrance, guest: Guest, talk: Conversation) -> None:
    """Tell a guest what is wanted of it until the generator hangs up."""
    following = asyncio.create_task(entrance.follow(guest, talk))
    try:
        await talk.over()
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


async def opened(address: str, port: int) -> None:
    """Wait until a server accepts. Raises PeerError."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection(address, port)
                    writer.close()
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise PeerError(f"nothing accepts at {address}:{port} after {PATIENCE_S:.0f} s") from None


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.adapter", description=__doc__)
    parser.add_argument("name", choices=sorted(PEERS))
    parser.add_argument("--at", type=Path, required=True, help="where the generator finds it")
    parser.add_argument("--server", required=True, help="the address of the server")
    asked = parser.parse_args()
    asyncio.run(serve(PEERS[asked.name], asked.at, asked.server))


if __name__ == "__main__":
    main()

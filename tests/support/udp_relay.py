"""A relay for UDP on loopback: delays, loses, reorders, blocks, and changes the address that its clients seem to have.

Each client gets a socket of its own towards the target, so the target sees a client where a router would show it.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any, Self

from tests.support.link import Link, LinkModel

MAX_CLIENTS = 256
Address = tuple[Any, ...]


@dataclass(slots=True)
class RelayCounts:
    """Datagrams, both ways together."""

    passed: int = 0
    blocked: int = 0
    lost: int = 0
    refused: int = 0
    """Of clients beyond the limit."""
    stray: int = 0
    """Sent by the target to an address that a client has left."""


@dataclass(slots=True)
class _Client:
    """A client's way to the target and back."""

    address: Address
    out: Link
    back: Link
    outward: asyncio.DatagramTransport
    left: list[asyncio.DatagramTransport] = field(default_factory=list)
    """Addresses it had before; what comes there is counted."""


class UdpRelay:
    """Use as `async with UdpRelay(("127.0.0.1", port), seed=1) as relay:`; clients send to `relay.port`."""

    def __init__(
        self,
        target: tuple[str, int],
        *,
        seed: int,
        out: LinkModel = LinkModel(),  # noqa: B008 - frozen
        back: LinkModel = LinkModel(),  # noqa: B008 - frozen
        listen: str = "127.0.0.1",
    ) -> None:
        self.counts = RelayCounts()
        self.blocked = False
        """Nothing passes, in neither direction, and nobody is told."""
        self._target = target
        self._models = out, back
        self._seeds = itertools.count(seed * 1_000)
        self._listen = listen
        self._clients: dict[Address, _Client] = {}
        self._near: asyncio.DatagramTransport | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        self._opening: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._near, _ = await loop.create_datagram_endpoint(
            lambda: _Hearing(self._from_client), local_addr=(self._listen, 0)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for opening in self._opening:
            opening.cancel()
        for timer in self._timers:
            timer.cancel()
        for client in self._clients.values():
            for transport in (client.outward, *client.left):
                transport.close()
        if self._near is not None:
            self._near.close()
        await asyncio.sleep(0)

    @property
    def port(self) -> int:
        """Where clients are to send to."""
        assert self._near is not None, "not open"
        return int(self._near.get_extra_info("sockname")[1])

    @property
    def outward_ports(self) -> list[int]:
        """Where the target sees the clients now."""
        return [int(one.outward.get_extra_info("sockname")[1]) for one in self._clients.values()]

    def shape(self, *, out: LinkModel, back: LinkModel) -> None:
        """Make the line another one, for those who are there and those who come."""
        self._models = out, back
        now = asyncio.get_running_loop().time()
        for client in self._clients.values():
            client.out.become(now, out)
            client.back.become(now, back)

    async def rebind(self) -> None:
        """Show every client under another port from now on, as a router does that was restarted (F27)."""
        for client in list(self._clients.values()):  # others may come meanwhile
            client.left.append(client.outward)
            client.outward = await self._outward(client.address)

    # ---- within ------------------------------------------------------------------------------------

    def _from_client(self, _: asyncio.DatagramTransport, data: bytes, address: Address) -> None:
        client = self._clients.get(address)
        if client is not None:
            self._send(client.out, len(data), lambda: client.outward.sendto(data))
        elif len(self._clients) + len(self._opening) >= MAX_CLIENTS:
            self.counts.refused += 1
        else:
            task = asyncio.get_running_loop().create_task(self._welcome(data, address))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _welcome(self, data: bytes, address: Address) -> None:
        outward = await self._outward(address)
        if address in self._clients:
            outward.close()  # two datagrams came before the first way was open
        else:
            out, back = (Link(model, next(self._seeds)) for model in self._models)
            self._clients[address] = _Client(address, out, back, outward)
        assert self._near is not None
        self._from_client(self._near, data, address)

    async def _outward(self, client: Address) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Hearing(lambda own, data, _: self._from_target(own, data, client)),
            local_addr=(self._listen, 0),
            remote_addr=self._target,
        )
        return transport

    def _from_target(self, own: asyncio.DatagramTransport, data: bytes, address: Address) -> None:
        client = self._clients.get(address)
        if client is None or own is not client.outward:
            self.counts.stray += 1
            return
        near = self._near
        assert near is not None
        self._send(client.back, len(data), lambda: near.sendto(data, address))

    def _send(self, link: Link, size: int, send: Any) -> None:
        if self.blocked:
            self.counts.blocked += 1
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        arrival = link.arrival(now, size)
        if arrival is None:
            self.counts.lost += 1
            return
        self.counts.passed += 1
        if arrival <= now:
            send()
            return

        def arrive() -> None:
            self._timers.discard(timer)
            if not self.blocked:
                send()

        timer = loop.call_at(arrival, arrive)
        self._timers.add(timer)


class _Hearing(asyncio.DatagramProtocol):
    def __init__(self, hear: Any) -> None:
        self._hear = hear
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._hear(self._transport, data, addr)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens at the target just now: the datagram is lost, as on a line."""

"""What no honest page does: send again what was sent before, from wherever, and whatever comes to mind."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

from tests.support.peers import Peer


class Wire:
    """What a peer puts on its wire, datagram by datagram; it can be sent again."""

    def __init__(self, peer: Peer) -> None:
        assert peer._peer is not None
        ice: Any = peer._peer.getTransceivers()[0].sender.transport.transport
        self._send: Callable[[bytes], Coroutine[Any, Any, None]] = ice._send
        self.sent: list[bytes] = []
        ice._send = self._keep

    async def send(self, datagrams: Iterable[bytes]) -> None:
        """Send datagrams from the peer's own address."""
        for datagram in datagrams:
            await self._send(datagram)

    @property
    def media(self) -> list[bytes]:
        """The SRTP packets among them (RFC 7983 §7, RFC 5761 §4)."""
        return [one for one in self.sent if 128 <= one[0] < 192 and not 192 <= one[1] < 224]

    async def _keep(self, datagram: bytes) -> None:
        self.sent.append(datagram)
        await self._send(datagram)


async def from_elsewhere(port: int, datagrams: Iterable[bytes]) -> None:
    """Send datagrams to the engine from an address that nobody knows."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        for number, datagram in enumerate(datagrams):
            line.sendto(datagram, ("127.0.0.1", port))
            if number % 64 == 63:
                await asyncio.sleep(0.001)  # the engine and the loop get their turn


def every_first_byte() -> Iterator[bytes]:
    """Give datagrams of each length from 1 to 64 with each first byte (S3)."""
    dice = random.Random(3)
    for first, length in itertools.product(range(256), range(1, 65)):
        yield bytes([first]) + dice.randbytes(length - 1)


def forged(packets: Iterable[bytes], count: int) -> Iterator[bytes]:
    """Give packets with a right header under other numbers, and with a made-up tag (S1)."""
    dice = random.Random(1)
    for packet in itertools.islice(itertools.cycle(packets), count):
        number = int.from_bytes(packet[2:4], "big") + dice.randrange(1, 400)
        yield packet[:2] + (number % 65536).to_bytes(2, "big") + packet[4:-20] + dice.randbytes(20)

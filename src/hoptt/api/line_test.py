"""`POST /api/line-test`: a line is tried before a meeting, without coming near one (R7, S26)."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Protocol

import msgspec

from hoptt.api.callers import within
from hoptt.config import keys
from hoptt.sfu.line_tests import LineTest

AT_ONCE = 2
"""From one address."""
AT_ONCE_TRUSTED = 16
"""From one address of `http.trusted_networks`: a ministry sits behind it."""


class LineTesting(Protocol):
    """Who opens line tests."""

    async def open(self, network: str, *, at_once: int) -> LineTest: ...


class LineTestTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a tester needs. The password is good for this test alone."""

    ufrag: str
    pwd: str
    peer_ufrag: str
    candidates: list[str]
    seconds: float


async def line_test(tests: LineTesting, address: str, trusted: Sequence[keys.Network]) -> LineTestTold:
    """Open a test for who asks from an address. Raises HopttError: MESSAGE_RATE, ENGINE_AWAY."""
    network, known = _network(address, trusted)
    made = await tests.open(network, at_once=AT_ONCE_TRUSTED if known else AT_ONCE)
    return LineTestTold(
        ufrag=made.ufrag,
        pwd=made.password,
        peer_ufrag=made.peer_ufrag,
        candidates=list(made.candidates),
        seconds=made.seconds,
    )


def _network(address: str, trusted: Sequence[keys.Network]) -> tuple[str, bool]:
    """Give what counts as one place, and whether it is trusted; all of a Unix socket are one."""
    if not address:
        return "", True
    ip = ip_address(address)
    place = str(IPv6Network((ip, 64), strict=False)) if isinstance(ip, IPv6Address) else str(ip)
    return place, ip.is_loopback or within(ip, trusted)

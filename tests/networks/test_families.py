"""Participants reach the engine over IPv6 alone, over IPv4 alone, and by whichever of several addresses is theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.networks.conftest import ROOM, House, a_server, listening
from tests.support.networks import Network
from tests.support.pages import until
from tests.support.peers import Peer

pytestmark = pytest.mark.engine

Networks = tuple[Network, Network, Network]


@contextmanager
def a_house(folder: Path, network: Network, address: str, announce: list[str]) -> Iterator[House]:
    with a_server(folder, listening(address, announce)) as server:
        house = House(network, server)
        house.start()
        yield house


async def both_hear(
    house: House, far: Network, address: str, url: str | None = None, *, first: int = 1
) -> tuple[list[str], str]:
    """Bring two into the meeting; give the candidates of the answer and the pair that the far one uses."""
    with far.entered():
        async with (
            Peer(url or house.server.url, ROOM, number=first, hertz=450, address=address) as one,
            Peer(url or house.server.url, ROOM, number=first + 1, hertz=600, address=address) as two,
        ):
            await one.join()
            await two.join()
            await until(lambda: one.hears(600) and two.hears(450), "sound both ways", 20)
            return candidates(one), used(one)


def candidates(peer: Peer) -> list[str]:
    """Give protocol, address and port of each candidate of the answer, best first."""
    assert peer._peer is not None
    found = re.findall(r"a=candidate:\S+ 1 (\S+) (\d+) (\S+) (\d+) typ host", peer._peer.remoteDescription.sdp)
    by_priority = sorted(found, key=lambda one: -int(one[1]))
    return list(dict.fromkeys(f"{protocol} {address}" for protocol, _, address, _ in by_priority))


def used(peer: Peer) -> str:
    """Give the address of the engine that media goes to."""
    assert peer._peer is not None
    [transport] = {t.sender.transport.transport for t in peer._peer.getTransceivers()}
    pair = transport._connection._nominated[1]
    return str(pair.remote_candidate.host)


async def test_with_ipv6_alone_one_is_seen_and_heard(tmp_path: Path, networks: Networks) -> None:
    inner, _, far = networks
    inner.reach(far, "line")
    inner.address("line", "2001:db8:1::7/64")
    far.address("line", "2001:db8:1::100/64")
    with a_house(tmp_path, inner, "2001:db8:1::7", []) as house:
        told, way = await both_hear(house, far, "2001:db8:1::100")
        assert way == "2001:db8:1::7"
        assert told == ["udp 2001:db8:1::7", "tcp 2001:db8:1::7"]


async def test_both_families_are_served_at_one_port(tmp_path: Path, networks: Networks) -> None:
    inner, _, far = networks
    inner.reach(far, "line")
    inner.address("line", "198.51.100.7/24", "2001:db8:1::7/64")
    far.address("line", "198.51.100.100/24", "2001:db8:1::100/64")
    with a_house(tmp_path, inner, "198.51.100.7", []) as house:
        told, four = await both_hear(house, far, "198.51.100.100")
        _, six = await both_hear(house, far, "2001:db8:1::100", first=3)
        assert told == ["udp 198.51.100.7", "udp 2001:db8:1::7", "tcp 198.51.100.7", "tcp 2001:db8:1::7"]
        assert (four, six) == ("198.51.100.7", "2001:db8:1::7")


async def test_from_inside_and_through_a_router_each_takes_the_address_that_is_theirs(
    tmp_path: Path, networks: Networks
) -> None:
    """The public address is a router's: those outside take it, those inside the private one, at the same time."""
    inner, router, far = networks
    inner.reach(router, "inside")
    router.reach(far, "outside")
    inner.address("inside", "10.0.0.5/24")
    router.address("inside", "10.0.0.1/24")
    router.address("outside", "203.0.113.7/24")
    far.address("outside", "203.0.113.100/24")
    inner.route("default", "10.0.0.1")
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    with a_house(tmp_path, inner, "10.0.0.5", ["203.0.113.7", "10.0.0.5"]) as house, Network() as colleague:
        settings = house.server.settings
        page, media = settings["http"]["listen"].rpartition(":")[2], settings["rtc"]["port"]
        router.rules(
            "chain forwarded { type nat hook prerouting priority dstnat;",
            f'  iif "outside" ip daddr 203.0.113.7 tcp dport {{ {page}, {media} }} dnat ip to 10.0.0.5',
            f'  iif "outside" ip daddr 203.0.113.7 udp dport {media} dnat ip to 10.0.0.5',
            "}",
            "chain through { type filter hook forward priority 0;",
            '  iif "inside" ct state new drop',  # no way from within to the public address
            "}",
        )
        router.reach(colleague, "office")
        router.address("office", "10.0.1.1/24")
        colleague.address("office", "10.0.1.100/24")
        colleague.route("default", "10.0.1.1")
        told, outside = await both_hear(house, far, "203.0.113.100", f"http://203.0.113.7:{page}")
        again, inside = await both_hear(house, colleague, "10.0.1.100", first=3)
        assert told == again == ["udp 203.0.113.7", "udp 10.0.0.5", "tcp 203.0.113.7", "tcp 10.0.0.5"]
        assert (outside, inside) == ("203.0.113.7", "10.0.0.5")

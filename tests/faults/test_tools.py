"""The relay and the proxy of these tests do what they say."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.docs.documents import ROOT
from tests.support.link import Bursts, Link, LinkModel
from tests.support.pages import until
from tests.support.tcp_proxy import TcpProxy
from tests.support.udp_relay import UdpRelay

# ---- the model -----------------------------------------------------------------------------------


def arrivals(model: LinkModel, datagrams: int, seed: int = 1) -> list[float | None]:
    link = Link(model, seed)
    return [link.arrival(0.001 * n) for n in range(datagrams)]


def test_the_same_seed_is_the_same_line_and_another_is_another() -> None:
    model = LinkModel(delay_s=0.02, jitter_s=0.01, loss=0.2, reorder=0.1)
    assert arrivals(model, 500) == arrivals(model, 500)
    assert arrivals(model, 500) != arrivals(model, 500, seed=2)


def test_jitter_keeps_the_order_and_reordering_does_not() -> None:
    jittery = [a for a in arrivals(LinkModel(jitter_s=0.02), 300) if a is not None]
    mixed = [a for a in arrivals(LinkModel(reorder=0.2), 300) if a is not None]
    assert jittery == sorted(jittery)
    assert mixed != sorted(mixed)


def test_bursts_lose_their_share_and_lose_it_together() -> None:
    fate = arrivals(LinkModel(loss=Bursts(enter=0.1 / 9, leave=0.1, inside=0.5)), 20_000)
    lost = [a is None for a in fate]
    assert 0.03 < sum(lost) / len(lost) < 0.07  # a tenth of the time in a burst, half of it lost
    pairs = sum(a and b for a, b in itertools.pairwise(lost))
    assert pairs / sum(lost) > 0.3, "after a lost one the next is far likelier to be lost than one in twenty"


def test_a_narrow_line_takes_its_time_and_loses_what_would_wait_too_long() -> None:
    link = Link(LinkModel(rate_bps=100_000, queue_s=0.1), seed=1)
    size = 1_250 - 28  # with its headers a tenth of a second
    fates = [link.arrival(0.0, size) for _ in range(4)]
    assert fates == [pytest.approx(0.1), pytest.approx(0.2), None, None]
    assert link.arrival(0.5, size) == pytest.approx(0.6)


def test_a_line_that_becomes_narrower_keeps_what_waits_and_takes_longer_for_it() -> None:
    link = Link(LinkModel(rate_bps=1_000_000, queue_s=0.305), seed=1)
    taken = [link.arrival(0.0, 1_250 - 28) for _ in range(100)]  # each takes a hundredth of a second
    assert sum(fate is not None for fate in taken) == 31
    assert link.counts.overflowed == 69
    assert link.waiting(0.01) == pytest.approx(0.3)
    link.become(0.01, LinkModel(rate_bps=500_000))
    assert link.waiting(0.01) == pytest.approx(0.6)


def test_what_is_lost_on_the_way_took_its_time_on_the_line() -> None:
    link = Link(LinkModel(rate_bps=100_000, loss=1.0), seed=1)
    assert link.arrival(0.0, 1_250 - 28) is None
    assert link.waiting(0.0) == pytest.approx(0.1)


# ---- the relay -----------------------------------------------------------------------------------


class Echo(asyncio.DatagramProtocol):
    """A target that answers everything, and keeps who asked."""

    def __init__(self) -> None:
        self.came_from: list[int] = []
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.came_from.append(addr[1])
        self.transport.sendto(data, addr)


class Client(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.append(data)


@asynccontextmanager
async def relayed(**how: Any) -> AsyncIterator[tuple[UdpRelay, Client, Echo]]:
    loop = asyncio.get_running_loop()
    target, echo = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    address = target.get_extra_info("sockname")
    async with UdpRelay(address, seed=7, **how) as relay:
        own, client = await loop.create_datagram_endpoint(Client, remote_addr=("127.0.0.1", relay.port))
        try:
            yield relay, client, echo
        finally:
            own.close()
            target.close()


async def test_datagrams_go_there_and_back_after_their_delay() -> None:
    async with relayed(out=LinkModel(delay_s=0.05), back=LinkModel(delay_s=0.05)) as (_, client, _echo):
        began = time.monotonic()
        client.transport.sendto(b"a")
        await until(lambda: client.heard == [b"a"], "the answer")
        assert 0.09 < time.monotonic() - began < 0.4


async def test_a_blocked_line_swallows_and_one_that_passes_again_does_not() -> None:
    async with relayed() as (relay, client, _):
        client.transport.sendto(b"a")
        await until(lambda: client.heard == [b"a"], "the first")
        relay.blocked = True
        client.transport.sendto(b"b")
        await until(lambda: relay.counts.blocked == 1, "one swallowed")
        relay.blocked = False
        client.transport.sendto(b"c")
        await until(lambda: client.heard == [b"a", b"c"], "the third and not the second")


async def test_after_a_rebind_the_target_sees_another_port_and_the_old_one_is_deaf() -> None:
    async with relayed() as (relay, client, echo):
        client.transport.sendto(b"a")
        await until(lambda: client.heard, "the first")
        [old] = relay.outward_ports
        await relay.rebind()
        client.transport.sendto(b"b")
        await until(lambda: client.heard == [b"a", b"b"], "the second")
        assert echo.came_from == [old, relay.outward_ports[0]]
        assert old != relay.outward_ports[0]
        echo.transport.sendto(b"late", ("127.0.0.1", old))
        await until(lambda: relay.counts.stray == 1, "a stray one")
        assert client.heard == [b"a", b"b"]


async def test_a_bad_line_loses_its_share() -> None:
    async with relayed(out=LinkModel(loss=0.3)) as (relay, client, echo):
        for number in range(1_000):
            client.transport.sendto(str(number).encode())
            await asyncio.sleep(0)  # the loop takes one datagram a turn
        await until(lambda: relay.counts.lost + len(echo.came_from) == 1_000, "all accounted for")
        assert 230 < relay.counts.lost < 370


# ---- the proxy -----------------------------------------------------------------------------------


@asynccontextmanager
async def proxied() -> AsyncIterator[tuple[TcpProxy, asyncio.StreamReader, asyncio.StreamWriter]]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1_024):
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await echo(reader, writer)
        except OSError:
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    async with TcpProxy(server.sockets[0].getsockname(), seed=7) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        yield proxy, reader, writer
        writer.transport.abort()
    server.close()


async def say(writer: asyncio.StreamWriter, reader: asyncio.StreamReader, text: bytes, seconds: float = 2) -> bytes:
    writer.write(text)
    return await asyncio.wait_for(reader.readexactly(len(text)), seconds)


async def test_a_cut_line_is_reset_and_refuses_until_it_is_mended() -> None:
    async with proxied() as (proxy, reader, writer):
        assert await say(writer, reader, b"hello") == b"hello"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 2)
        again, other = await asyncio.open_connection("127.0.0.1", proxy.port)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(again.read(), 2)
        other.transport.abort()
        assert proxy.counts.refused == 1
        proxy.mend()
        mended, third = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await say(third, mended, b"back") == b"back"
        third.transport.abort()


async def test_a_stalled_line_says_nothing_and_delivers_afterwards() -> None:
    async with proxied() as (proxy, reader, writer):
        assert await say(writer, reader, b"hello") == b"hello"
        proxy.stall()
        with pytest.raises(TimeoutError):
            await say(writer, reader, b"late", 0.3)
        proxy.mend()
        assert await asyncio.wait_for(reader.readexactly(4), 2) == b"late"


async def test_a_half_open_line_swallows_while_a_new_one_passes() -> None:
    async with proxied() as (proxy, reader, writer):
        assert await say(writer, reader, b"hello") == b"hello"
        proxy.half_open()
        with pytest.raises(TimeoutError):
            await say(writer, reader, b"gone", 0.3)
        fresh, other = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await say(other, fresh, b"new") == b"new"
        other.transport.abort()


async def test_a_slow_line_takes_its_time() -> None:
    async with proxied() as (proxy, reader, writer):
        proxy.fault.bytes_per_s = 10_000
        began = time.monotonic()
        await say(writer, reader, bytes(1_000))
        assert time.monotonic() - began > 0.19  # there and back


async def test_a_connection_is_reset_after_so_many_bytes() -> None:
    async with proxied() as (proxy, reader, writer):
        proxy.fault.reset_after = 10
        assert await say(writer, reader, b"0123456789") == b"0123456789"
        with pytest.raises(ConnectionResetError):
            await say(writer, reader, b"x")


async def test_a_corrupt_line_changes_one_bit_of_a_piece() -> None:
    async with proxied() as (proxy, reader, writer):
        proxy.fault.corrupt = 1.0
        came = await say(writer, reader, bytes(100))  # there and back: at most two bits
        assert 0 <= sum(byte.bit_count() for byte in came) <= 2
        assert proxy.counts.corrupted == 2


# ---- both as a process ---------------------------------------------------------------------------


async def test_other_languages_steer_both_by_lines() -> None:
    lines = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.lines", "127.0.0.1", "9", "9", "1"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert lines.stdin is not None
    assert lines.stdout is not None

    async def wish(**what: object) -> Any:
        assert lines.stdin is not None
        assert lines.stdout is not None
        lines.stdin.write(json.dumps(what).encode() + b"\n")
        return json.loads(await asyncio.wait_for(lines.stdout.readline(), 5))

    ports = json.loads(await asyncio.wait_for(lines.stdout.readline(), 10))
    assert ports["tcp"] > 0
    assert ports["udp"] > 0
    for what in all_wishes():
        assert set(await wish(**what)) == {"tcp", "udp", "ports"}
    lines.stdin.close()
    assert await asyncio.wait_for(lines.wait(), 5) == 0


def all_wishes() -> Iterator[dict[str, Any]]:
    yield from ({"udp": word} for word in ("block", "pass", "rebind"))
    yield from ({"tcp": word} for word in ("cut", "reset", "half open", "stall", "mend"))
    yield {"udp": {"delay_s": 0.1, "bursts": {"enter": 0.1, "leave": 0.5, "inside": 1.0}}}
    yield {"tcp": {"bytes_per_s": 8_000, "corrupt": 0.1}}
    yield {}

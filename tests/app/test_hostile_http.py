"""Hostile HTTP against a server of its own: it answers, grows little, and serves the next one (S42)."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from pathlib import Path

from tests.support.server import a_server, fake_engine

SEED = 4_242
ROUNDS = 1_500
AT_ONCE = 20
MOST_GROWTH_MIB = 20
"""In an hour it may be 50; this is a short one, after warming up."""


def long_headers(dice: random.Random) -> bytes:
    return b"GET /duan HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * dice.randint(1, 4_000)) for n in range(50))


def endless_body(_: random.Random) -> bytes:
    return b"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 50_000


def chunks(dice: random.Random) -> bytes:
    head = b"POST /api/line-test HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"%x\r\n" % dice.randint(0, 2**40) + b"z" * 2_000


def smuggled(_: random.Random) -> bytes:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"


def half(dice: random.Random) -> bytes:
    return b"GET /duan HTTP/1.1\r\nHost: a\r\nX: "[: dice.randint(1, 30)]


def upgrade(dice: random.Random) -> bytes:
    return b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + (
        b"Sec-WebSocket-Key: %s\r\nOrigin: http://a\r\n\r\n" % dice.randbytes(16).hex().encode()
    )


def noise(dice: random.Random) -> bytes:
    return dice.randbytes(dice.randint(1, 5_000))


def traversal(dice: random.Random) -> bytes:
    path = "/".join(dice.choice(["..", "%2e%2e", "....", "\\", "%00", "etc"]) for _ in range(dice.randint(1, 200)))
    return f"GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    long_headers,
    endless_body,
    chunks,
    smuggled,
    half,
    upgrade,
    noise,
    traversal,
)


async def attack(host: str, port: int, dice: random.Random) -> bytes:
    """Say one hostile thing and give what comes back; the half of them hang up without listening."""
    with contextlib.suppress(OSError, TimeoutError):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(dice.choice(KINDS)(dice))
            await writer.drain()
            if dice.random() < 0.5:
                async with asyncio.timeout(0.3):
                    return await reader.read(2_000)
        finally:
            writer.transport.abort()
    return b""


async def attack_all(host: str, port: int, rounds: int, seed: int) -> list[bytes]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> bytes:
        async with slots:
            return await attack(host, port, random.Random(seed + number))

    return await asyncio.gather(*(one(number) for number in range(rounds)))


def memory_mib(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("\nPss:")[2].split()[0]) / 1024


def test_S42_hostile_http_grows_no_memory_and_stops_nobody(tmp_path: Path) -> None:
    with a_server(tmp_path, {"rtc": {"binary": str(fake_engine(tmp_path))}}) as server:
        server.start()
        host, _, port = server.settings["http"]["listen"].rpartition(":")
        asyncio.run(attack_all(host, int(port), ROUNDS // 3, SEED))
        before = memory_mib(server.pid)
        answers = asyncio.run(attack_all(host, int(port), ROUNDS, SEED + 10_000))
        grown = memory_mib(server.pid) - before
        assert server.get(f"{server.url}/duan")[0] == 200
        metrics = server.get(server.watch("/metrics"))[1]
        said = server.output.read_text()
    statuses = {answer.split()[1] for answer in answers if answer.startswith(b"HTTP/1.")}
    assert {b"400", b"403"} <= statuses
    assert [one for one in statuses if one.startswith(b"5")] == []
    assert [answer for answer in answers if b"Traceback" in answer or b"aiohttp" in answer.lower()] == []
    assert "hoptt_bugs_total 0.0" in metrics
    assert "Traceback" not in said
    assert said.count("\n") < 50, "a line for each of them fills the disk"
    assert grown < MOST_GROWTH_MIB

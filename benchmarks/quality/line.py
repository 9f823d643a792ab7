"""A line as a process: `python -m benchmarks.quality.line PORT SAMPLES SEED`, in a network of its own (scripts/netns).

It goes into a network that has nothing but the far end of the line; `nsenter --net=/proc/PID/ns/net` follows it. It
says `{"pid": …, "door": …}`: from afar `10.98.0.1:door` leads to `127.0.0.1:PORT` of the near side. Then it answers
each wish on standard input, such as `{"down": {"rate_bps": 600000, "delay_s": 0.05}, "up": {"delay_s": 0.05}}`
(tests/support/link.py), with when it was done, in milliseconds since 1970. It ends with its input, and
writes what it saw every tenth of a second to SAMPLES.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import select
import sys
import time
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from tests.support.link import Link, LinkModel
from tests.support.tcp_proxy import TcpProxy

from benchmarks.quality.tun import MTU, NEAR, cross
from benchmarks.quality.wire import SAMPLE_S, Way, model


def main(port: int, samples: Path, seed: int) -> None:
    """Serve wishes until standard input ends."""
    # A process of its own: it stays near, and the line waits for no thread that has been put aside with Python's lock.
    processes = multiprocessing.get_context("fork")
    ready = processes.Event()
    door: SimpleQueue[int] = processes.SimpleQueue()
    processes.Process(target=_keep_door, args=(port, ready, door), daemon=True).start()
    near, far = cross()
    ready.set()
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))  # a line that waits for a core is another line
    say({"pid": os.getpid(), "door": door.get()})
    kept: list[dict[str, Any]] = []  # written at the end: a disk may take its time
    carry(near, far, down=Way(Link(LinkModel(), seed)), up=Way(Link(LinkModel(), seed + 1)), kept=kept)
    samples.write_text("".join(json.dumps(one) + "\n" for one in kept))


def _keep_door(port: int, ready: Event, told: SimpleQueue[int]) -> None:
    ready.wait()  # its address is there once the line is
    asyncio.run(_door(port, told))


async def _door(port: int, told: SimpleQueue[int]) -> None:
    async with TcpProxy(("127.0.0.1", port), seed=1, listen=NEAR) as proxy:
        told.put(proxy.port)
        await asyncio.Event().wait()


def carry(near: int, far: int, *, down: Way, up: Way, kept: list[dict[str, Any]]) -> None:
    """Carry packets from the near end down to the far one, and up again, until standard input ends."""
    ways = {near: (down, far), far: (up, near)}
    sample_at = time.monotonic() + SAMPLE_S
    while True:
        now = time.monotonic()
        due = [at for at in (down.next_at(), up.next_at()) if at is not None]
        ready, _, _ = select.select([near, far, sys.stdin], [], [], max(min([sample_at, *due]) - now, 0))
        for end in (near, far):
            way, other = ways[end]
            if end in ready:
                with contextlib.suppress(BlockingIOError):
                    while packet := os.read(end, MTU):
                        way.take(time.monotonic(), packet)
            for packet in way.due(time.monotonic()):
                with contextlib.suppress(OSError):  # who it is for has gone
                    os.write(other, packet)
        if sys.stdin in ready:
            line = sys.stdin.readline()
            if not line:
                return
            become(json.loads(line), down, up)
            say({"at_ms": time.time() * 1_000})
        if (now := time.monotonic()) >= sample_at:
            sample_at = max(sample_at + SAMPLE_S, now)
            kept.append({"at_ms": round(time.time() * 1_000), "down": down.sample(now), "up": up.sample(now)})


def become(wish: dict[str, Any], down: Way, up: Way) -> None:
    """Do what is wished."""
    now = time.monotonic()
    for name, way in (("down", down), ("up", up)):
        if name in wish:
            way.link.become(now, model(wish[name]))


def say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))

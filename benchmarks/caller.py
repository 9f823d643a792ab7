"""Calls an API so many times a second: `python -m benchmarks.caller URL --rate 1000`, until standard input ends.

HTTP/1.1 over lines that are kept. Each call is timed from when it was due: a server that is late cannot hide it.
Tells `{"event": "calling"}` when all lines are there, and at the end how it went.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from urllib.parse import urlsplit

LINES = 16
"""A call waits for its line: more lines than that only move the waiting."""


class Calls:
    """All of them, and how long answers took."""

    def __init__(self, host: str, port: int, path: str, rate: float) -> None:
        self._host, self._port, self._every = host, port, LINES / rate
        self._request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        self.ms: list[float] = []
        self.refused = 0

    async def run(self, over: asyncio.Event) -> None:
        """Call until it is over."""
        lines = [await asyncio.open_connection(self._host, self._port) for _ in range(LINES)]
        _say({"event": "calling"})
        start = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number, (reader, writer) in enumerate(lines):
                first = start + self._every * number / LINES
                tasks.create_task(self._call(reader, writer, first, over))

    async def _call(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, due: float, over: asyncio.Event
    ) -> None:
        while not over.is_set():
            await asyncio.sleep(max(due - time.monotonic(), 0.0))
            writer.write(self._request)
            status = await reader.readline()
            length = 0
            while (header := await reader.readline()) not in (b"\r\n", b""):
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            await reader.readexactly(length)
            self.ms.append((time.monotonic() - due) * 1e3)
            self.refused += b" 200 " not in status
            due += self._every
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def call(url: str, rate: float) -> None:
    """Call until standard input ends, and tell how it went."""
    parts = urlsplit(url)
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.run_in_executor(None, lambda: (sys.stdin.read(), loop.call_soon_threadsafe(over.set)))
    calls = Calls(parts.hostname or "", parts.port or 80, parts.path, rate)
    began = time.monotonic()
    await calls.run(over)
    took, answered = time.monotonic() - began, sorted(calls.ms)
    _say(
        {
            "event": "called",
            "calls": len(answered),
            "per_second": len(answered) / took,
            "refused": calls.refused,
            "p50_ms": answered[len(answered) // 2],
            "p99_ms": answered[len(answered) * 99 // 100],
        }
    )


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.caller", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, default=1_000.0)
    asked = parser.parse_args()
    asyncio.run(call(asked.url, asked.rate))

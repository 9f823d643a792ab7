"""A crowd of light pages in a process of its own: WebSockets that come in, write in the chat, and count what they read.

`python -m tests.support.crowd PORT` reads orders from standard input, one JSON object a line, and answers each so:
`{"do": "come", "room": …, "count": …}` brings guests into an open room, and `{"do": "talk", "lines_per_s": …,
"seconds": …}` lets them write, each in turn, and tells how much was written and read. When the input ends, everybody
is gone.

A page is a TCP connection that knows as much of RFC 6455 as a server sends it: a client of a library costs as much as
the server that is to be measured.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, cast

import uvloop

from hoptt.signaling.messages import PROTOCOL

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
COMING_AT_ONCE = 8
COMES_WITHIN_S = 60.0
READ_WITHIN_S = 20.0
"""After the last line was written."""


class Page(asyncio.Protocol):
    """One of them. `said` counts the lines of the chat that it read."""

    def __init__(self, number: int, port: int) -> None:
        self.said = 0
        self.refused: Counter[str] = Counter()
        self.inside: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._number = number
        self._host = f"127.0.0.1:{port}"
        self._buffer = bytearray()
        self._upgraded = False
        self._id = 0

    def come(self, room: str) -> None:
        """Ask to come in, as a guest with a name of their own."""
        number = self._number
        name = {"bridge_point": f"Điểm cầu {number}", "name": f"Nguyễn Thử {number}", "unit": f"Đơn vị {number}"}
        self._ask({"type": "join", "protocol": PROTOCOL, "room": room, "name": name})

    def say(self, text: str) -> None:
        """Write a line to everybody."""
        self._ask({"type": "say", "to": "all", "text": text})

    def _ask(self, command: dict[str, Any]) -> None:
        self._id += 1
        self._send(TEXT, json.dumps({**command, "id": self._id}).encode())

    def _send(self, kind: int, data: bytes) -> None:
        """A mask of zeros is one, and leaves the text as it is."""
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack("!H", len(data))
        self._transport.write(bytes([0x80 | kind]) + length + bytes(4) + data)

    # ---- asyncio.Protocol --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast("asyncio.Transport", transport)  # uvloop's is of no class of asyncio's
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /ws HTTP/1.1\r\nHost: {self._host}\r\nOrigin: http://{self._host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._over(head.decode())
                return
            self._upgraded, self._buffer = True, rest
        at = 0
        while (frame := _frame(self._buffer, at)) is not None:
            kind, begin, at = frame
            self._take(kind, bytes(self._buffer[begin:at]))
        del self._buffer[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        self._over(f"the line is gone: {exc}")

    def _take(self, kind: int, data: bytes) -> None:
        if kind == PING:
            self._send(PONG, data)
        elif kind == CLOSE:
            self._over(f"closed: {data!r}")
        elif data.startswith(b'{"type":"events"'):
            self.said += data.count(b'"type":"said"')
        elif data.startswith(b'{"type":"ok"'):
            if not self.inside.done():
                self.inside.set_result(None)
        elif data.startswith(b'{"type":"refused"'):
            self.refused[json.loads(data)["code"]] += 1
            if not self.inside.done():
                self.inside.set_exception(ConnectionError(data.decode()))

    def _over(self, why: str) -> None:
        if not self.inside.done():
            self.inside.set_exception(ConnectionError(why))
        self.refused["gone"] += 1


def _frame(buffer: bytearray, at: int) -> tuple[int, int, int] | None:
    """Give kind, beginning and end of the frame there; None until all of it has come."""
    if len(buffer) < at + 2:
        return None
    length, begin = buffer[at + 1], at + 2
    if length == 126:
        if len(buffer) < at + 4:
            return None
        [length], begin = struct.unpack_from("!H", buffer, at + 2), at + 4
    elif length == 127:
        if len(buffer) < at + 10:
            return None
        [length], begin = struct.unpack_from("!Q", buffer, at + 2), at + 10
    return None if len(buffer) < begin + length else (buffer[at] & 0x0F, begin, begin + length)


class Crowd:
    """All of them, by room."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._rooms: dict[str, list[Page]] = {}
        self._came = 0

    async def come(self, room: str, count: int) -> dict[str, Any]:
        """Bring guests in, some at a time."""
        at_once = asyncio.Semaphore(COMING_AT_ONCE)
        began = time.monotonic()

        async def one(number: int) -> Page:
            async with at_once:
                loop = asyncio.get_running_loop()
                _, page = await loop.create_connection(lambda: Page(number, self._port), "127.0.0.1", self._port)
                page.come(room)
                async with asyncio.timeout(COMES_WITHIN_S):
                    await page.inside
                return page

        pages = await asyncio.gather(*(one(self._came + n + 1) for n in range(count)))
        self._came += count
        self._rooms.setdefault(room, []).extend(pages)
        return {"came": len(pages), "seconds": time.monotonic() - began}

    async def talk(self, lines_per_s: float, seconds: float) -> dict[str, Any]:
        """Let them write, room by room and each in turn; ends when all of it was read, or is not."""
        before = {page: page.said for pages in self._rooms.values() for page in pages}
        began, written = time.monotonic(), Counter[str]()
        rooms = list(self._rooms)
        for number in range(round(lines_per_s * seconds)):
            await asyncio.sleep(max(0.0, began + number / lines_per_s - time.monotonic()))
            room = rooms[number % len(rooms)]
            pages = self._rooms[room]
            pages[written[room] % len(pages)].say(f"Dòng {number}: đề nghị chủ trì cho biết thứ tự báo cáo.")
            written[room] += 1
        took, until = time.monotonic() - began, time.monotonic() + READ_WITHIN_S

        def missing() -> int:
            return sum(
                written[room] - (page.said - before[page]) for room, pages in self._rooms.items() for page in pages
            )

        while missing() and time.monotonic() < until:
            await asyncio.sleep(0.05)
        refused = sum((page.refused for page in before), Counter[str]())
        return {"written": sum(written.values()), "seconds": took, "unread": missing(), "refused": refused}


async def obey(port: int) -> None:
    """Do what is asked until the input ends."""
    crowd = Crowd(port)
    deeds: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {"come": crowd.come, "talk": crowd.talk}
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        told = await deeds[order.pop("do")](**order)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    uvloop.run(obey(int(sys.argv[1])))

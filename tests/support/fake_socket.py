"""A page at the server's end of a WebSocket, without a network: for many sequences in little time."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

from aiohttp import WSMessage, WSMsgType, web
from tests.support.pages import until

from hoptt.signaling.connection import Connection, Doors
from hoptt.signaling.doorkeeper import Visit


class FakeSocket:
    """As much of `web.WebSocketResponse` as a connection uses."""

    def __init__(self) -> None:
        self.close_code: int | None = None
        self.texts: list[bytes] = []
        self.pings = 0
        self.reads = asyncio.Event()
        """While it is not set, nothing can be sent: a reader that does not read."""
        self.reads.set()
        self._frames: asyncio.Queue[WSMessage] = asyncio.Queue()
        self._cut = asyncio.Event()

    async def receive(self) -> WSMessage:
        return await self._frames.get()

    async def send_frame(self, data: bytes, kind: WSMsgType) -> None:
        await self.reads.wait()
        if self._cut.is_set():
            raise ConnectionResetError
        if kind is WSMsgType.TEXT:
            self.texts.append(data)
        elif kind is WSMsgType.PING:
            self.pings += 1

    async def close(self, *, code: int) -> bool:
        await self.reads.wait()
        if self._cut.is_set():
            return False
        self.close_code = code
        self.put(WSMsgType.CLOSED)
        return True

    def put(self, kind: WSMsgType, data: str | bytes | None = None) -> None:
        self._frames.put_nowait(WSMessage(kind, data, None))

    def cut(self) -> None:
        self._cut.set()
        self.reads.set()
        self.put(WSMsgType.CLOSED)


class FakePage:
    """One connection with its far end in hand."""

    def __init__(self, doors: Doors, visit: Visit | None = None) -> None:
        self.socket = FakeSocket()
        self.line = Connection(
            cast("web.WebSocketResponse", self.socket), self.socket.cut, visit or Visit("192.0.2.1"), doors
        )
        self.last_id = 0
        self.task = asyncio.get_running_loop().create_task(self.line.run())

    @property
    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.socket.texts]

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [one for one in self.heard if one["type"] == type_]

    @property
    def answers(self) -> dict[int, list[dict[str, Any]]]:
        found: dict[int, list[dict[str, Any]]] = {}
        for one in self.heard:
            if one["type"] in ("ok", "refused"):
                found.setdefault(one["id"], []).append(one)
        return found

    @property
    def closed(self) -> bool:
        return self.task.done()

    def say(self, message: object) -> None:
        """Say anything; text as it is."""
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        self.socket.put(WSMsgType.TEXT, text)

    def ask_soon(self, type_: str, **fields: Any) -> int:
        """Ask something and do not wait; gives its id."""
        self.last_id += 1
        self.say({"type": type_, "id": self.last_id, **fields})
        return self.last_id

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Ask something and wait for its one answer."""
        number = self.ask_soon(type_, **fields)
        await until(lambda: number in self.answers or self.closed, f"an answer to {type_}")
        [answer] = self.answers[number]
        return answer

    async def drop(self) -> None:
        """Break the line."""
        self.socket.cut()
        await self.task

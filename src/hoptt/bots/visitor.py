"""A participant's WebSocket, from the other side: commands and their answers, events and signals as they come."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Self, TypeVar

import aiohttp
import msgspec

from hoptt.errors import ErrorCode, HopttError
from hoptt.signaling.messages import MAX_SDP_MESSAGE_BYTES, Command, Message, Ok, Refused, Result, ToPage

Answered = TypeVar("Answered", bound=Message)
ANSWER_SECONDS = 10.0


class Visitor:
    """Made by `connect`. `hear` gets every message but answers, on the loop; `closed` is set at the end."""

    def __init__(
        self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse, hear: Callable[[ToPage], None]
    ) -> None:
        self.closed = asyncio.Event()
        self._session = session
        self._socket = socket
        self._hear = hear
        self._last_id = 0
        self._pending: dict[int, asyncio.Future[Ok]] = {}
        self._task = asyncio.get_running_loop().create_task(self._listen())

    @classmethod
    async def connect(cls, url: str, hear: Callable[[ToPage], None]) -> Self:
        """Open a WebSocket to the server at `url` (http or https). Raises OSError."""
        session = aiohttp.ClientSession()
        try:
            socket = await session.ws_connect(
                url.rstrip("/") + "/ws",
                origin=url.rstrip("/"),
                heartbeat=5,
                max_msg_size=MAX_SDP_MESSAGE_BYTES * 4,
            )
        except aiohttp.ClientError as fault:
            await session.close()
            raise ConnectionError(f"no hoptt answers at {url}: {fault}") from fault
        except BaseException:
            await session.close()
            raise
        return cls(session, socket, hear)

    async def ask(self, command: Command, result: type[Answered]) -> Answered:
        """Send a command (its id is given here) and wait for a result of that type.

        Raises HopttError as the server refused, ConnectionError when the line ends before the answer.
        """
        answer = await self.ask_any(command)
        if not isinstance(answer, result):
            raise HopttError(ErrorCode.MESSAGE_UNEXPECTED, f"answered with {type(answer).__name__}")
        return answer

    async def ask_any(self, command: Command) -> Result:
        """Send a command and wait for whatever result it has."""
        self._last_id += 1
        answer: asyncio.Future[Ok] = asyncio.get_running_loop().create_future()
        self._pending[self._last_id] = answer
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if self.closed.is_set():
                    raise ConnectionError("the line is closed")
                numbered = msgspec.structs.replace(command, id=self._last_id)
                await self._socket.send_str(msgspec.json.encode(numbered).decode())
                return (await answer).result
        finally:
            self._pending.pop(self._last_id, None)

    async def say(self, text: str) -> None:
        """Send any text: what no honest page would."""
        await self._socket.send_str(text)

    async def close(self) -> None:
        """Close the line; the seat is kept for its time."""
        await self._socket.close()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._session.close()

    async def _listen(self) -> None:
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(_DECODER.decode(message.data))
        finally:
            self.closed.set()
            for waiting in self._pending.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError("the line ended before the answer"))

    def _take(self, message: ToPage) -> None:
        match message:
            case Ok():
                waiting = self._pending.get(message.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
            case Refused():
                waiting = self._pending.get(message.id)
                if waiting is not None and not waiting.done():
                    waiting.set_exception(_refusal(message))
            case _:
                self._hear(message)


def _refusal(message: Refused) -> HopttError:
    details = message.faults[0].details if message.faults else {}
    return HopttError(ErrorCode(message.code), message.message, details=details)


_DECODER: msgspec.json.Decoder[ToPage] = msgspec.json.Decoder(ToPage)

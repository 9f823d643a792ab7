"""One connection to the engine: frames out, answers by id, events in the order in which they came."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import msgspec
import structlog

from hoptt import patience
from hoptt.errors import ErrorCode, HopttError
from hoptt.sfu.frames import (
    MAX_SAID_BYTES,
    PROTOCOL,
    Command,
    Done,
    FromEngine,
    Hello,
    LayersWanted,
    Levels,
    Limits,
    Refused,
    SlotMapped,
    Snapshot,
    Stats,
    Superseded,
    TrackDown,
    TrackUp,
    TransportChanged,
    TransportCreated,
    Welcome,
)

Reply = Done | TransportCreated | Snapshot
Event = TransportChanged | TrackUp | TrackDown | SlotMapped | LayersWanted | Limits | Levels | Stats

ANSWER_SECONDS = patience.ENGINE_ANSWER_S
MAX_PENDING = 4_096
READ_AHEAD_BYTES = 1024 * 1024
MAX_UNSENT_BYTES = 8 * 1024 * 1024

log = structlog.get_logger(__name__)


class EngineAbsentError(Exception):
    """Nobody answers at the socket."""


class EngineHungError(Exception):
    """Somebody holds the socket and does not answer; `pid` is theirs where the kernel told it."""

    def __init__(self, pid: int | None) -> None:
        super().__init__("the media engine does not answer")
        self.pid = pid


class SupersededError(Exception):
    """The engine refused this controller: another one has a higher epoch, or the version is not spoken."""


class RefusedByEngineError(HopttError):
    """The engine refused a command; `reason` is its own code for that."""

    def __init__(self, answer: Refused) -> None:
        super().__init__(ErrorCode.NOT_POSSIBLE, f"the media engine refused: {answer.message}")
        self.reason = answer.code


class EngineClient:
    """Made by `connect`. `hear` gets each event on the loop, in order, and never blocks."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int, hear: Callable[[Event], None]
    ) -> None:
        self.pid = pid
        self.welcome: Welcome
        self.superseded = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reader = reader
        self._writer = writer
        self._hear = hear
        self._last_id = 0
        self._pending: dict[int, tuple[asyncio.Future[Reply] | None, Callable[[Reply], None] | None]] = {}
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, path: Path, *, epoch: int, grace_ms: int, hear: Callable[[Event], None]) -> Self:
        """Connect and say hello. Raises EngineAbsentError, EngineHungError, SupersededError."""
        pid: int | None = None
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.setblocking(False)
        client: Self | None = None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.get_running_loop().sock_connect(line, str(path))
                pid = _peer_of(line)
                reader, writer = await asyncio.open_unix_connection(sock=line, limit=READ_AHEAD_BYTES)
                client = cls(reader, writer, pid, hear)
                await client._greet(Hello(version=PROTOCOL, epoch=epoch, grace_ms=grace_ms))
        except BaseException as fault:
            if client is None:
                line.close()
            else:
                client._writer.transport.abort()
            if isinstance(fault, TimeoutError):
                raise EngineHungError(pid) from fault
            if isinstance(fault, (OSError, EOFError, msgspec.DecodeError)):
                raise EngineAbsentError(str(fault)) from fault
            raise
        client._task = asyncio.get_running_loop().create_task(client._run())
        return client

    async def ask(
        self, command: Command, then: Callable[[Reply], None] | None = None, *, within: float | None = None
    ) -> Reply:
        """Send a command, written before the first wait, and give its answer.

        `then` gets the answer before any event that came after it; `within` are seconds (ANSWER_SECONDS). Raises
        HopttError(ENGINE_AWAY) without an answer in time, RefusedByEngineError.
        """
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        number = self._send(command, answer, then)
        try:
            async with asyncio.timeout(ANSWER_SECONDS if within is None else within):
                return await answer
        except TimeoutError as late:
            raise HopttError(ErrorCode.ENGINE_AWAY, "the media engine does not answer") from late
        finally:
            self._pending.pop(number, None)

    def tell(self, command: Command) -> None:
        """Send a command whose answer nobody waits for. Raises HopttError(ENGINE_AWAY) when the line is gone."""
        self._send(command, None, None)

    async def close(self) -> None:
        """Close the connection; the engine goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    # ---- within ------------------------------------------------------------------------------------

    async def _greet(self, hello: Hello) -> None:
        self._write(hello)
        first = await self._read()
        if isinstance(first, Superseded):
            raise SupersededError(first.reason)
        if not isinstance(first, Welcome):
            raise EngineHungError(self.pid)
        self.welcome = first

    def _send(
        self, command: Command, answer: asyncio.Future[Reply] | None, then: Callable[[Reply], None] | None
    ) -> int:
        if self.closed.done():
            raise HopttError(ErrorCode.ENGINE_AWAY, "the media engine is away")
        if len(self._pending) >= MAX_PENDING or self._writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            raise HopttError(ErrorCode.ENGINE_AWAY, "the media engine does not keep up")
        self._last_id += 1
        self._pending[self._last_id] = (answer, then)
        self._write(msgspec.structs.replace(command, id=self._last_id))
        return self._last_id

    def _write(self, frame: msgspec.Struct) -> None:
        payload = _ENCODER.encode(frame)
        self._writer.write(len(payload).to_bytes(4, "big") + payload)

    async def _read(self) -> FromEngine:
        length = int.from_bytes(await self._reader.readexactly(4), "big")
        if length > MAX_SAID_BYTES:
            raise EOFError("a frame that is too long")
        frame: FromEngine = _DECODER.decode(await self._reader.readexactly(length))
        return frame

    async def _run(self) -> None:
        try:
            while True:
                frame = await self._read()
                match frame:
                    case Done() | Refused() | TransportCreated() | Snapshot():
                        self._answered(frame)
                    case Superseded():
                        self.superseded = True
                        break
                    case Welcome():
                        break  # a second hello is not in the protocol
                    case _:
                        self._hear(frame)
        except (OSError, EOFError, msgspec.DecodeError):
            pass  # the line is gone, or speaks nonsense: both end it
        finally:
            self.closed.set_result(None)
            self._writer.close()
            for waiting, _ in self._pending.values():
                if waiting is not None and not waiting.done():
                    waiting.set_exception(HopttError(ErrorCode.ENGINE_AWAY, "the media engine went away"))
            self._pending.clear()

    def _answered(self, frame: Reply | Refused) -> None:
        waiting, then = self._pending.pop(frame.id, (None, None))
        if isinstance(frame, Refused):
            if waiting is None:
                log.warning("engine refused", code=frame.code, reason=frame.message)
            elif not waiting.done():
                waiting.set_exception(RefusedByEngineError(frame))
            return
        if then is not None:
            then(frame)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)


def _peer_of(line: socket.socket) -> int:
    """Give the pid at the other end. Raises ConnectionError for a process of somebody else (S22)."""
    pid, uid, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    if uid != os.geteuid():
        raise ConnectionError("the socket belongs to another user")
    return int(pid)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(FromEngine)

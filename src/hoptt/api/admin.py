"""The admin socket: how the CLI reaches a running server. A Unix socket in the data folder, for its owner alone.

One request a connection: a JSON object and a line break, answered by one line: `{"told": …}` or
`{"refused": {"code": …, "message": …}}`. The peer must run as the server's user, or as root.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import structlog

from hoptt.api.office_words import Asked, Told
from hoptt.errors import ErrorCode, HopttError

MAX_LINE = 2 * 1024 * 1024
"""An invitation list of a thousand rows fits in."""
ASK_SECONDS = 10.0
ANSWER_SECONDS = 30.0
MAX_AT_ONCE = 16

log = structlog.get_logger(__name__)


class _Refusal(msgspec.Struct, frozen=True):
    code: str
    message: str


class _Reply(msgspec.Struct, frozen=True):
    told: Told | None = None
    refused: _Refusal | None = None


class AdminSocket:
    """The server's side. Use as: `await socket.open()`, at the end `await socket.close()`."""

    def __init__(self, path: Path, do: Callable[[Asked], Awaitable[Told]]) -> None:
        self._path = path
        self._do = do
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen. A file that is left over is replaced: the lock on the data folder says that nobody uses it."""
        self._path.unlink(missing_ok=True)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            opened.bind(str(self._path))
        except OSError as fault:
            opened.close()
            raise HopttError(
                ErrorCode.CONFIG_INVALID, f"the admin socket {self._path} cannot be made: {fault.strerror or fault}"
            ) from fault
        finally:
            os.umask(mask)
        self._server = await asyncio.start_unix_server(self._line, sock=opened, limit=MAX_LINE)

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a connection is served by a task"
        self._lines.add(task)
        try:
            if len(self._lines) <= MAX_AT_ONCE and _peer_may(writer.get_extra_info("socket")):
                async with asyncio.timeout(ASK_SECONDS):
                    line = await reader.readline()
                writer.write(msgspec.json.encode(await self._answer(line)) + b"\n")
                async with asyncio.timeout(ASK_SECONDS):
                    await writer.drain()
        except (OSError, ValueError, TimeoutError):
            pass  # gone, silent, or a line without an end
        finally:
            self._lines.discard(task)
            writer.close()

    async def _answer(self, line: bytes) -> _Reply:
        try:
            return _Reply(told=await self._do(_ASKED.decode(line)))
        except msgspec.DecodeError as fault:
            return _Reply(refused=_Refusal(ErrorCode.MESSAGE_MALFORMED, str(fault)))
        except HopttError as fault:
            return _Reply(refused=_Refusal(fault.code, fault.message))
        except Exception:
            log.exception("bug in an act of the administrator")
            return _Reply(refused=_Refusal(ErrorCode.INTERNAL, "a fault of the server: see its log"))


async def ask_server(path: Path, asked: Asked) -> Told | None:
    """Ask the running server; None when none listens at this socket. Raises HopttError as it refuses."""
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=MAX_LINE)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except OSError as fault:
        raise HopttError(
            ErrorCode.NOT_ALLOWED, f"the admin socket {path} cannot be used ({fault.strerror}): run as hoptt's user"
        ) from fault
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            writer.write(msgspec.json.encode(asked) + b"\n")
            await writer.drain()
            line = await reader.readline()
        reply = _REPLY.decode(line)
    except (OSError, ValueError, TimeoutError) as fault:
        raise HopttError(ErrorCode.INTERNAL, "the server did not answer: see its log") from fault
    finally:
        writer.close()
    if reply.refused is not None:
        raise HopttError(ErrorCode(reply.refused.code), reply.refused.message)
    return reply.told


def _peer_may(line: socket.socket) -> bool:
    """Tell whether the other end runs as our user or as root."""
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return uid in (os.geteuid(), 0)


_ASKED: msgspec.json.Decoder[Asked] = msgspec.json.Decoder(Asked)
_REPLY = msgspec.json.Decoder(_Reply)

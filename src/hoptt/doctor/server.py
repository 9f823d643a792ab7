"""The server that runs with this data folder, if one does, and whether it answers."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from hoptt.app.data_dir import DataDir
from hoptt.config import Config, Listen
from hoptt.doctor import words
from hoptt.doctor.making import fail, ok
from hoptt.probe.findings import Finding
from hoptt.sfu.process import EngineSettings, running

ANSWER_S = 3.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running control plane and its engine."""

    pid: int
    engine: int | None


def server_of(config: Config) -> Server | None:
    """Find the server: who listens at the admin socket is alive, and the lock says which process that is."""
    folder = DataDir(config.data.dir.absolute())
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as line:
        try:
            line.settimeout(ANSWER_S)
            line.connect(str(folder.admin_socket))
            pid = int(Path(folder.lock).read_text())
        except (OSError, ValueError):
            return None
    return Server(pid, running(EngineSettings(folder.root, port=config.rtc.port)))


async def server_findings(config: Config, server: Server | None) -> AsyncIterator[Finding]:
    """Ask the server how it is."""
    if server is None:
        yield ok("server", "server.down", words.SERVER_DOWN)
        return
    listen = config.metrics.listen
    try:
        async with asking(listen) as session, session.get(f"{url_of(listen)}/readyz") as answer:
            ready = answer.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        yield fail("server", "server.silent", words.SERVER_SILENT, pid=server.pid, listen=str(listen))
        return
    if ready:
        yield ok("server", "server.runs", words.SERVER_RUNS, pid=server.pid)
    else:
        yield fail("server", "server.not_ready", words.SERVER_NOT_READY, pid=server.pid)


def asking(listen: Listen, **headers: str) -> aiohttp.ClientSession:
    """Give a client for a listener of this machine."""
    connector = (
        aiohttp.TCPConnector(force_close=True)
        if listen.path is None
        else aiohttp.UnixConnector(str(listen.path), force_close=True)
    )
    return aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=ANSWER_S), headers=headers or None
    )


def url_of(listen: Listen) -> str:
    """Give the address at which this machine reaches a listener of its own."""
    if listen.path is not None:
        return "http://localhost"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)
    return f"http://[{host}]:{listen.port}" if ":" in host else f"http://{host}:{listen.port}"

"""The ports: free, held by hoptt, or taken by somebody."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hoptt.config import Config, Listen
from hoptt.doctor import words
from hoptt.doctor.making import fail, ok, warn
from hoptt.doctor.server import Server
from hoptt.probe.findings import Finding

LISTENING = {"tcp": "0A", "udp": "07"}
"""The states in the kernel's tables."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place at which hoptt listens by this configuration."""

    key: str
    listen: Listen
    protocol: str

    @property
    def shown(self) -> str:
        return f"{self.listen.port}/{self.protocol}" if self.key == "rtc.port" else str(self.listen)


def ports(config: Config, server: Server | None) -> Iterator[Finding]:
    """Look at each."""
    wanted = [Wanted("http.listen", config.http.listen, "tcp"), Wanted("metrics.listen", config.metrics.listen, "tcp")]
    if config.https.listen is not None:
        wanted.append(Wanted("https.listen", config.https.listen, "tcp"))
    wanted += [Wanted("rtc.port", Listen("0.0.0.0", config.rtc.port), protocol) for protocol in ("udp", "tcp")]
    for one in wanted:
        if one.listen.path is None:
            yield _port(one, server)


def _port(wanted: Wanted, server: Server | None) -> Finding:
    values = {"key": wanted.key, "listen": wanted.shown}
    fault = _tried(wanted)
    if fault is None:
        return ok("port", "port.free", words.PORT_FREE, **values)
    if fault == errno.EACCES:
        return fail("port", "port.forbidden", words.PORT_FORBIDDEN, **values)
    if fault == errno.EADDRNOTAVAIL:
        return fail("port", "port.not_here", words.PORT_NOT_HERE, **values)
    holders = holders_of(wanted.protocol, wanted.listen.port)
    ours = set() if server is None else {server.pid, server.engine}
    if ours & set(holders):
        return ok("port", "port.ours", words.PORT_OURS, **values)
    named = ", ".join(f"{_program(pid)} (pid {pid})" for pid in holders) or "?"
    # Another user's process is not seen: where our server runs, it is most likely its own.
    made = warn if not holders and server is not None else fail
    return made("port", "port.taken", words.PORT_TAKEN, holder=named, **values)


def _tried(wanted: Wanted) -> int | None:
    """Bind, as the server would, and give the error; nothing listens, and nothing is left."""
    listen = wanted.listen
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    kind = socket.SOCK_DGRAM if wanted.protocol == "udp" else socket.SOCK_STREAM
    try:
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(listen.host != "::"))
            probe.bind(("127.0.0.1" if listen.host == "localhost" else listen.host, listen.port))
    except OSError as fault:
        return fault.errno
    return None


def holders_of(protocol: str, port: int) -> list[int]:
    """Give the processes that have a port open, of those that may be looked at."""
    inodes = set()
    for family in ("", "6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/net/{protocol}{family}").read_text().splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rpartition(":")[2], 16) == port and fields[3] == LISTENING[protocol]:
                    inodes.add(f"socket:[{fields[9]}]")
    found = []
    for process in Path("/proc").iterdir() if inodes else ():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                if any(os.readlink(handle) in inodes for handle in (process / "fd").iterdir()):
                    found.append(int(process.name))
    return sorted(found)


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "?"

"""Versions, limits and the clock of this machine."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
import resource
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from hoptt.api.page import load_page
from hoptt.api.web import PAGE
from hoptt.config import Config
from hoptt.doctor import words
from hoptt.doctor.folder import in_bytes
from hoptt.doctor.making import fail, ok, warn
from hoptt.errors import HopttError
from hoptt.probe.findings import Finding
from hoptt.sfu.process import EngineSettings, find_binary

FEW_FILES = 4_096
FILES_BESIDE = 128
"""Descriptors that the control plane has besides one for each WebSocket."""
WANTED_BUFFER_BYTES = 8 * 1024 * 1024
"""What the engine asks for (`SOCKET_BUFFER_BYTES` of media/io)."""
STEP_BACK = timedelta(minutes=1)
UNSYNCHRONISED = 0x40
"""STA_UNSYNC of adjtimex(2)."""
STATUS_AT = 40
"""Where `status` lies in struct timex, with longs of 8 bytes."""
ENGINE_S = 5.0


def versions(config: Config) -> Iterator[Finding]:
    """Look at what is installed: control plane, engine, page."""
    own = version("hoptt")
    system = f"{_system()}, Linux {platform.release()}"
    yield ok("version", "version.hoptt", words.VERSIONS, version=own, python=platform.python_version(), system=system)
    try:
        program = find_binary(EngineSettings(config.data.dir, port=config.rtc.port, binary=config.rtc.binary))
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True, timeout=ENGINE_S
        ).stdout.strip()
    except HopttError as fault:
        yield fail("version", "version.no_engine", words.ENGINE_ABSENT, cause=fault.message)
    except (OSError, subprocess.SubprocessError) as fault:
        yield fail("version", "version.no_engine", words.ENGINE_ABSENT, cause=str(fault))
    else:
        engine = said.removeprefix("hoptt-media ")
        same = engine.partition(" ")[0] == own
        text = words.ENGINE_HERE if same else words.ENGINE_OTHER
        yield (ok if same else warn)("version", "version.engine", text, engine=engine, version=own)
    try:
        load_page(PAGE)
    except HopttError as fault:
        yield fail("version", "version.no_page", words.PAGE_ABSENT, cause=fault.message)


def limits(server: int | None) -> Iterator[Finding]:
    """Look at what the kernel lets the server have; without a server, at what this shell would give it."""
    files = _files_of(server) if server is not None else resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files < FEW_FILES:
        people = max(0, files - FILES_BESIDE)
        yield warn("limits", "limits.files", words.FILES_FEW, limit=files, people=people)
    else:
        yield ok("limits", "limits.files", words.FILES_ENOUGH, limit=files)
    with contextlib.suppress(OSError, ValueError):
        receive, send = (int(Path(f"/proc/sys/net/core/{name}_max").read_text()) for name in ("rmem", "wmem"))
        values = {"receive": in_bytes(receive), "send": in_bytes(send), "wanted": WANTED_BUFFER_BYTES}
        if min(receive, send) < WANTED_BUFFER_BYTES:
            yield warn("limits", "limits.buffers", words.BUFFERS_SMALL, **values)
        else:
            yield ok("limits", "limits.buffers", words.BUFFERS_ENOUGH, **values)


def clock(config: Config, now: datetime | None = None) -> Iterator[Finding]:
    """Look whether the clock is kept, and whether the log knows a later time (F23)."""
    now = now or datetime.now(UTC)
    shown = now.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    last = _last_entry(config.data.dir / "log.db")
    if last is not None and last > now + STEP_BACK:
        yield fail(
            "clock", "clock.back", words.CLOCK_BACK, now=shown, last=last.astimezone().strftime("%Y-%m-%d %H:%M")
        )
        return
    kept = synchronised()
    if kept is None:
        yield ok("clock", "clock.unknown", words.CLOCK_UNKNOWN, now=shown)
    elif kept:
        yield ok("clock", "clock.kept", words.CLOCK_RIGHT, now=shown)
    else:
        yield warn("clock", "clock.alone", words.CLOCK_ALONE, now=shown)


def synchronised() -> bool | None:
    """Ask the kernel whether a time service keeps its clock; None when it does not tell."""
    if struct.calcsize("l") != 8 or sys.platform != "linux":
        return None
    asked = ctypes.create_string_buffer(512)  # modes = 0: only read
    if ctypes.CDLL(None, use_errno=True).adjtimex(asked) < 0:
        return None
    return not struct.unpack_from("i", asked, STATUS_AT)[0] & UNSYNCHRONISED


def _last_entry(log: Path) -> datetime | None:
    """Give the time of the newest entry of the log, as far as it can be read."""
    with contextlib.suppress(sqlite3.Error, OSError):
        if not log.exists() or not os.access(log, os.R_OK):
            return None
        with contextlib.closing(sqlite3.connect(f"{log.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            newest = opened.execute("SELECT max(at_ms) FROM events").fetchone()[0]
        return None if newest is None else datetime.fromtimestamp(newest / 1000, UTC)
    return None


def _files_of(pid: int) -> int:
    with contextlib.suppress(OSError, AttributeError):
        found = re.search(r"^Max open files\s+(\d+)", Path(f"/proc/{pid}/limits").read_text(), re.MULTILINE)
        return int(found.group(1))  # type: ignore[union-attr]  # without one: the answer of this process
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _system() -> str:
    with contextlib.suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return "Linux"

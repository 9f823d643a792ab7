"""The engine's process: found, started in a session of its own, killed and reaped."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import select
import shutil
import signal
import socket
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hoptt import patience
from hoptt.errors import ErrorCode, HopttError

NAME = "hoptt-media"
MAX_SOCKET_PATH = 107
"""sun_path of unix(7) without its final NUL."""
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "RUST_BACKTRACE")
"""The engine gets no secrets that the control plane has in its environment."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How an engine is started. A found one keeps what it was started with."""

    data_dir: Path
    port: int
    announce: Sequence[str] = ()
    shards: int = 1
    meeting_per_shard: int = 250
    dscp_audio: int = 46
    dscp_video: int = 34
    gather_ms: int = 5
    gather_above: int = 60
    gather_longest_ms: int = 20
    grace_seconds: float = patience.ENGINE_GRACE_S
    log_level: str = "info"
    starts: bool = True
    """False: somebody else starts it, such as a container of its own; it is waited for."""
    binary: Path | None = None
    """None: beside this installation, else from a checkout, else on the PATH."""

    @property
    def socket(self) -> Path:
        return self.data_dir / "engine.sock"

    @property
    def pid_file(self) -> Path:
        return self.data_dir / "engine.pid"

    @property
    def grace_ms(self) -> int:
        return round(self.grace_seconds * 1000)


class EngineFailedError(HopttError):
    """The engine cannot be started; the message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.ENGINE_AWAY, message)


def spawn(settings: EngineSettings) -> int:
    """Start an engine in a session of its own and give its pid. Raises EngineFailedError.

    Its standard error is ours. It does not die with us (no PR_SET_PDEATHSIG): media goes on while we are away.
    """
    binary = find_binary(settings)
    if len(os.fsencode(settings.socket)) > MAX_SOCKET_PATH:
        raise EngineFailedError(f"the path {settings.socket} is too long for a socket: choose a shorter data.dir")
    _probe(settings.port)
    arguments = [NAME, "--data-dir", str(settings.data_dir), "--port", str(settings.port)]
    for address in settings.announce:
        arguments += ["--announce", address]
    arguments += ["--dscp-audio", str(settings.dscp_audio), "--dscp-video", str(settings.dscp_video)]
    arguments += ["--gather-ms", str(settings.gather_ms), "--gather-above", str(settings.gather_above)]
    arguments += ["--gather-longest-ms", str(settings.gather_longest_ms)]
    arguments += ["--shards", str(settings.shards), "--meeting-per-shard", str(settings.meeting_per_shard)]
    arguments += ["--grace-ms", str(settings.grace_ms), "--log", settings.log_level]
    environment = {
        key: value for key, value in os.environ.items() if key in PASSED_ON or key.startswith("HOPTT_MEDIA_")
    }
    try:
        return os.posix_spawn(
            binary,
            arguments,
            environment,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_DUP2, 2, 1)],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
        )
    except OSError as fault:
        raise EngineFailedError(f"{binary} cannot be started: {fault.strerror}") from fault


def running(settings: EngineSettings) -> int | None:
    """Give the pid of the engine that the pid file names, if that process lives and serves this data folder."""
    try:
        pid = int(settings.pid_file.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    ours = NAME.encode() in map(os.path.basename, command[:2]) and os.fsencode(settings.data_dir) in command
    return pid if ours and not _is_zombie(pid) else None


async def ended(pid: int, seconds: float) -> bool:
    """Wait until a process has ended, whoever's child it is, and reap it when it is ours."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(handle, over.set)
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(handle)
        os.close(handle)
    _reap(pid)
    return True


async def kill(pid: int) -> None:
    """Kill a process and wait until it is gone: two engines at one port would share its packets."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    finally:
        os.close(handle)
    await ended(pid, seconds=60.0)


def has_ended(pid: int) -> bool:
    """Tell whether a process has ended, and reap it when it is ours."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        over = bool(select.select([handle], [], [], 0)[0])
    finally:
        os.close(handle)
    if over:
        _reap(pid)
    return over


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return True


def find_binary(settings: EngineSettings) -> Path:
    """Find the engine's program. Raises EngineFailedError, which says where was looked."""
    places = list(_places(settings))
    for place in places:
        if place.is_file():
            return place
    raise EngineFailedError(f"the media engine {NAME} is not installed (looked for {places[0]}): run `make engine`")


def _places(settings: EngineSettings) -> Iterable[Path]:
    if settings.binary is not None:
        yield settings.binary
        return
    yield Path(sysconfig.get_path("scripts")) / NAME
    yield Path(__file__).parents[3] / "media" / "target" / "release" / NAME
    on_path = shutil.which(NAME)
    if on_path is not None:
        yield Path(on_path)


def _probe(port: int) -> None:
    """Say in a sentence that the port is taken. The engine looks again itself, under a lock."""
    for name, kind in (("UDP", socket.SOCK_DGRAM), ("TCP", socket.SOCK_STREAM)):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                if kind is socket.SOCK_STREAM:  # connections of the last engine may still be ending
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("0.0.0.0", port))
            except OSError as fault:
                if fault.errno == errno.EADDRINUSE:
                    raise EngineFailedError(
                        f"{name} port {port} is in use by another program: "
                        "stop that, or choose another port with rtc.port"
                    ) from fault
                raise EngineFailedError(f"{name} port {port} cannot be opened: {fault.strerror}") from fault

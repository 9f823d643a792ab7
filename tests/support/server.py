"""`hoptt serve` as a process of its own, with a data folder and ports of its own, as an operator runs it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tests.docs.documents import ROOT

START_S = 120.0
PERSONAL = re.compile(r"eyJ[\w-]{8}|a=(?:ice|fingerprint|candidate)")
"""Tokens and descriptions of sessions: no log of any test may hold one."""
COMMAND = [sys.executable, "-c", "from hoptt.cli import main; main()"]


def _candidates() -> Iterator[int]:
    """Give ports that the kernel hands out to nobody, and that no other worker of pytest takes.

    A server that is killed and started again needs the very same port.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    share = (PORTS.stop - PORTS.start) // WORKERS
    first = random.randrange(share)  # another run of the tests may go on beside this one
    for nth in itertools.count():
        yield PORTS.start + worker * share + (first + nth) % share


PORTS = range(12_000, 32_000)
"""Below what Linux gives to outgoing connections (`net.ipv4.ip_local_port_range`)."""
WORKERS = 8
_ports = _candidates()


def free_port() -> int:
    """Give a port that was free a moment ago for TCP."""
    return _free(socket.SOCK_STREAM)


def free_media_port() -> int:
    """Give a port that was free a moment ago for UDP and for TCP."""
    return _free(socket.SOCK_DGRAM, socket.SOCK_STREAM)


def _free(*kinds: socket.SocketKind) -> int:
    for port in _ports:
        with contextlib.suppress(OSError), contextlib.ExitStack() as probes:
            for kind in kinds:
                probes.enter_context(socket.socket(socket.AF_INET, kind)).bind(("0.0.0.0", port))
            return port
    raise AssertionError("there is always another port")


def fake_engine(folder: Path) -> Path:
    """Write a program that is an engine without media."""
    script = folder / "hoptt-media"
    script.write_text(
        f"#!{sys.executable}\nimport asyncio, sys\nsys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'src')!r}]\n"
        "from tests.support.fake_engine import run\nasyncio.run(run())\n"
    )
    script.chmod(0o755)
    return script


@dataclass
class Server:
    """One installation. `start` and `stop` may be called again and again."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    """Added to what the server is started with; a PYTHONPATH goes before ours."""
    output: Path = field(init=False)
    """Where what it says on standard error goes."""

    def __post_init__(self) -> None:
        self.output = self.folder / "output"
        own: dict[str, Any] = {
            "http": {"listen": f"127.0.0.1:{free_port()}"},
            "metrics": {"listen": f"127.0.0.1:{free_port()}"},
            "rtc": {"port": free_media_port(), "announce": ["127.0.0.1"]},
            "data": {"dir": str(self.data)},
            "log": {"format": "json"},
        }
        for section, values in self.settings.items():
            own[section] = {**own.get(section, {}), **values}
        self.settings = own
        self.config.write_text(yaml.safe_dump(own))

    @property
    def config(self) -> Path:
        return self.folder / "hoptt.yaml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"http://{self.settings['http']['listen']}"

    @property
    def pid(self) -> int:
        assert self.process is not None, "not started"
        return self.process.pid

    @property
    def engine_pid(self) -> int:
        """The engine's, as its file says; 0 while there is none."""
        try:
            return int((self.data / "engine.pid").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def start(self, *options: str) -> float:
        """Start, wait until people can be served, and give the seconds that this took."""
        started = time.monotonic()
        path = os.pathsep.join(filter(None, (self.environment.get("PYTHONPATH"), str(ROOT / "src"))))
        with self.output.open("a") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--config", str(self.config), *options],
                stdout=output,
                stderr=output,
                text=True,
                env={**os.environ, **self.environment, "PYTHONPATH": path},
                cwd=self.folder,
            )
        while time.monotonic() - started < START_S:
            if self.process.poll() is not None:
                break
            if self.get(self.watch("/readyz"))[0] == 200:
                return time.monotonic() - started
            time.sleep(0.02)
        said = self.output.read_text()[-4_000:] if self.output.is_file() else "nothing that is kept"
        raise AssertionError(f"does not serve (exit code {self.process.poll()}):\n{said}")

    def refused(self, *options: str) -> str:
        """Start where that must fail, and give what it says on standard error; nothing else is left running."""
        done = self.cli("serve", *options)
        assert done.returncode == 1, done.stderr
        assert done.stdout == ""
        return done.stderr

    def tell(self, sign: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None, "not started"
        self.process.send_signal(sign)

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal and give its exit code."""
        assert self.process is not None, "not started"
        if self.process.poll() is None:
            self.process.send_signal(sign)
        return self.process.wait(15)

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of hoptt with this installation's configuration."""
        return subprocess.run(
            [*COMMAND, *words, "--config", str(self.config)],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            cwd=self.folder,
        )

    def told(self, *words: str) -> Any:
        """Run a command with --json and give what it says."""
        done = self.cli(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def watch(self, path: str) -> str:
        return f"http://{self.settings['metrics']['listen']}{path}"

    def get(self, url: str) -> tuple[int, str]:
        """Give status and body; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def close(self) -> None:
        """End all of it, however it stands."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        with contextlib.suppress(OSError, ValueError):
            if str(self.data).encode() in Path(f"/proc/{self.engine_pid}/cmdline").read_bytes():
                os.kill(self.engine_pid, signal.SIGKILL)


@contextlib.contextmanager
def a_server(folder: Path, settings: dict[str, Any] | None = None) -> Iterator[Server]:
    """Give an installation that is ended at the end."""
    server = Server(folder, settings or {})
    try:
        yield server
    finally:
        server.close()
    logged = server.output.read_text() if server.output.is_file() else ""  # no device: /dev/full never ends
    assert PERSONAL.findall(logged) == [], "what is personal in the log (S49)"

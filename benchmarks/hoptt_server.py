"""hoptt as the server under test: everything it needs, control plane included, on the server's core."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.programs import ROOT, daemon, family
from benchmarks.rig import Rig
from benchmarks.under_test import OURS, UnderTest
from benchmarks.workloads import Workload

HTTP_PORT, METRICS_PORT, MEDIA_PORT = 18_080, 18_081, 18_082
ROOM = "load"
READY_S = 30.0
GATHERS = "gather: {above_percent: 0}"
"""Voices wait for each other at all times."""
LOG = "server.log"
HOPTT = str(Path(sys.executable).with_name("hoptt"))


@dataclass(frozen=True, slots=True)
class Hoptt(UnderTest):
    """Its control plane and its engine."""

    config: Path

    def another_room(self, name: str) -> str:
        """Make one more room and give its target: after a meeting its room has a lobby. Raises RuntimeError."""
        _make_room(self.config, name)
        return f"{self.target.rpartition('/')[0]}/{name}"

    def processes(self) -> dict[str, int]:
        """Give control plane and engine by name."""
        found: dict[str, int] = {}
        for pid in family(self.pid):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                engine = any(word.endswith(b"hoptt-media") for word in words[:2])
                found["engine" if engine else "control"] = pid
        return found

    def counters(self) -> dict[str, float]:
        """Give the engine's counters and the sums of its histograms, as /metrics has them; empty when it has none."""
        url = f"http://{self.side.address}:{METRICS_PORT}/metrics"
        fetch = f"import urllib.request as r; print(r.urlopen({url!r}, timeout=5).read().decode())"
        done = subprocess.run(
            self.side.command([sys.executable, "-c", fetch]), capture_output=True, text=True, check=False
        )
        return read_counters(done.stdout)


def read_counters(metrics: str) -> dict[str, float]:
    """Find the engine's in what /metrics tells, by name and labels; bounds of histograms are left out."""
    found = re.findall(r"^(hoptt_engine_\w+(?:\{(?!le=)[^}]*\})?) ([0-9.e+]+)$", metrics, re.MULTILINE)
    return {name: float(value) for name, value in found}


@contextlib.contextmanager
def server(rig: Rig, folder: Path, workload: Workload, *, gathers: bool = False) -> Iterator[Hoptt]:
    """Serve one room that is open to everybody, for as long as the block lasts. Raises RuntimeError.

    With the settings that a new installation has, or with those that let voices wait for each other at all times.
    """
    address = rig.server.address
    config = folder / "config.yaml"
    config.write_text(
        f"data: {{dir: {folder / 'data'}}}\n"
        f"http: {{listen: '{address}:{HTTP_PORT}', trusted_proxies: ['{rig.load.address}', '{address}']}}\n"
        f"metrics: {{listen: '{address}:{METRICS_PORT}'}}\n"
        f"rtc: {{port: {MEDIA_PORT}, announce: ['{address}'], audio_slots: {max(workload.audio_slots, 4)}"
        f"{f', {GATHERS}' if gathers else ''}}}\n"
        "log: {level: warning}\n"
    )
    log = folder / LOG
    with daemon(rig.server, [HOPTT, "serve", "--config", str(config)], log) as pid:
        _make_room(config, ROOM)
        yield Hoptt(OURS, f"hoptt=http://{address}:{HTTP_PORT}/{ROOM}", rig.server, pid, config)


def _make_room(config: Path, name: str) -> None:
    """Make the room through the running server: that also says that it is ready."""
    words = [HOPTT, "room", "create", name, "--entry", "open", "--open-floor", "--ad-hoc", "anyone"]
    until = time.monotonic() + READY_S
    while not (config.parent / "data" / "admin.sock").exists() and time.monotonic() < until:
        time.sleep(0.1)
    done = subprocess.run(
        [*words, "--capacity", "1000", "--config", str(config)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if done.returncode != 0:
        log = (config.parent / LOG).read_text(errors="replace")
        raise RuntimeError(f"no room can be made: {done.stderr.strip()}\n{log[-2_000:]}")

"""What a core did in a window of time, counted in two ways."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
DISAGREE = 0.05
"""Of a core: beyond it the counter counts, because `stat` samples by tick and what ticks with it hides from it."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one core since the machine started, from /proc/stat."""

    user: float
    nice: float
    system: float
    irq: float
    softirq: float
    steal: float

    @classmethod
    def parse(cls, stat: str, cpu: int) -> Self:
        """Find a core's line. Raises LookupError."""
        for line in stat.splitlines():
            name, *ticks = line.split()
            if name == f"cpu{cpu}":
                user, nice, system, _idle, _iowait, irq, softirq, steal = (int(t) / TICKS_PER_SECOND for t in ticks[:8])
                return cls(user, nice, system, irq, softirq, steal)
        raise LookupError(f"/proc/stat has no cpu{cpu}")

    @classmethod
    def now(cls, cpu: int) -> Self:
        """Read them now."""
        return cls.parse(Path("/proc/stat").read_text(), cpu)

    @property
    def busy(self) -> float:
        """All that a server causes. Nice time is the idle counter's, and steal is nobody's here."""
        return self.user + self.system + self.irq + self.softirq


@dataclass(frozen=True, slots=True)
class Window:
    """What a core did between two moments."""

    seconds: float
    busy_s: float
    softirq_s: float
    steal_s: float
    left_over: float
    """What the idle counter did, in its own units."""

    @property
    def busy_share(self) -> float:
        """Of the core, by /proc/stat."""
        return self.busy_s / self.seconds


class IdleCounter:
    """A process that runs only when nothing else wants the core, and counts how far it gets (SCHED_IDLE)."""

    def __init__(self, cpu: int) -> None:
        self._cpu = cpu
        self._file = tempfile.NamedTemporaryFile(prefix="hoptt-idle-")  # noqa: SIM115 - closed by __exit__
        self._file.write(bytes(8))
        self._file.flush()
        self._count = mmap.mmap(self._file.fileno(), 8, access=mmap.ACCESS_READ)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([sys.executable, "-m", "benchmarks.idle", self._file.name, str(self._cpu)])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._count.close()
        self._file.close()

    @property
    def count(self) -> int:
        """Loops done so far."""
        return int.from_bytes(self._count[:8], sys.byteorder)


class Stopwatch:
    """Measures windows of one core."""

    def __init__(self, cpu: int, counter: IdleCounter) -> None:
        self._cpu, self._counter = cpu, counter
        self._start = self._now()

    def start(self) -> None:
        """A window begins."""
        self._start = self._now()

    def stop(self) -> Window:
        """It ends."""
        (began, times, count), (ended, later, later_count) = self._start, self._now()
        return Window(
            seconds=ended - began,
            busy_s=later.busy - times.busy,
            softirq_s=later.softirq - times.softirq,
            steal_s=later.steal - times.steal,
            left_over=float(later_count - count),
        )

    def during(self, seconds: float) -> Window:
        """Measure while nothing is done here."""
        self.start()
        time.sleep(seconds)
        return self.stop()

    def _now(self) -> tuple[float, Times, int]:
        return time.monotonic(), Times.now(self._cpu), self._counter.count


def used(measured: Window, idle: Window) -> tuple[float, float, str]:
    """Give the core seconds that the work of a window took, gross and net of an idle window, and which count they are.

    The counter is calibrated in the idle window, in which both counts agree.
    """
    by_stat = measured.busy_share
    rate = idle.left_over / (idle.seconds * max(1 - idle.busy_share, 0.01))
    by_counter = 1 - measured.left_over / (rate * measured.seconds) if rate else by_stat
    counts = abs(by_counter - by_stat) > DISAGREE
    share = by_counter if counts else by_stat
    gross = max(share, 0.0) * measured.seconds
    net = max(share - idle.busy_share, 0.0) * measured.seconds
    return gross, net, "idle counter" if counts else "/proc/stat"

"""What a core did in a window of time: what was left over of it, and of what kind the rest was."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.programs import RELEASE

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one core since the machine started, from /proc/stat, which samples by tick."""

    softirq: float
    steal: float

    @classmethod
    def parse(cls, stat: str, cpu: int) -> Self:
        """Find a core's line. Raises LookupError."""
        for line in stat.splitlines():
            name, *ticks = line.split()
            if name == f"cpu{cpu}":
                softirq, steal = (int(t) / TICKS_PER_SECOND for t in ticks[6:8])
                return cls(softirq, steal)
        raise LookupError(f"/proc/stat has no cpu{cpu}")

    @classmethod
    def now(cls, cpu: int) -> Self:
        """Read them now."""
        return cls.parse(Path("/proc/stat").read_text(), cpu)


@dataclass(frozen=True, slots=True)
class Window:
    """What a core did between two moments."""

    seconds: float
    softirq_s: float
    steal_s: float
    left_over_s: float
    """What the idle counter had of it."""

    @property
    def busy_share(self) -> float:
        """Of the core: all that was not left over."""
        return max(1 - self.left_over_s / self.seconds, 0.0)


class IdleCounter:
    """A process that runs only when nothing else wants the core (SCHED_IDLE); the CPU time that it had was left over.

    It touches no memory: what a server has in the caches stays there.
    """

    def __init__(self, cpu: int, program: Path = RELEASE / "hoptt-floor") -> None:
        self._cpu, self._program = cpu, program

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([self._program, "rest"], stdin=subprocess.PIPE)
        pid = self._process.pid
        os.sched_setaffinity(pid, {self._cpu})
        os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def seconds(self) -> float:
        """CPU time that it had so far."""
        return time.clock_gettime(_clock_of(self._process.pid))


def _clock_of(pid: int) -> int:
    """Give the clock of a process's CPU time: what clock_getcpuclockid(3) gives."""
    return (~pid << 3) | 2


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
        (began, times, left), (ended, later, later_left) = self._start, self._now()
        return Window(
            seconds=ended - began,
            softirq_s=later.softirq - times.softirq,
            steal_s=later.steal - times.steal,
            left_over_s=later_left - left,
        )

    def during(self, seconds: float) -> Window:
        """Measure while nothing is done here."""
        self.start()
        time.sleep(seconds)
        return self.stop()

    def _now(self) -> tuple[float, Times, float]:
        return time.monotonic(), Times.now(self._cpu), self._counter.seconds


def used(measured: Window, idle: Window) -> tuple[float, float]:
    """Give the core seconds that the work of a window took, gross, and net of an idle window."""
    net = max(measured.busy_share - idle.busy_share, 0.0)
    return measured.busy_share * measured.seconds, net * measured.seconds

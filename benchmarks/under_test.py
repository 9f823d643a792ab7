"""A server that is ready to be measured, whichever it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.programs import command_name, cpu_seconds, family, memory_bytes
from benchmarks.rig import Side

OURS = "hoptt"
"""With the settings of a new installation; others follow behind a comma."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UnderTest:
    """A server that is ready."""

    name: str
    target: str
    """As the generator's `--server` has it."""
    side: Side
    pid: int

    def processes(self) -> dict[str, int]:
        """Give its processes by name."""
        found: dict[str, int] = {}
        for pid in family(self.pid):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                name = command_name(pid)
                found[f"{name} {pid}" if name in found else name] = pid
        return found

    def cpu_seconds(self) -> dict[str, float]:
        """Give the CPU time that each process has used."""
        return self._of_each(cpu_seconds)

    def memory(self) -> dict[str, dict[str, int]]:
        """Give the memory of each process."""
        return self._of_each(memory_bytes)

    def _of_each(self, read: Callable[[int], T]) -> dict[str, T]:
        found: dict[str, T] = {}
        for name, pid in self.processes().items():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                found[name] = read(pid)
        return found

    def counters(self) -> dict[str, float]:
        """Give what it counts of itself; empty when it tells nothing."""
        return {}

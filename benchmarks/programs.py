"""The programs of a run: started on their side, told apart by what they say on standard output."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.rig import Side

ROOT = Path(__file__).parent.parent
RELEASE = ROOT / "media" / "target" / "release"
FLOOR = str(RELEASE / "hoptt-floor")
PATIENCE_S = 120.0


class Program:
    """One process that tells its steps as JSON lines `{"event": …}`."""

    def __init__(self, side: Side, words: Sequence[str]) -> None:
        self.name = Path(words[0]).name
        self._process = subprocess.Popen(
            side.command(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def wait_for(self, event: str) -> dict[str, Any]:
        """Wait until it tells this event. Raises RuntimeError when it ends before."""
        assert self._process.stdout is not None, "it was opened with a pipe"
        for line in self._process.stdout:
            told: dict[str, Any] = json.loads(line)
            if told["event"] == event:
                return told
        raise RuntimeError(f"{self.name} ended with {self._process.wait()} before it told `{event}`")

    def close_input(self) -> None:
        """Tell it that there is nothing more to come."""
        assert self._process.stdin is not None, "it was opened with a pipe"
        self._process.stdin.close()

    def wait(self) -> int:
        """Wait for its end."""
        return self._process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End it, if it has not ended."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def program(side: Side, *words: str) -> Iterator[Program]:
    """Run a program for as long as the block lasts, at most."""
    running = Program(side, words)
    try:
        yield running
    finally:
        running.kill()


@contextlib.contextmanager
def daemon(side: Side, words: Sequence[str], log: Path, *, gently: bool = True) -> Iterator[int]:
    """Run a server while the block lasts; gives its process id. At the end it is asked to stop, then made to.

    What it leaves where it runs lies beside its log.
    """
    with log.open("wb") as out:
        process = subprocess.Popen(side.command(words), stdout=out, stderr=out, cwd=log.parent, start_new_session=True)
        try:
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM if gently else signal.SIGKILL)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                print(f"benchmarks: {words[0]} does not stop, so it is killed", file=sys.stderr)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def family(pid: int) -> list[int]:
    """Give a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            fields = stat.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, new = [pid], [pid]
    while new:
        new = [child for parent in new for child in children.get(parent, [])]
        found += new
    return found


def memory_bytes(pid: int) -> dict[str, int]:
    """Give resident and proportional memory of one process."""
    sums = {"Rss": 0, "Pss": 0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        key = line.split(":")[0]
        if key in sums:
            sums[key] = int(line.split()[1]) * 1_024
    return {"rss": sums["Rss"], "pss": sums["Pss"]}


def cpu_seconds(pid: int) -> float:
    """Give the CPU time of one process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def command_name(pid: int) -> str:
    """Give the name of a process as the kernel keeps it."""
    return Path(f"/proc/{pid}/comm").read_text().strip()

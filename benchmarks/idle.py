"""Counts for as long as nothing else wants the core: `python -m benchmarks.idle FILE CPU`, started by `IdleCounter`."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path


def main(file: str, cpu: int) -> None:
    """Count into the first eight bytes of the file, until killed."""
    os.sched_setaffinity(0, {cpu})
    os.nice(19)  # so that /proc/stat tells its time apart from everybody else's
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with Path(file).open("r+b") as opened, mmap.mmap(opened.fileno(), 8) as shared:
        count = 0
        parent = os.getppid()
        while os.getppid() == parent:  # its parent's death ends it
            for _ in range(2_000):
                count += 1
            shared[:8] = count.to_bytes(8, sys.byteorder)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

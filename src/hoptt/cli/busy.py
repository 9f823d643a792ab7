"""Progress of what takes more than two seconds, on standard error: results stay alone on standard output."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TextIO

SOON_S = 2.0
"""Nobody wants to read of what is over before."""
ON_TERMINAL_S, IN_LOG_S = 0.5, 10.0
"""Between two reports."""


@contextlib.contextmanager
def busy(what: str, stream: TextIO | None = None, *, soon_s: float = SOON_S) -> Iterator[Callable[[float], None]]:
    """Say what goes on and for how long, once it takes longer than `soon_s`.

    Gives a way to tell the share that is done, 0 to 1.
    """
    report = _Report(what, stream or sys.stderr)
    over = threading.Event()
    thread = threading.Thread(target=report.run, args=(over, soon_s), daemon=True)
    thread.start()
    try:
        yield report.done
    finally:
        over.set()
        thread.join()
        report.end()


class _Report:
    def __init__(self, what: str, stream: TextIO) -> None:
        self._what = what
        self._stream = stream
        self._began = time.monotonic()
        self._share: float | None = None
        self._said = False

    def done(self, share: float) -> None:
        self._share = share

    def run(self, over: threading.Event, soon_s: float) -> None:
        wait = soon_s
        while not over.wait(wait):
            self._say("\r" if self._stream.isatty() else "\n")
            wait = ON_TERMINAL_S if self._stream.isatty() else IN_LOG_S

    def end(self) -> None:
        if self._said:
            self._share = None
            self._say("\n", " – over")

    def _say(self, end: str, more: str = "") -> None:
        self._said = True
        share = "" if self._share is None else f", {self._share:.0%}"
        line = f"→ {self._what}: {time.monotonic() - self._began:.0f} s{share}{more}"
        self._stream.write(f"{line:<79}".rstrip() + end if end == "\n" else f"{line:<79}{end}")
        self._stream.flush()

"""What takes long says so, on standard error; what is quick says nothing."""

from __future__ import annotations

import io
import time

from hoptt.cli.busy import busy


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_is_quick_says_nothing() -> None:
    stream = io.StringIO()
    with busy("copying", stream, soon_s=5):
        pass
    assert stream.getvalue() == ""


def test_what_takes_long_says_what_it_is_and_how_far() -> None:
    stream = io.StringIO()
    with busy("copying", stream, soon_s=0.01) as done:
        done(0.4)
        _until(stream)
    assert stream.getvalue() == "→ copying: 0 s, 40%\n→ copying: 0 s – over\n"


def test_on_a_terminal_the_line_is_written_over() -> None:
    stream = Terminal()
    with busy("copying", stream, soon_s=0.01):
        _until(stream)
    assert stream.getvalue().split("\r")[0].rstrip() == "→ copying: 0 s"
    assert stream.getvalue().endswith("– over\n")


def _until(stream: io.StringIO) -> None:
    end = time.monotonic() + 5
    while not stream.getvalue() and time.monotonic() < end:
        time.sleep(0.005)

"""What a core did, counted in two ways."""

from __future__ import annotations

import os
import time

import pytest
from benchmarks.cpu import IdleCounter, Stopwatch, Times, Window, used

STAT = """cpu  9 9 9 9 9 9 9 9 0 0
cpu0 300 20 100 5000 7 10 90 40 0 0
cpu1 1 1 1 1 1 1 1 1 0 0
intr 5
"""


def window(busy: float, left_over: float, seconds: float = 10.0) -> Window:
    return Window(seconds=seconds, busy_s=busy, softirq_s=0.0, steal_s=0.0, left_over=left_over)


def test_busy_is_what_a_server_causes_and_not_what_the_idle_counter_does() -> None:
    times = Times.parse(STAT, 0)
    ticks = os.sysconf("SC_CLK_TCK")
    assert times.busy * ticks == pytest.approx(300 + 100 + 10 + 90)
    assert (times.nice * ticks, times.steal * ticks) == (20, 40)


def test_a_core_that_is_not_there_is_said() -> None:
    with pytest.raises(LookupError, match="cpu7"):
        Times.parse(STAT, 7)


def test_the_idle_window_is_taken_off() -> None:
    idle, measured = window(0.1, 990.0), window(4.1, 590.0)
    gross, net, counted_by = used(measured, idle)
    assert [gross, net] == pytest.approx([4.1, 4.0])
    assert counted_by == "/proc/stat"


def test_where_the_counts_differ_the_counter_counts() -> None:
    idle, measured = window(0.0, 1_000.0), window(2.0, 400.0)
    gross, net, counted_by = used(measured, idle)
    assert [gross, net] == pytest.approx([6.0, 6.0])
    assert counted_by == "idle counter"


def test_windows_of_different_length_are_compared_by_share() -> None:
    idle, measured = window(0.5, 475.0, seconds=5.0), window(3.0, 700.0)
    gross, net, _ = used(measured, idle)
    assert [gross, net] == pytest.approx([3.0, 2.0])


def test_the_idle_counter_counts_on_its_core_and_ends_with_its_owner() -> None:
    cpu = max(os.sched_getaffinity(0))
    with IdleCounter(cpu) as counter:
        until = time.monotonic() + 60  # a core that others keep busy leaves it little
        while counter.count == 0 and time.monotonic() < until:
            time.sleep(0.05)
        assert counter.count > 0
        measured = Stopwatch(cpu, counter).during(0.2)
        assert measured.seconds >= 0.2
        pid = counter._process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)

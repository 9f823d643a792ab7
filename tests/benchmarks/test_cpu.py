"""What a core did, by what was left over of it."""

from __future__ import annotations

import os
import time

import pytest
from benchmarks.cpu import IdleCounter, Stopwatch, Times, Window, used
from benchmarks.programs import RELEASE

STAT = """cpu  9 9 9 9 9 9 9 9 0 0
cpu0 300 20 100 5000 7 10 90 40 0 0
cpu1 1 1 1 1 1 1 1 1 0 0
intr 5
"""


def window(left_over_s: float, seconds: float = 10.0) -> Window:
    return Window(seconds=seconds, softirq_s=0.0, steal_s=0.0, left_over_s=left_over_s)


def test_the_kinds_of_a_core_s_time_are_found() -> None:
    times = Times.parse(STAT, 0)
    ticks = os.sysconf("SC_CLK_TCK")
    assert (times.softirq * ticks, times.steal * ticks) == pytest.approx((90, 40))


def test_a_core_that_is_not_there_is_said() -> None:
    with pytest.raises(LookupError, match="cpu7"):
        Times.parse(STAT, 7)


def test_the_idle_window_is_taken_off() -> None:
    assert used(window(5.7), window(9.8)) == pytest.approx((4.3, 4.1))


def test_windows_of_different_length_are_compared_by_share() -> None:
    assert used(window(7.0), window(4.5, seconds=5.0)) == pytest.approx((3.0, 2.0))


def test_a_clock_that_tells_of_more_than_there_was_makes_no_negative_work() -> None:
    assert used(window(10.1), window(10.2)) == (0.0, 0.0)


def test_the_idle_counter_counts_on_its_core_and_ends_with_its_owner() -> None:
    cpu = max(os.sched_getaffinity(0))
    with IdleCounter(cpu, RELEASE.with_name("debug") / "hoptt-floor") as counter:
        until = time.monotonic() + 60  # a core that others keep busy leaves it little
        while counter.seconds == 0 and time.monotonic() < until:
            time.sleep(0.05)
        assert counter.seconds > 0
        measured = Stopwatch(cpu, counter).during(0.2)
        assert measured.seconds >= 0.2
        assert 0 <= measured.left_over_s <= 1.1 * measured.seconds
        pid = counter._process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)

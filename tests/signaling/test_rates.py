"""How fast a page may speak (S36)."""

from __future__ import annotations

import pytest

from hoptt.signaling.rates import BURST, CHARACTERS, PATIENCE_S, RATE, Rate


def test_S36_a_burst_passes_and_then_reading_slows() -> None:
    rate = Rate(0.0)
    assert [rate.take(0.0) for _ in range(int(BURST))] == [0.0] * 200
    assert rate.take(0.0) == 1 / RATE


def test_S36_fifty_a_second_pass_for_ever() -> None:
    rate = Rate(0.0)
    assert not any(rate.take(n / RATE) or rate.exhausted(n / RATE) for n in range(5_000))


def test_S36_a_long_message_counts_as_several() -> None:
    rate, now = Rate(0.0), 0.0
    for _ in range(100):
        now += rate.take(now, 64 * CHARACTERS)
    assert now == pytest.approx((100 * 64 - BURST) / RATE)


def test_S36_who_is_read_slowly_for_ten_seconds_is_cut_off() -> None:
    rate, now = Rate(0.0), 0.0
    while not rate.exhausted(now):
        now += rate.take(now)
        assert now < 60
    assert PATIENCE_S <= now <= PATIENCE_S + 1


def test_a_pause_brings_the_patience_back() -> None:
    rate, now = Rate(0.0), 0.0
    for _ in range(5):
        for _ in range(400):
            now += rate.take(now)
        assert not rate.exhausted(now)
        now += 2.0

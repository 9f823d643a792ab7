"""How many viewers a server holds, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from hoptt.cli.loadtest import Tried, find


def outcome(p99_ms: float = 1.0, *invalid: str) -> dict[str, Any]:
    silent = {"count": 0, "p99_ms": 0.0}
    return {"invalid": list(invalid), "video_latency": {"count": 9, "p99_ms": p99_ms}, "audio_latency": silent}


def held_up_to(limit: int) -> Any:
    return lambda viewers: Tried(viewers, outcome(1.0 if viewers <= limit else 50.0))


@pytest.mark.parametrize("limit", [1, 7, 25, 130, 399, 800])
def test_the_search_comes_within_a_tenth(limit: int) -> None:
    tried = find(25, 999, held_up_to(limit))
    held = max(one.viewers for one in tried if not one.limits)
    assert held <= limit <= held * 1.2 + 1
    assert len(tried) < 14


def test_a_server_that_holds_everybody_is_asked_no_further() -> None:
    assert [one.viewers for one in find(250, 999, held_up_to(5_000))] == [250, 500, 999]


def test_a_server_that_holds_nobody_ends_the_search() -> None:
    assert [one.viewers for one in find(4, 999, held_up_to(0))] == [4, 2, 1]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (outcome(), []),
        (outcome(7.0), ["latency p99 7.0 ms, more than 5 ms"]),
        (outcome(1.0, "0.50 % were lost"), ["0.50 % were lost"]),
    ],
)
def test_what_limited_it_is_said(found: dict[str, Any], says: list[str]) -> None:
    assert Tried(10, found).limits == says

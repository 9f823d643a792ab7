"""What follows for a node and a country from the points that were measured."""

from __future__ import annotations

from typing import Any

import pytest
from benchmarks.scaling import held, per_receiver, table
from benchmarks.workloads import CROWD_JOINS, JOINS, SEATS, WORKLOADS, chosen


def measured(name: str, people: int, share: float, *, connected: int | None = None) -> dict[str, Any]:
    return {
        "id": f"{name}-{people}",
        "people": people,
        "receivers": people,
        "packets_per_second": people * 100.0 if connected is None else 0.0,
        "mbps": people * 1.5,
        "engine_share": share,
        "control_share": 0.01,
        "engine_us_per_packet": 5.0,
        "engine_kb_per_person": 100.0,
        "loss_share": 0.0,
        "far": False,
        "doubts": [],
        "connected": people if connected is None else connected,
    }


FOUND = [measured(name, people, people / 1_000) for name in ("W1", "W2", "W3") for people in (100, 300)]


def test_a_core_is_filled_as_the_largest_point_grows() -> None:
    points = [measured("W1", people, 0.02 + people / 1_000) for people in (100, 200, 400)]
    assert per_receiver(points) == pytest.approx(0.001)
    assert held(points) == 680  # 70 % of the core


def test_from_a_point_that_was_not_reached_nothing_follows() -> None:
    failed = measured("W3", 1_000, 0.015, connected=417)
    rows = table([*FOUND, failed])
    assert "W3-1000 was not reached: 417 of 1,000 came in." in "\n".join(rows)
    assert not any(row.startswith("| W3-1000") for row in rows)
    without = table(FOUND)
    assert [row for row in rows if row.startswith("**")] == [row for row in without if row.startswith("**")]


def test_points_at_which_the_cores_were_far_apart_are_named() -> None:
    assert "far apart" not in "\n".join(table(FOUND))
    rows = table([*FOUND[1:], FOUND[0] | {"far": True}])
    assert any("far apart at W1-100," in row for row in rows)


def test_a_point_that_something_spoiled_is_named_with_the_reason() -> None:
    assert "doubted" not in "\n".join(table(FOUND))
    rows = table([*FOUND[1:], FOUND[0] | {"doubts": ["2.85 % were lost", "the generator was late"]}])
    assert "\nW1-100 is to be doubted: 2.85 % were lost; the generator was late." in rows


def test_a_crowd_comes_in_more_slowly_and_the_page_tells_how_it_was_answered() -> None:
    small, crowd = chosen(quick=False, names="W3-300,W3T-1000")
    assert small.load()[-2:] == ["--joins-per-second", str(JOINS)]
    assert crowd.load()[-2:] == ["--joins-per-second", str(CROWD_JOINS)]
    reached = measured("W3T", 1_000, 0.5) | {
        "joins_per_second": crowd.joins_per_second,
        "answered_ms": {"p50_ms": 210.4, "p99_ms": 1_342.2},
    }
    said = f"came in at {CROWD_JOINS} a second: a newcomer was answered after 210 ms, one in a hundred after 1,342 ms."
    assert f"W3T-1000 {said}" in "\n".join(table([*FOUND, reached]))


def test_a_room_of_a_thousand_seats_holds_everybody_who_is_to_come() -> None:
    assert all(workload.publishers + workload.viewers <= SEATS for workload in WORKLOADS)

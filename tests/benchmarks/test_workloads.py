"""What is offered, and by which name it is asked for."""

from __future__ import annotations

import pytest
from benchmarks.rounds import wrong_sizes
from benchmarks.workloads import QUICK, WORKLOADS, chosen


@pytest.mark.parametrize(
    ("quick", "names", "expected"),
    [
        (False, "", [w.id for w in WORKLOADS]),
        (True, "", list(QUICK)),
        (True, "W1,W3", ["W1-100", "W3-300"]),
        (True, "W1-10", ["W1-10"]),
        (False, "W3", ["W3-100", "W3-300", "W3-1000"]),
        (False, "W2-20,W1-10", ["W2-20", "W1-10"]),
    ],
)
def test_workloads_are_chosen_by_name_or_family(quick: bool, names: str, expected: list[str]) -> None:
    assert [w.id for w in chosen(quick=quick, names=names)] == expected


def test_an_unknown_workload_is_named() -> None:
    with pytest.raises(LookupError, match="W9 is none of W1-1, "):
        chosen(quick=False, names="W1,W9")


def test_the_bare_path_is_offered_what_the_generator_offers() -> None:
    by_id = {w.id: w for w in WORKLOADS}
    assert by_id["W1-100"].packets_per_second == pytest.approx(100 * 177)
    assert "--viewers" in by_id["W1-100"].load()
    assert "--meeting" in by_id["W2-20"].load()
    assert all(1 <= w.train <= 16 and 40 <= w.packet_bytes <= 1_400 for w in WORKLOADS)


@pytest.mark.parametrize(
    ("frames", "why"),
    [
        ([2_400, 0, 300, 0], []),
        ([2_100, 300, 300, 0], []),
        ([300, 0, 2_400, 0], ["89% of the pictures were of the largest size instead of 11%"]),
        ([2_700, 0, 0, 0], ["0% of the pictures were of the largest size instead of 11%"]),
        ([0, 0, 0, 0], ["0% of the pictures were of the largest size instead of 11%"]),
    ],
)
def test_a_server_that_sends_other_sizes_than_were_asked_for_is_not_compared(frames: list[int], why: list[str]) -> None:
    load = {"checked": {"frames_of": frames}}
    (layered,) = chosen(quick=False, names="W2L-20")
    (single,) = chosen(quick=False, names="W2-20")
    assert wrong_sizes(load, layered) == why
    assert wrong_sizes(load, single) == []

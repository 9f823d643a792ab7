"""Servers are measured in turn, and one that fails takes nobody with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from benchmarks.apart import Distances
from benchmarks.rounds import Times
from benchmarks.servers import Server
from benchmarks.workloads import chosen

from benchmarks import series


@dataclass
class Done:
    """As much of a round as is told of it here."""

    server: str
    invalid: list[str] = field(default_factory=list)
    apart_ns: list[int] = field(default_factory=list)


@dataclass
class Bare:
    cpu_s_per_million: float = 1.0
    own_cpu_s_per_million: float = 1.0
    apart_ns: list[int] = field(default_factory=list)


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """In which servers were measured."""
    order: list[str] = []

    def one_round(server: Server, *_: object) -> Done:
        order.append(server.name)
        if server.name == "broken":
            raise RuntimeError("it does not start")
        return Done(server.name)

    monkeypatch.setattr(series, "one_round", one_round)
    monkeypatch.setattr(series, "floor", lambda *_, **__: Bare())
    monkeypatch.setattr(series, "brief", lambda *_: "")
    monkeypatch.setattr(series, "summary", lambda done, _: len(done))
    return order


def measured(*servers: tuple[str, frozenset[str] | None], count: int) -> dict[str, Any]:
    (workload,) = chosen(quick=False, names="W3-100")
    none: Any = None
    found = [Server(name, "1", runs, none) for name, runs in servers]
    return series._measure(none, workload, found, stopwatch=none, times=Times(), count=count)


def test_servers_take_turns_and_the_first_round_does_not_count(order: list[str]) -> None:
    found = measured(("hoptt", None), ("other", frozenset({"W3"})), count=3)
    assert order == ["hoptt", "other"] * 3
    assert found["summary"] == {"hoptt": 2, "other": 2}


def test_a_server_is_not_put_under_a_load_that_it_cannot_carry(order: list[str]) -> None:
    assert measured(("hoptt", None), ("other", frozenset({"W1"})), count=1)["summary"] == {"hoptt": 1}
    assert order == ["hoptt"]


def test_a_server_that_cannot_be_measured_is_named_and_the_rest_goes_on(order: list[str]) -> None:
    found = measured(("hoptt", None), ("broken", None), count=2)
    assert order == ["hoptt", "broken", "hoptt"]
    assert found["failures"] == {"broken": "it does not start"}


def test_without_hoptt_there_is_no_run(order: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def one_round(*_: object) -> Done:
        raise RuntimeError("no room can be made")

    monkeypatch.setattr(series, "one_round", one_round)
    with pytest.raises(RuntimeError, match="no room"):
        measured(("hoptt", None), count=1)
    assert order == []


def test_a_round_in_which_the_cores_were_far_apart_is_repeated_and_does_not_count(
    order: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first one's distance is known to be far only by the second one's.
    distances = iter([350, 75, 350, 350, 75, 350, 350, 350])

    def one_round(server: Server, *_: object) -> Done:
        order.append(server.name)
        return Done(server.name, apart_ns=[next(distances)] * 20)

    def valid(done: list[Done], _: object) -> list[bool]:
        return [not one.invalid for one in done]

    monkeypatch.setattr(series, "one_round", one_round)
    monkeypatch.setattr(series, "summary", valid)
    found = measured(("hoptt", None), count=4)
    assert found["summary"] == {"hoptt": [True, True, False]}, "the first of the four warms up"
    assert len(order) == 8
    (first, *_) = found["rounds"]
    assert first["invalid"] == ["the cores were far apart for 100% of the time: 350 ns there and back instead of 75"]


@pytest.mark.parametrize(("also", "tries"), [([], 1), (["the generator was late"], 3)])
def test_who_loses_what_is_sent_is_not_asked_again_and_what_spoils_a_round_is(
    order: list[str], monkeypatch: pytest.MonkeyPatch, also: list[str], tries: int
) -> None:
    def one_round(server: Server, *_: object) -> Done:
        order.append(server.name)
        return Done(server.name, invalid=["10.00 % were lost: a server that drops looks cheap", *also])

    monkeypatch.setattr(series, "one_round", one_round)
    measured(("hoptt", None), count=1)
    assert len(order) == tries
    measured(("hoptt", None), count=2)
    assert len(order) == tries + 1 + tries, "the round that warms up is not repeated"


def test_where_the_cores_are_always_as_far_apart_every_round_counts() -> None:
    distances = Distances()
    assert [distances.note(ns) for ns in ([], [340, 350, 360], [70, 350])] == [None] * 3
    assert distances.fault([350] * 20) is None
    assert distances.note([75] * 8 + [350] * 2) is None, "near for most of the time"
    assert distances.fault([75] * 7 + [350] * 3) is not None
    assert distances.fault([]) is None, "both were too busy"


def a_round(whole: float, own: float) -> Any:
    latency = {"count": 1, "p50_ms": 1.0, "p99_ms": 2.0}
    load = {"video_latency": latency, "forwarded_per_second": 1.0, "loss_share": 0.0}
    return SimpleNamespace(
        cpu_s_per_million=whole,
        gross_cpu_s_per_million=whole,
        own_cpu_s_per_million=own,
        core_share=0.1,
        load=load,
        invalid=[],
    )


@pytest.mark.parametrize(("whole", "own", "holds"), [(5.0, 4.0, True), (4.0, 4.1, True), (0.0, 4.8, False)])
def test_a_core_that_is_counted_less_busy_than_its_processes_gives_no_multiple(
    whole: float, own: float, *, holds: bool
) -> None:
    bare: Any = SimpleNamespace(cpu_s_per_million=2.0, own_cpu_s_per_million=2.0, idle_share=0.0)
    found = series.summary([a_round(whole, own)], [bare])
    assert ("multiple_of_floor" in found) is holds
    assert found["own_multiple_of_floor"]["median"] == own / 2.0
    assert bool(found["reasons"]) is not holds


def test_a_bare_path_that_is_counted_less_busy_than_it_was_gives_no_multiple() -> None:
    bare: Any = SimpleNamespace(cpu_s_per_million=1.0, own_cpu_s_per_million=2.5, idle_share=0.0)
    assert "multiple_of_floor" not in series.summary([a_round(5.0, 4.0)], [bare])

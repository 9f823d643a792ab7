"""What is said about goals follows from the figures."""

from __future__ import annotations

from typing import Any

import pytest
from benchmarks.goals import comparison, findings, goal_rows


def summary(
    cost: float, *, multiple: float = 2.0, valid: int = 3, packets: float = 1e5, lost: float = 0.0
) -> dict[str, Any]:
    figures = {"cpu_s_per_million": cost, "own_cpu_s_per_million": cost / 2}
    figures |= {"forwarded_per_second": packets, "loss_share": lost}
    multiples = {"multiple_of_floor": multiple, "own_multiple_of_floor": multiple + 1}
    return {"valid_rounds": valid, **{name: {"median": value} for name, value in (figures | multiples).items()}}


def a_result(**servers: dict[str, Any]) -> dict[str, Any]:
    return {
        "machine": {"cpu": "a core", "measured_at": "2026-11-26T00:00:00Z"},
        "servers": {"hoptt": "this commit", "galene": "1.1", "janus": "1.1.2"},
        "workloads": {"W1-100": {"about": "a picture", "summary": servers}},
    }


@pytest.mark.parametrize(
    ("cost", "multiple", "verdicts"),
    [
        (1.0, 1.3, ["met, and the aim with it"] * 3),
        (3.0, 2.5, ["met"] * 3),
        (3.4, 2.6, ["**missed**"] * 3),
    ],
)
def test_a_goal_is_met_or_missed_by_the_median(cost: float, multiple: float, verdicts: list[str]) -> None:
    result = a_result(hoptt=summary(cost, multiple=multiple), galene=summary(9.0), janus=summary(20.0))
    assert [one.verdict for one in findings(result)] == verdicts


def test_the_best_other_is_the_cheapest_and_it_is_said_when_its_rounds_do_not_count() -> None:
    result = a_result(hoptt=summary(3.0), galene=summary(4.0, valid=0), janus=summary(20.0))
    row = "0.75 of the best other (galene), for a packet | ≤ 1/3 (aim 1/6) | **missed**, by rounds"
    assert row in "\n".join(goal_rows(result))


def test_where_no_round_counts_the_figure_is_given_and_that_is_said() -> None:
    result = a_result(hoptt=summary(3.0, valid=0), galene=summary(9.0, valid=0))
    assert [one.verdict for one in findings(result)] == ["met, by rounds that do not count"] * 3
    assert "| 3.0* | 9.0* | – | 0.33 | 0.33 |" in comparison(result)


def test_for_the_same_people_counts_what_is_sent_of_those_who_lose_nothing() -> None:
    result = a_result(hoptt=summary(4.0, packets=2e4), galene=summary(3.0, lost=0.2), janus=summary(8.0, packets=4e4))
    packet, people = list(findings(result))[1:]
    assert packet.value == pytest.approx(4 / 3)
    assert "(galene)" in packet.what
    assert people.value == pytest.approx(1 / 4)
    assert "(janus)" in people.what
    assert "| 1.33 | 0.25 |" in comparison(result)
    lossy = a_result(hoptt=summary(4.0), galene=summary(3.0, lost=0.2))
    assert "| 1.33 | – |" in comparison(lossy)
    assert [one.what[:4] for one in findings(lossy)] == ["× th", "of t"], "nobody else carries it"


def test_other_settings_of_ours_are_no_other_server() -> None:
    servers = {"hoptt": summary(3.0), "hoptt, voices gathered": summary(1.0), "galene": summary(6.0)}
    result = a_result(**servers)
    rows = "\n".join(goal_rows(result))
    assert "| W1-100 | 0.50 of the best other (galene), for a packet" in rows
    assert "| W1-100, voices gathered | 0.17 of the best other (galene), for a packet" in rows
    assert rows.count("× the bare path") == 1
    assert "| 3.0 | 6.0 | – | 0.50 | 0.50 |" in comparison(result)


def test_the_cheapest_settings_of_another_server_stand_in_its_column() -> None:
    servers = {"hoptt": summary(3.0), "galene": summary(9.0), "galene, tuned": summary(6.0)}
    result = a_result(**servers)
    result["servers"] = {"hoptt": "", "galene": "1.1", "galene, tuned": "1.1"}
    text = comparison(result)
    assert "| | hoptt | galene | hoptt ÷ best other | for the same people |" in text
    assert "| 3.0 | 6.0 | 0.50 | 0.50 |" in text
    assert "(galene, tuned)" in "\n".join(goal_rows(result))


def test_without_others_nothing_is_said_of_them() -> None:
    result = a_result(hoptt=summary(3.0))
    assert [one.what for one in findings(result)] == ["× the bare path"]
    assert "W1-100" not in comparison(result)


def test_servers_stand_beside_each_other_and_what_does_not_count_is_marked() -> None:
    text = comparison(a_result(hoptt=summary(3.0), galene=summary(12.0), janus=summary(20.0, valid=0)))
    assert "| W1-100: a picture | 3.0 | 12.0 | 20.0* | 0.25 | 0.25 |" in text
    assert "CPU seconds of one core for" in text
    assert "galene: 1.1; janus: 1.1.2" in text


def test_where_a_core_had_company_the_processes_own_time_counts() -> None:
    result = a_result(hoptt=summary(3.0), galene=summary(12.0))
    del result["workloads"]["W1-100"]["summary"]["galene"]["multiple_of_floor"]
    assert "| 1.5 | 6.0 | – |" in comparison(result)
    assert next(iter(findings(result))).value == pytest.approx(3.0)

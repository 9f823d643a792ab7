"""The table of docs/reliability.md is made of results, and tells what was not measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.faults import COMMAND, LOADS, PROMISES, merge, publish, quantile, read, table
from benchmarks.pages import marks
from tests.docs.documents import ROOT

MACHINE = {"measured_at": "2026-11-26T00:00:00Z", "commit": "abc", "cores": 2, "cpu": "one", "kernel": "6.18"}


BEGIN, END = marks(COMMAND)


def a_result(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"machine": MACHINE, "times": read(json.dumps(line) for line in lines)}


def time_of(id_: str, what: str, seconds: float) -> dict[str, Any]:
    return {"id": id_, "what": what, "seconds": seconds}


def test_a_row_tells_promise_median_p95_most_and_runs() -> None:
    lines = [time_of("F30", "signalling back", seconds / 10) for seconds in range(1, 21)]
    [row] = [r for r in table(a_result(*lines)).splitlines() if "signalling back" in r and "F30" in r]
    assert row == "| F30 | the WebSocket is reset | signalling back | 3 s | 1.05 s | 1.90 s | 2.00 s | 20 |"


def test_what_was_not_measured_is_said_to_be_so() -> None:
    [row] = [r for r in table(a_result(time_of("F1", "x", 1))).splitlines() if r.startswith("| F27 ")]
    assert row.endswith("| 2 s | – | – | – | 0 |")


def test_faults_drawn_from_a_seed_have_a_table_of_their_own() -> None:
    text = table(a_result(time_of("mix", "engine_killed", 1), time_of("mix", "engine_killed", 3)))
    assert "2 faults drawn from a seed" in text
    assert "| engine killed | 2.00 s | 3.00 s | 2 |" in text


def test_of_several_results_the_last_that_measured_it_counts() -> None:
    both = merge([a_result(time_of("F1", "x", 1), time_of("F2", "y", 2)), a_result(time_of("F1", "x", 3))])
    assert {(one["id"], *one["seconds"]) for one in both["times"]} == {("F1", 3), ("F2", 2)}


def test_of_merged_results_each_run_is_named_with_its_load() -> None:
    later = MACHINE | {"measured_at": "2026-11-27T00:00:00Z", "commit": "def", "load": 3.14}
    more = {"machine": later, "times": [time_of("F2", "y", 2) | {"seconds": [2], "by": later}]}
    text = table(merge([a_result(time_of("F1", "x", 1)), more]))
    assert "- of the run that ended 2026-11-27T00:00:00Z (commit `def`; load 3.1): F2." in text
    assert "(commit `abc`; load not noted): F1." in text


@pytest.mark.parametrize(("count", "share", "value"), [(1, 0.95, 0), (20, 0.95, 18), (100, 0.95, 94), (3, 0.5, 1)])
def test_a_quantile_is_a_value_that_was_measured(count: int, share: float, value: int) -> None:
    assert quantile(range(count), share) == value


def test_a_load_is_shown_with_its_worst_and_one_that_was_not_brought_too() -> None:
    text = table(
        a_result(time_of("L1", "40: share of packets lost", 0.0002), time_of("L1", "40: share of packets lost", 0.0004))
    )
    assert "| 40: share of packets lost | 0.100% | 0.040% | 2 |" in text
    assert "| L6 | coming and going | KiB more in the control plane after each 1,000 joins | 1024 KiB | – | 0 |" in text


def test_the_table_stands_between_the_marks_and_the_rest_stays(tmp_path: Path) -> None:
    page, result, kept = (tmp_path / name for name in ("reliability.md", "result.json", "faults.json"))
    page.write_text(f"# Head\n\n{BEGIN}\nan earlier one\n{END}\n\ntail\n")
    result.write_text(json.dumps(a_result(time_of("F30", "signalling back", 0.4))))
    publish([result], page=page, kept=kept)
    text = page.read_text()
    assert text.startswith("# Head\n")
    assert text.endswith("\n\ntail\n")
    assert "an earlier one" not in text
    assert "| 0.40 s |" in text
    assert json.loads(kept.read_text())["times"]


def test_each_promise_is_measured_by_a_test() -> None:
    sources = [*ROOT.glob("tests/faults/*.py"), *ROOT.glob("web/e2e/*.spec.ts")]
    written = "\n".join(path.read_text() for path in sources)
    bare = [load.what.partition(" in the ")[0].removeprefix("500") for load in LOADS]
    assert [what for what in bare if what not in written and (what.partition(": ")[2] or what) not in written] == []
    missing = [
        p for p in PROMISES if not any(part in written for part in (p.what, p.what.partition(": ")[2] or p.what))
    ]
    assert missing == []

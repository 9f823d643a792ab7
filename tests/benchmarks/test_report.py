"""The page is made of a result, and of nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from benchmarks.pages import marks
from benchmarks.report import COMMAND, WITH_OFFLOAD, dated, publish, svg, together

BEGIN, END = marks(COMMAND)


def figure(median: float) -> dict[str, float]:
    return {"median": median, "min": median - 0.5, "max": median + 0.5}


def a_result() -> dict[str, Any]:
    names = ("cpu_s_per_million", "own_cpu_s_per_million", "multiple_of_floor", "own_multiple_of_floor", "core_share")
    more = ("forwarded_per_second", "latency_p50_ms", "latency_p99_ms", "loss_share")
    figures = {name: figure(2.0) for name in (*names, *more)}
    floors = [{"cpu_s_per_million": cost, "own_cpu_s_per_million": cost} for cost in (1.0, 1.2)]
    return {
        "servers": {"hoptt": "this commit"},
        "absent": {"janus": "HOPTT_BENCH_JANUS"},
        "rounds": 8,
        "times": {"measured": 30.0},
        "machine": {
            "measured_at": "2026-11-26T00:00:00Z",
            "commit": "abc",
            "cores": 2,
            "cpu": "a <fast> one",
            "kernel": "6.18",
            "rig": "namespaces",
            "tx-udp-segmentation": "off",
        },
        "workloads": {
            "W1-100": {
                "about": "a picture",
                "floor": floors,
                "summary": {
                    "hoptt": {"valid_rounds": 6, "rounds": 7, "reasons": ["it was late"], "floor": 1.1, **figures}
                },
            }
        },
    }


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    page = tmp_path / "performance.md"
    page.write_text(f"# Head\n\n{BEGIN}\nold\n{END}\n\ntail\n")
    (tmp_path / "README.md").write_text(f"# Read\n\n{BEGIN}\n{END}\n")
    (tmp_path / "result.json").write_text(json.dumps(a_result()))
    return page


def published(page: Path) -> str:
    folder = page.parent
    publish(
        [folder / "result.json"],
        page,
        folder / "README.md",
        folder / "pictures" / "performance.svg",
        folder / "published.json",
    )
    return page.read_text()


def test_the_tables_stand_between_the_marks_and_the_rest_stays(page: Path) -> None:
    text = published(page)
    assert text.startswith("# Head\n")
    assert text.endswith("\n\ntail\n")
    assert "old" not in text
    assert "| W1-100: a picture | hoptt | 2.00 (1.50..2.50) |" in text
    assert "| W1-100 | the bare path | 1.10 (1.00..1.20) |" in text
    assert "(pictures/performance.svg)" in text


def test_where_lines_lost_something_it_is_told_how_long_repairs_took(page: Path) -> None:
    assert "Repairs" not in published(page)
    result = a_result()
    result["workloads"]["W5-5-50"] = workload = result["workloads"].pop("W1-100")
    repairs = {"repair_p50_ms": figure(62.0), "repair_p99_ms": figure(140.0), "unrepaired_share": figure(0.001)}
    workload["summary"]["hoptt"] |= repairs
    (page.parent / "result.json").write_text(json.dumps(result))
    text = published(page)
    assert "Repairs, from when" in text
    assert "| W5-5-50 | hoptt | 62.00" in text
    assert text.rstrip().count("| 0.10% |") == 1


def test_rounds_that_do_not_count_are_told(page: Path) -> None:
    text = published(page)
    assert "6 of 7" in text
    assert "- W1-100, hoptt: it was late" in text


def test_publishing_twice_changes_nothing(page: Path) -> None:
    assert published(page) == published(page)


def test_the_result_is_kept_beside(page: Path) -> None:
    published(page)
    result = a_result()
    assert json.loads((page.parent / "published.json").read_text()) == result | {"workloads": dated(result)}


def test_where_the_bare_path_had_company_there_is_no_multiple_of_it(page: Path) -> None:
    result = a_result()
    del result["workloads"]["W1-100"]["summary"]["hoptt"]["multiple_of_floor"]
    (page.parent / "result.json").write_text(json.dumps(result))
    assert "| hoptt | 2.00 (1.50..2.50) | – |" in published(page)
    assert "own time of the processes" in (page.parent / "pictures" / "performance.svg").read_text()


def test_a_run_with_offload_has_a_place_and_a_file_of_its_own(page: Path) -> None:
    before = published(page)
    result = a_result()
    result["machine"]["tx-udp-segmentation"] = "on"
    (page.parent / "result.json").write_text(json.dumps(result))
    begin, end = marks(WITH_OFFLOAD)
    page.write_text(f"{before}{begin}\n{end}\n")
    text = published(page)
    assert text.startswith(before), "the headline stays"
    assert "tx-udp-segmentation on" in text.removeprefix(before)
    assert "### Goals" not in text.removeprefix(before)
    assert json.loads((page.parent / "published.json").read_text())["machine"]["tx-udp-segmentation"] == "off"
    assert json.loads((page.parent / "published-offload.json").read_text()) == result | {"workloads": dated(result)}


def test_a_page_without_marks_is_refused(page: Path) -> None:
    page.write_text("# Head\n")
    with pytest.raises(ValueError, match="no place"):
        published(page)


def test_the_plot_is_whole_and_has_a_bar_for_each_row() -> None:
    root = ET.fromstring(svg(a_result()))
    assert len(root.findall("{http://www.w3.org/2000/svg}rect")) == 3  # the ground, the floor, the server


def test_results_of_one_machine_are_joined_and_others_are_not() -> None:
    first, second = a_result(), a_result()
    (name, workload) = second["workloads"].popitem()
    second["workloads"] = dict.fromkeys(("W10-100", "W3-300", "W2L-20", "W2-20", "W2-10", name), workload)
    second["machine"]["commit"] = "def"
    joined = together([first, second])["workloads"]
    assert list(joined) == ["W1-100", "W2-10", "W2-20", "W2L-20", "W3-300", "W10-100"]
    assert [joined[name]["commit"] for name in ("W1-100", "W3-300")] == ["abc", "def"], "the first one counts"
    assert together([together([second]), first])["workloads"]["W3-300"]["commit"] == "def"
    second["machine"]["cpu"] = "another"
    with pytest.raises(ValueError, match="a <fast> one and another"):
        together([first, second])


def test_of_several_commits_each_workload_says_of_which_it_is(page: Path) -> None:
    assert "Measured 2026-11-26T00:00:00Z at commit `abc` on 2" in published(page)
    result = a_result()
    result["workloads"]["W3-300"] = result["workloads"]["W1-100"] | {"commit": "def", "measured_at": "later"}
    (page.parent / "result.json").write_text(json.dumps(result))
    runs = "2026-11-26T00:00:00Z at commit `abc` (W1-100) and later at commit `def` (W3-300) on 2"
    assert f"Measured {runs}" in published(page)

"""What `make quality-real` makes of what browsers and a line have seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benchmarks.pages import marks as marks_of
from benchmarks.quality import marks, report
from benchmarks.quality.marks import Fact
from benchmarks.quality.run import Look, Picture, Run, Sound, Tenth
from benchmarks.quality.scenarios import SCENARIOS, chosen
from benchmarks.quality.wire import Way, model
from tests.support.link import Bursts, Link, LinkModel

STILL = Sound(received=0, lost=0, samples=0, concealed=0)

BEGIN, END = marks_of(report.COMMAND)


def a_look(at_s: float, *pictures: Picture, sound: Sound = STILL) -> Look:
    return Look(at_s, {str(place): picture for place, picture in enumerate(pictures)}, sound)


def a_picture(frames: int = 0, *, height: int = 540, freezes: int = 0, frozen_s: float = 0.0) -> Picture:
    return Picture(frames, height, freezes, frozen_s)


A_RUN = Run(
    seconds=20.0,
    capacity=[(0.0, 1e6), (10.0, 2e6)],
    tenths=[],
    looks=[a_look(0.0)],
    estimates=[],
    reasons=[],
    full_height=540,
)


# ---- the figures ---------------------------------------------------------------------------------


def test_an_estimate_holds_until_the_next_is_told_and_too_much_is_as_wrong_as_too_little() -> None:
    run = replace(A_RUN, estimates=[(2.0, 0.5e6), (4.0, 2e6)])
    assert run.estimate_ratio(0, 2) == 0
    assert run.estimate_ratio(2, 4) == pytest.approx(0.5)
    assert run.estimate_ratio(4, 8) == pytest.approx(0.5)
    assert run.estimate_ratio(12, 14) == pytest.approx(1.0)


def test_the_estimate_has_reached_a_line_when_it_first_is_so_much_of_it() -> None:
    run = replace(A_RUN, estimates=[(2.0, 1e6), (13.0, 1.85e6)])
    assert run.reached(10, 0.9) == pytest.approx(3.0)
    assert run.reached(10, 0.95) is None


def test_a_line_that_changes_a_moment_later_is_not_reached_before() -> None:
    run = replace(A_RUN, capacity=[(0.0, 1e6), (10.004, 2e6)], estimates=[(2.0, 1e6)])
    assert run.reached(10, 0.9) is None


def test_a_queue_is_below_again_after_it_was_long_last() -> None:
    queue_ms = {10.0: 50, 10.1: 200, 11.2: 120, 11.3: 90, 16.0: 300}
    run = replace(A_RUN, tenths=[Tenth(at, ms, 0, {}) for at, ms in queue_ms.items()])
    assert run.queue_below_after(10, 15, 100) == pytest.approx(1.2)
    assert run.queue_below_after(11.3, 15, 100) == 0


def test_a_freeze_counts_when_it_ends_and_a_picture_that_stands_still_at_the_end_counts_too() -> None:
    looks = [
        a_look(1.0, a_picture(25)),
        a_look(1.2, a_picture(26, freezes=1, frozen_s=0.7)),
        a_look(1.4, a_picture(30, freezes=3, frozen_s=1.3)),
        a_look(2.0, a_picture(40, freezes=3, frozen_s=1.3)),
        a_look(3.5, a_picture(40, freezes=3, frozen_s=1.3)),
    ]
    run = replace(A_RUN, looks=looks)
    assert [(one.at_s, round(one.seconds, 3)) for one in run.freezes(0, 20)] == [(1.2, 0.7), (1.4, 0.3), (1.4, 0.3)]
    assert run.longest_freeze(0, 2.5) == pytest.approx(0.7)
    assert run.longest_freeze(0, 20) == pytest.approx(1.5)
    assert run.frozen_share(0, 10) == pytest.approx(0.13)


def test_of_several_pictures_the_worst_one_counts() -> None:
    run = replace(
        A_RUN,
        looks=[
            a_look(0.0, a_picture(0), a_picture(0)),
            a_look(10.0, a_picture(250), a_picture(80, freezes=1, frozen_s=2)),
        ],
    )
    assert run.frames_per_second(0, 10) == pytest.approx(8)
    assert run.longest_freeze(0, 20) == pytest.approx(2)


def test_the_size_of_the_picture_over_time() -> None:
    heights = [135, 270, 540, 540, 270]
    run = replace(A_RUN, looks=[a_look(at / 5, a_picture(at, height=h)) for at, h in enumerate(heights)])
    assert run.first_full() == pytest.approx(0.4)
    assert run.share_of_height(0, 1, most=269) == pytest.approx(0.2)
    assert run.share_of_height(0, 1, least=540) == pytest.approx(0.4)
    assert run.switches(0, 1) == 3


def test_sound_that_is_lost_and_made_up_is_counted_from_a_time_on() -> None:
    run = replace(
        A_RUN,
        looks=[
            a_look(5.0, sound=Sound(received=240, lost=10, samples=240_000, concealed=9_600)),
            a_look(10.0, sound=Sound(received=480, lost=20, samples=480_000, concealed=12_000)),
        ],
    )
    assert run.sound_lost(5, 10) == pytest.approx(10 / 250)
    assert run.sound_concealed(5, 10) == pytest.approx(0.01)


# ---- the marks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measured", "mark", "at_most", "holds"),
    [(0.9, 1.0, True, True), (1.1, 1.0, True, False), (0.9, 1.0, False, False), (1.1, 1.0, False, True)],
)
def test_a_mark_is_met_from_its_side(measured: float, mark: float, at_most: bool, holds: bool) -> None:
    assert Fact("x", measured, mark, at_most).holds is holds


@pytest.mark.parametrize("at_most", [True, False])
def test_what_never_was_meets_no_mark(at_most: bool) -> None:
    assert not Fact("x", None, 1.0, at_most).holds


def facts(judge: marks.Judge, run: Run) -> Sequence[tuple[float | None, bool]]:
    return [(None if one.measured is None else round(one.measured, 3), one.holds) for one in judge(run)]


def test_an_estimate_that_was_never_known_has_not_fallen_little() -> None:
    assert facts(marks.lossy(10), A_RUN)[0] == (None, False)
    known = replace(A_RUN, estimates=[(0.0, 2e6), (12.0, 1.8e6)])
    assert facts(marks.lossy(10), known)[0] == (0.1, True)


def test_on_a_slow_line_only_the_line_is_the_reason_that_counts() -> None:
    run = replace(A_RUN, reasons=[(0.5, "tile"), (6.0, "line")])
    assert facts(marks.slow, run)[1] == (6.0, False)
    assert facts(marks.slow, replace(run, reasons=[(3.0, "line")]))[1] == (3.0, True)


def test_two_flows_are_as_equal_as_what_the_line_carried_of_each_in_the_last_minute() -> None:
    tenths = [
        Tenth(at / 10, 50, 0, {"udp:1": 1_000, "udp:2": 500 if at >= 400 else 9_000, "tcp:80": 5_000})
        for at in range(1_000)
    ]
    jain, waits = facts(marks.fair, replace(A_RUN, seconds=100.0, tenths=tenths))
    assert (jain, waits) == ((0.9, False), (0.05, True))


def test_beside_a_download_the_larger_share_counts_whosever_it_is() -> None:
    tenths = [Tenth(at / 10, 0, 0, {"udp:1": 400, marks.DOWNLOAD: 600, "tcp:80": 9_000}) for at in range(600)]
    run = replace(A_RUN, seconds=60.0, tenths=tenths)
    assert facts(marks.beside_a_download, run) == [(0.6, True)]
    alone = [replace(one, bytes_of={"udp:1": 400}) for one in tenths]
    assert facts(marks.beside_a_download, replace(run, tenths=alone)) == [(None, False)]


def test_a_picture_is_there_when_the_one_that_was_pinned_is_shown_larger_before_the_next() -> None:
    played = {
        "pinned": [{"at_ms": 5_000, "point": "A"}, {"at_ms": 9_000, "point": "B"}],
        "shown": [
            {"at_ms": 4_000, "point": "A", "height": 135},
            {"at_ms": 5_300, "point": "B", "height": 540},
            {"at_ms": 5_400, "point": "A", "height": 270},
            {"at_ms": 9_100, "point": "B", "height": 270},
            {"at_ms": 9_200, "point": "A", "height": 1_080},
        ],
    }
    run = Run.read(raw(0, played=played))
    assert [(pin.at_s, pin.took_s and round(pin.took_s, 3)) for pin in run.pins] == [(4.0, 0.4), (8.0, None)]
    assert facts(marks.pinned, run)[0] == (None, False)
    assert facts(marks.pinned, replace(run, pins=run.pins[:1]))[0] == (0.4, True)


def test_key_frames_that_are_asked_for_at_once_are_seen_and_those_of_two_layers_are_not_one() -> None:
    calm = [("0 f", 1.0, 1), ("0 f", 1.1, 2), ("0 f", 1.5, 3), ("0 q", 1.5, 1)]
    assert replace(A_RUN, asked=calm).asked_within(0.3) == 1
    assert replace(A_RUN, asked=[*calm, ("0 f", 1.6, 4)]).asked_within(0.3) == 2
    assert A_RUN.asked_within(0.3) is None


def test_numbers_are_missing_when_they_were_lost_or_asked_for() -> None:
    looks = [
        a_look(5.0, replace(a_picture(), lost=2, nacks=1)),
        a_look(9.0, replace(a_picture(), lost=2, nacks=3), replace(a_picture(), lost=1)),
    ]
    assert replace(A_RUN, looks=looks).numbers_missing(5, 10) == 3


def test_whoever_takes_the_floor_is_heard_from_their_own_press_on() -> None:
    run = replace(A_RUN, taken_s=17.0, heard=[1.0, 17.15], estimates=[(1.0, 2e6), (16.0, 1.9e6)])
    assert facts(marks.floor, run) == [(0.15, True), (0.95, True)]
    assert facts(marks.floor, replace(run, heard=[1.0]))[0] == (None, False)


def test_of_what_was_not_seen_no_mark_is_met() -> None:
    assert [(one.id, fact.what) for one in SCENARIOS for fact in one.judge(A_RUN) if fact.holds] == []


@pytest.mark.parametrize(
    ("only", "found"),
    [("Q3", ["q3-1000", "q3-2500"]), ("q2, Q8-1", ["q2", "q8-1"]), ("", [one.id for one in SCENARIOS])],
)
def test_scenarios_are_chosen_by_their_name_or_number(only: str, found: Sequence[str]) -> None:
    assert [one.id for one in chosen(only)] == found


def test_a_scenario_that_is_not_there_is_named() -> None:
    with pytest.raises(LookupError, match="no scenario q99"):
        chosen("q99")


# ---- the wire ------------------------------------------------------------------------------------


def a_packet(size: int, *, protocol: int = 17, port: int = 5000) -> bytes:
    head = bytes([0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol]) + bytes(10)
    return (head + bytes(2) + port.to_bytes(2)).ljust(size, b"\0")


def test_packets_leave_in_their_time_and_are_counted_by_what_carries_them() -> None:
    way = Way(Link(LinkModel(delay_s=0.05, rate_bps=1_000_000), seed=1))
    for packet in (a_packet(1_250), a_packet(1_250, protocol=6, port=80), b"\x60" + bytes(60)):
        way.take(0.0, packet)
    assert way.next_at() == pytest.approx(0.06)
    assert list(way.due(0.055)) == []
    assert len(list(way.due(0.0704))) == 2
    seen = way.sample(0.01)
    assert seen["bytes"] == {"udp:5000": 1_250, "tcp:80": 1_250, "other": 61}
    assert seen["queue_ms"] == pytest.approx(10.5)
    assert seen["late_ms"] == pytest.approx(10.4)
    assert way.sample(0.02)["bytes"] == {}


def test_a_wish_names_losses_each_by_itself_or_in_bursts() -> None:
    assert model({"delay_s": 0.05, "loss": 0.1}) == LinkModel(delay_s=0.05, loss=0.1)
    bursts = {"enter": 0.1, "leave": 0.5, "inside": 0.6}
    assert model({"bursts": bursts}) == LinkModel(loss=Bursts(**bursts))
    with pytest.raises(TypeError):
        model({"colour": 1})


# ---- the page ------------------------------------------------------------------------------------


def raw(at_ms: float, **seen: Any) -> dict[str, Any]:
    sound = {"received": 0, "lost": 0, "samples": 0, "concealed": 0}
    picture = {"frames": 25, "height": 540, "freezes": 0, "frozen_s": 0}
    machine = {"cpu": "EPYC", "cores": 2, "kernel": "6", "commit": "abc", "measured_at": "2026-11-26"}
    return {
        "joined_ms": 1_000,
        "seconds": 10,
        "full_height": 540,
        "changed": [{"at_ms": 900, "down": {"rate_bps": 10e6}}],
        "line": [{"at_ms": 1_100, "down": {"queue_ms": 0, "late_ms": 0, "bytes": {"udp:1": 9_000}}}],
        "looks": [{"at_ms": at_ms, "pictures": {"a": picture}, "sound": sound}],
        "estimates": [],
        "reasons": [],
        "machine": machine | {"busy": 0.5, "others": 0.0, "steal": 0.01, "load": 1.0},
    } | seen


@pytest.fixture
def publish(tmp_path: Path) -> Callable[..., str]:
    page = tmp_path / "quality.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    (tmp_path / "pictures/quality").mkdir(parents=True)

    def made(**runs: dict[str, Any] | list[dict[str, Any]]) -> str:
        for stack, run in runs.items():
            for number, one in enumerate(run if isinstance(run, list) else [run], 1):
                (tmp_path / f"q9.{stack}.{number}.json").write_text(json.dumps(one))
        report.publish(tmp_path, kept=tmp_path / "kept.json", page=page)
        return page.read_text()

    return made


def test_the_table_is_made_between_its_marks_with_what_is_missed(publish: Callable[..., str], tmp_path: Path) -> None:
    page = publish(hoptt=raw(3_000), direct=raw(2_000))
    assert page.startswith(f"before\n{BEGIN}\n\nMeasured 2026-11-26 at commit abc")
    assert page.endswith(f"{END}\nafter\n")
    assert "old" not in page
    row = "| Q9: join on 10 Mbit/s | until the full picture | ≤ 1.5 s | 2.00 s **missed** | 1.00 s |"
    assert row in page
    assert (tmp_path / "pictures/quality/real-q9.svg").read_text().startswith("<svg ")


def test_a_run_beside_busy_programs_bears_an_asterisk(publish: Callable[..., str]) -> None:
    machine = raw(0)["machine"]
    page = publish(hoptt=raw(3_000, machine=machine | {"others": 0.3}), direct=raw(2_000))
    assert "2.00 s **missed**\\* | 1.00 s |" in page


def test_a_later_run_replaces_its_own_figures_and_keeps_the_others(publish: Callable[..., str], tmp_path: Path) -> None:
    publish(hoptt=raw(3_000), direct=raw(2_000))
    (tmp_path / "q9.direct.1.json").unlink()
    assert "| ≤ 1.5 s | 1.20 s ✓ | 1.00 s |" in publish(hoptt=raw(2_200))


def test_of_rounds_the_middle_one_is_judged_and_the_best_and_the_worst_stand_beside_it(
    publish: Callable[..., str], tmp_path: Path
) -> None:
    page = publish(hoptt=[raw(2_200), raw(3_000), raw(1_900)], direct=[raw(2_000), raw(3_000)])
    assert "| 1.20 s ✓ (0.90 s to 2.00 s) | 2.00 s (1.00 s to 2.00 s) |" in page
    kept = json.loads((tmp_path / "kept.json").read_text())["runs"]["q9"]["hoptt"]
    assert [run["facts"][0]["measured"] for run in kept] == [1.2, 2.0, 0.9]


def test_of_rounds_what_never_was_is_the_worst(publish: Callable[..., str]) -> None:
    never = raw(3_000, looks=[{"at_ms": 3_000, "pictures": {}, "sound": raw(0)["looks"][0]["sound"]}])
    assert "| 1.20 s ✓ (0.90 s to never) |" in publish(hoptt=[never, raw(2_200), raw(1_900)])
    assert "| never **missed** (0.90 s to never) |" in publish(hoptt=[never, never, raw(1_900)])


def test_what_is_to_be_much_is_the_better_the_more_it_is() -> None:
    facts = [Fact("x", measured, 0.9, at_most=False).told() for measured in (0.95, None, 0.8, 0.99)]
    assert [one["measured"] for one in report.by_worth(facts)] == [0.99, 0.95, 0.8, None]


def test_a_page_without_a_place_for_it_stays_as_it_is(publish: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "quality.md").write_text("nothing")
    with pytest.raises(ValueError, match="no place"):
        publish(hoptt=raw(3_000))
    assert (tmp_path / "quality.md").read_text() == "nothing"
    assert not (tmp_path / "kept.json").exists()

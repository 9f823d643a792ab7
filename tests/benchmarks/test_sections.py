"""Latency, W4, W7, memory, W9 and scaling: what their figures say."""

from __future__ import annotations

from typing import Any

import pytest
from benchmarks.joins import Speed, Wave
from benchmarks.sections import SECTIONS, told

from benchmarks import calls, held, joins, latency, layers, scaling

MACHINE = {
    "measured_at": "2026-11-27T00:00:00Z",
    "commit": "abc",
    "cores": 2,
    "cpu": "one",
    "kernel": "6.18",
    "rig": "namespaces",
}
TIMES = {step: {"p50_ms": 10.0, "p99_ms": 30.0} for step in ("signalling", "ice", "dtls")}


def a_wave(after: int, *, people: int = 100, failures: int = 0) -> Wave:
    return Wave(
        people=people,
        engine_cpu_s=0.1,
        whole_cpu_s=0.9,
        engine_bytes=30_000_000,
        engine_bytes_after=after,
        failures=failures,
        join=TIMES,
    )


def a_speed(*waves: Wave) -> dict[str, Any]:
    speed = Speed(joins_per_second=10, engine_bytes_before=25_000_000, waves=list(waves))
    return {
        "joins_per_second": 10,
        "waves": [{"people": w.people, "failures": w.failures, "join": w.join} for w in waves],
        "figures": speed.figures(),
    }


def test_joins_are_told_for_each_of_them() -> None:
    figures = a_speed(a_wave(26_000_000), a_wave(26_000_000))["figures"]
    assert figures["engine ms per join"] == pytest.approx(1.0)
    assert figures["whole ms per join"] == pytest.approx(9.0)
    assert figures["engine kB per listener"] == pytest.approx(50.0)
    assert figures["engine kB kept per 1,000 joins"] == pytest.approx(0.0)


def test_what_grows_with_every_wave_is_a_leak_and_the_first_one_is_not() -> None:
    leaks = a_speed(a_wave(26_000_000), a_wave(26_200_000), a_wave(26_400_000), a_wave(26_600_000))
    assert leaks["figures"]["engine kB kept per 1,000 joins"] == pytest.approx(2_000.0)
    warms_up = a_speed(a_wave(25_500_000), a_wave(26_000_000), a_wave(26_000_000))
    assert warms_up["figures"]["engine kB kept per 1,000 joins"] == pytest.approx(0.0)


def test_the_table_says_who_did_not_come_in_and_what_is_missed() -> None:
    leaks = a_speed(a_wave(26_000_000, failures=3), a_wave(26_200_000), a_wave(26_400_000))
    table = "\n".join(joins.table([leaks]))
    assert "| 10 | 3 of 300 | 10 / 30 | 1.0 | 9.0 | 50.0 | 2000.0 |" in table
    assert table.endswith("| | | | met | met | met | **missed** |")


def a_turn(p99_ms: float, calls_per_second: float = 0.0) -> dict[str, Any]:
    return {
        "calls_per_second": calls_per_second,
        "calls_refused": 0,
        "calls_p99_ms": 20.0,
        "video_latency": {"p50_ms": 1.0, "p99_ms": p99_ms},
        "loss_share": 0.0,
        "invalid": ["the generator was late"] if p99_ms > 5 else [],
    }


@pytest.mark.parametrize(("p99_ms", "verdict"), [(4.4, "met"), (5.0, "**missed**")])
def test_calls_are_judged_by_how_far_the_latency_moves(p99_ms: float, verdict: str) -> None:
    turns = {"calm": [a_turn(4.0), a_turn(9.0), a_turn(4.0)], "called": [a_turn(p99_ms, 990.0)] * 3}
    rows = told(SECTIONS["calls"], {"machine": MACHINE, "found": {**turns, "figures": calls.figures(turns)}})
    assert rows[0].startswith("Measured 2026-11-27T00:00:00Z at commit `abc` on 2 × one")
    assert f"| latency p99 | 4.00 ms | {p99_ms:.2f} ms | {p99_ms / 4 - 1:+.0%} | ≤ 20% (aim 0%): {verdict} |" in rows
    assert rows[-1].endswith("late or something was lost: 1 of 6.")


def test_fewer_calls_than_asked_are_told() -> None:
    turns = {"calm": [a_turn(4.0)] * 3, "called": [a_turn(4.0, 450.0)] * 3}
    rows = calls.table({**turns, "figures": calls.figures(turns)})
    assert any("met, by fewer calls than 1000 a second" in row for row in rows)


def test_latency_is_what_is_added_to_the_reflector() -> None:
    def times(p50_ms: float) -> dict[str, float]:
        return {"p50_ms": p50_ms, "p99_ms": 2 * p50_ms}

    reflected = [{"audio": times(0.1), "video": times(0.1)}] * 3
    one: dict[str, Any] = {"audio": times(0.3), "video": times(0.7), "engine_share": 0.4, "invalid": []}
    found = {"reflected": reflected, "forwarded": [one, {**one, "invalid": ["late"]}, one]}
    meeting = {**found, "people": 50, "figures": latency.figures(found)}
    rows = latency.table([{**meeting, "people": 20}, meeting])
    assert "| audio, 20 people | 40% | 0.10 / 0.20 ms | 0.30 / 0.60 ms | 0.20 ms | ≤ 0.3 ms (aim 0.08): met |" in rows
    expected = (
        "| video, 50 people | 40% | 0.10 / 0.20 ms | 0.70 / 1.40 ms | 0.60 ms | ≤ 0.5 ms (aim 0.15): **missed** |"
    )
    assert expected in rows
    assert rows[-1] == "Turns that do not count by the rules below: 2 of 6."


def a_layered_turn(p95_ms: float, *, soon: int = 0, lost: int = 0) -> dict[str, Any]:
    return {
        "switch": {"count": 990, "p50_ms": 100.0, "p95_ms": p95_ms, "p99_ms": 520.0},
        "unswitched": 10,
        "video": {"lost": lost, "expected": 180_000},
        "checked": {"broken_frames": lost},
        "sent": {"asked_key_frames": 100, "asked_again_soon": soon},
        "forwarded": 180_000,
        "seconds": 20.0,
        "engine_s": 1.8,
        "invalid": [],
    }


def test_layers_are_judged_by_how_soon_they_come_and_by_what_they_ask_for() -> None:
    text = "\n".join(layers.table([a_layered_turn(310.0), a_layered_turn(290.0), a_layered_turn(900.0)]))
    assert "| another size is wanted | 50 times a second |" in text
    assert "after p50 / p95 / p99 | 100 / 310 / 520 ms | p95 ≤ 500 ms: met |" in text
    assert "| 30 of 3,000 |" in text
    assert "| key frames asked for, of three encodings | 5.0 a second |" in text
    assert "| engine | 9.0% of a core, 10.0 µs a packet |" in text
    assert "**missed**" not in text
    missed = "\n".join(layers.table([a_layered_turn(501.0, soon=1, lost=2)]))
    assert missed.count("**missed**") == 4


def a_point(family: str, receivers: int, share: float) -> dict[str, Any]:
    return {
        "id": f"{family}-{receivers}",
        "people": receivers,
        "receivers": receivers,
        "packets_per_second": 100.0 * receivers,
        "mbps": 2.0 * receivers,
        "engine_share": share,
        "control_share": 0.01,
        "engine_us_per_packet": 5.0,
        "engine_kb_per_person": 40.0,
        "loss_share": 0.0,
        "far": False,
        "doubts": [],
        "connected": receivers,
    }


def test_a_point_that_not_everybody_reached_is_named_and_nothing_follows_from_it() -> None:
    found = [a_point(family, many, many / 1_000) for family in ("W1", "W2", "W3") for many in (10, 100)]
    crowd = a_point("W3", 1_000, 0.9) | {"connected": 424}
    text = "\n".join(scaling.table([*found, crowd]))
    assert "W3-1000 was not reached: 424 of 1,000 came in." in text
    assert "| W3-1000 |" not in text
    assert scaling.table(found)[-1] == text.splitlines()[-1]


def test_what_a_node_holds_grows_from_the_largest_point() -> None:
    points = [a_point("W1", 10, 0.02), a_point("W1", 100, 0.11), a_point("W1", 200, 0.21)]
    assert scaling.per_receiver(points) == pytest.approx(0.001)
    assert scaling.held(points) == 690


def test_scaling_tells_node_site_and_country() -> None:
    found = [a_point(family, many, many / 1_000) for family in ("W1", "W2", "W3") for many in (10, 100)]
    text = "\n".join(scaling.table(found))
    assert "| W1-10 | 10 | 1,000 | 20 | 1.0% | 5.0 | 1.0% | 40 | 0.000% |" in text
    assert "would hold 700 viewers" in text
    assert "Each of the latter receives 2.0 Mbit/s" in text
    assert "a card of 1 Gbit/s carries 350 of them" in text
    # 98 communes of 2 + 0.96 Mbit/s
    assert "290 Mbit/s out" in text
    assert "2.96 Mbit/s to each, 101 Mbit/s out of the centre" in text


def test_what_each_holds_is_held_against_its_goal() -> None:
    each = {"listener": 39.0, "viewer of a picture": 120.0, "publisher of three layers": 2_500.0}
    found = {name: {"few": 2, "many": 22, "each_kb": kb} for name, kb in each.items()}
    rows = held.table(found)
    assert "| a listener | 2 and 22 | 39 kB | ≤ 100 (aim 40) | met, and the aim |" in rows
    assert "| a viewer of a picture | 2 and 22 | 120 kB | ≤ 200 (aim 80) | met |" in rows
    assert "| a publisher of three layers | 2 and 22 | 2,500 kB | ≤ 2,000 (aim 1,000) | **missed** |" in rows

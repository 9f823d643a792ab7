"""The scenarios in real time: the lines of media/sim/src/quality/scenarios.rs, some of them for a shorter while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.quality.marks import (
    Judge,
    beside_a_download,
    fair,
    fall,
    floor,
    join,
    lossy,
    pinned,
    rise,
    slow,
    steady,
    very_lossy,
    whole,
)
from benchmarks.quality.run import Change

ONE_WAY_S = 0.05
"""RFC 8867 §4.1, as is the queue of 300 ms that every line has (tests/support/link.py)."""
CHANGES_AT = 15.0
LAYERS_BPS = (150_000, 600_000, 2_000_000)
"""More than the page's own, so that one picture wants all that the lines carry, as two and six do in the model."""
WIDE_LAYERS_BPS = (150_000, 600_000, 8_000_000)
"""For 10 Mbit/s: two cores do not encode six pictures and show them, too."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A line over time, and what is to be seen on it."""

    id: str
    name: str
    seconds: float
    changes: Sequence[Change]
    judge: Judge
    play: str = "look"
    """What goes on beside the line's own changes (benchmarks/quality/plays.ts)."""
    layers_bps: Sequence[int] = LAYERS_BPS
    """What the camera sends in its three sizes; nothing: as the page has it."""
    direct: bool = True
    """Two browsers without a server can be compared with."""
    looks_ms: int = 200
    """So often the viewer's page looks at its statistics, which costs its browser time."""


def line(at_s: float, down: float, *, delay_s: float = ONE_WAY_S, up: float = 0.0, **more: Any) -> Change:
    """Give a line of so many bits a second towards the viewer, and of any number back (`up`: what is lost there)."""
    return Change(at_s, {"rate_bps": down, "delay_s": delay_s, **more}, {"delay_s": delay_s, "loss": up})


def _q8(number: int, name: str, *, rtt_s: float, **loss: Any) -> Scenario:
    return Scenario(f"q8-{number}", f"Q8: {name}", 40, [line(0, 2.5e6, delay_s=rtt_s / 2, **loss)], very_lossy)


_BURSTS = {"bursts": {"enter": 0.1, "leave": 0.5, "inside": 0.6}}

SCENARIOS = (
    Scenario("q1-1000", "Q1: steady 1 Mbit/s", 40, [line(0, 1e6)], steady),
    Scenario("q1-2500", "Q1: steady 2.5 Mbit/s", 40, [line(0, 2.5e6)], steady),
    Scenario("q1-10000", "Q1: steady 10 Mbit/s", 40, [line(0, 10e6)], steady, layers_bps=WIDE_LAYERS_BPS),
    Scenario("q2", "Q2: 2.5 → 0.6 Mbit/s", 40, [line(0, 2.5e6), line(CHANGES_AT, 0.6e6)], fall(CHANGES_AT, 40)),
    Scenario("q3-1000", "Q3: 0.6 → 1.0 Mbit/s", 35, [line(0, 0.6e6), line(CHANGES_AT, 1e6)], rise(CHANGES_AT, 5)),
    Scenario("q3-2500", "Q3: 0.6 → 2.5 Mbit/s", 35, [line(0, 0.6e6), line(CHANGES_AT, 2.5e6)], rise(CHANGES_AT, 8)),
    Scenario(
        "q4",
        "Q4: 1.0, 2.5, 0.6, 1.0 Mbit/s (RFC 8867 §5.1)",
        100,
        [line(0, 1e6), line(40, 2.5e6), line(60, 0.6e6), line(80, 1e6)],
        whole,
    ),
    Scenario("q5", "Q5: two equal flows on 3.5 Mbit/s (RFC 8867 §5.4)", 100, [line(0, 3.5e6)], fair, play="second"),
    Scenario("q6", "Q6: against a download (RFC 8867 §5.6)", 90, [line(0, 2e6)], beside_a_download, play="download"),
    Scenario(
        "q7",
        "Q7: 5 % random loss",
        55,
        [line(0, 2.5e6, up=0.05), line(CHANGES_AT, 2.5e6, loss=0.05, up=0.05)],
        lossy(CHANGES_AT),
    ),
    _q8(1, "10 % random loss, round trip 50 ms", rtt_s=0.05, loss=0.1),
    _q8(2, "10 % random loss, round trip 500 ms", rtt_s=0.5, loss=0.1),
    _q8(3, "10 % loss in bursts, round trip 50 ms", rtt_s=0.05, **_BURSTS),
    _q8(4, "10 % loss in bursts, round trip 500 ms", rtt_s=0.5, **_BURSTS),
    Scenario("q9", "Q9: join on 10 Mbit/s", 10, [line(0, 10e6)], join, looks_ms=50),
    Scenario(
        "q10",
        "Q10: another picture is shown large, 20 times",
        110,
        [line(0, 10e6)],
        pinned,
        play="pins",
        layers_bps=(),
        direct=False,
    ),
    Scenario(
        "q11",
        "Q11: the floor is taken after silence",
        50,
        [line(0, 2.5e6)],
        floor,
        play="floor",
        direct=False,
    ),
    Scenario("q12", "Q12: 300 kbit/s", 40, [line(0, 0.3e6)], slow),
)


def chosen(only: str) -> Sequence[Scenario]:
    """Give the scenarios that are meant by `Q3`, `q8-2` or `Q2,Q7`; all for nothing. Raises LookupError."""
    words = [word.strip().lower() for word in only.split(",") if word.strip()]
    for word in words:
        if not any(_means(word, one.id) for one in SCENARIOS):
            raise LookupError(f"there is no scenario {word}: {', '.join(one.id for one in SCENARIOS)}")
    return [one for one in SCENARIOS if not words or any(_means(word, one.id) for word in words)]


def _means(word: str, scenario: str) -> bool:
    return scenario == word or scenario.startswith(f"{word}-")

"""What a run must show: the marks of media/sim/src/quality/marks.rs, as far as real time can show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from benchmarks.quality.run import Run

RATIO = 0.9
"""What counts as the line being known, and as its best layers being shown (Q1, Q3)."""
SAID = "until it is said that the line is why"
"""Without a server nobody says it."""
BEGUN_S = 5.0
"""From then on a line counts as steady."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something measured, and its mark."""

    what: str
    measured: float | None
    """None: it never was."""
    mark: float
    at_most: bool
    unit: str = ""

    @property
    def holds(self) -> bool:
        if self.measured is None:
            return False
        return self.measured <= self.mark if self.at_most else self.measured >= self.mark

    def told(self) -> dict[str, Any]:
        """Give it for the result."""
        measured = None if self.measured is None else round(self.measured, 4)
        return {
            "what": self.what,
            "measured": measured,
            "mark": self.mark,
            "at_most": self.at_most,
            "unit": self.unit,
            "holds": self.holds,
        }


Judge: TypeAlias = Callable[[Run], Sequence[Fact]]


def _at_most(what: str, measured: float | None, mark: float, unit: str = "") -> Fact:
    return Fact(what, measured, mark, True, unit)


def _at_least(what: str, measured: float | None, mark: float, unit: str = "") -> Fact:
    return Fact(what, measured, mark, False, unit)


def steady(run: Run) -> Sequence[Fact]:
    """Q1."""
    end = run.seconds
    switches = run.switches(BEGUN_S, end)
    return [
        _at_least("estimate ÷ line", run.estimate_ratio(BEGUN_S, end), RATIO),
        _at_most("changes of size in 10 s", None if switches is None else switches * 10 / (end - BEGUN_S), 1),
    ]


def fall(at_s: float, until_s: float) -> Judge:
    """Q2: a fall at a time, looked at until another."""

    def judge(run: Run) -> Sequence[Fact]:
        return [
            _at_most("queue of 100 ms and more", run.queue_below_after(at_s, until_s, 100), 1.5, "s"),
            _at_most("longest freeze", run.longest_freeze(at_s, until_s), 0.4, "s"),
            _at_most("sound lost", run.sound_lost(at_s, until_s), 0.01),
        ]

    return judge


def rise(at_s: float, within_s: float) -> Judge:
    """Q3: a rise at a time."""

    def judge(run: Run) -> Sequence[Fact]:
        return [_at_most("until the estimate is 0.9 of the line", run.reached(at_s, RATIO), within_s, "s")]

    return judge


def whole(run: Run) -> Sequence[Fact]:
    """Q4. What a rise or a fall may take does not count as steady."""
    steady_times = [(5, 40), (48, 60), (62, 80), (85, 100)]
    return [
        *(_at_least(f"estimate ÷ line, {a}–{b} s", run.estimate_ratio(a, b), RATIO) for a, b in steady_times),
        *rise(40, 8)(run),
        *rise(80, 5)(run),
        *fall(60, 80)(run),
    ]


def lossy(from_s: float) -> Judge:
    """Q7: losses begin at a time."""

    def judge(run: Run) -> Sequence[Fact]:
        end = run.seconds
        before, after = run.mean_estimate(from_s / 2, from_s), run.mean_estimate(from_s + 5, end)
        return [
            _at_most("fall of the estimate", 1 - after / before if before else None, 0.2),
            _at_most("of the time frozen", run.frozen_share(from_s, end), 0.01),
            _at_most("of the sound concealed", run.sound_concealed(from_s, end), 0.01),
        ]

    return judge


def very_lossy(run: Run) -> Sequence[Fact]:
    """Q8. What it takes to come in over such a line is not looked at."""
    end = run.seconds
    return [
        _at_most("of the sound concealed", run.sound_concealed(BEGUN_S, end), 0.05),
        _at_most("longest freeze", run.longest_freeze(BEGUN_S, end), 3, "s"),
        _at_least("pictures in a second", run.frames_per_second(BEGUN_S, end), 15),
    ]


def join(run: Run) -> Sequence[Fact]:
    """Q9."""
    return [_at_most("until the full picture", run.first_full(), 1.5, "s")]


LAST_S = 60.0
"""Of two flows: they have found their parts by then."""
DOWNLOAD = "tcp:4190"
"""benchmarks/quality/download.py."""
DOWNLOADS_S = 30.0
"""From then on both flows count."""


def fair(run: Run) -> Sequence[Fact]:
    """Q5. How much of the line is used depends on the sizes there are: it is no mark of fairness."""
    begin, end = run.seconds - LAST_S, run.seconds
    rates = sorted((bps for name, bps in run.flows(begin, end).items() if name.startswith("udp:")), reverse=True)[:2]
    squares = sum(bps * bps for bps in rates) * 2
    return [
        _at_least("Jain's index of the last 60 s", sum(rates) ** 2 / squares if squares else None, 0.95),
        _at_most("packets wait", run.mean_queue_s(begin, end), 0.1, "s"),
    ]


def beside_a_download(run: Run) -> Sequence[Fact]:
    """Q6."""
    flows = run.flows(DOWNLOADS_S, run.seconds)
    download = flows.get(DOWNLOAD, 0.0)
    own = sum(bps for name, bps in flows.items() if name.startswith("udp:"))
    share = max(download, own) / (download + own) if download and own else None
    return [
        _at_most("share of the larger one", share, 0.65),
    ]


def pinned(run: Run) -> Sequence[Fact]:
    """Q10. Of what never came it is said that it never was."""
    took = sorted(pin.took_s if pin.took_s is not None else float("inf") for pin in run.pins)
    late = took[-(-95 * len(took) // 100) - 1] if took else None
    return [
        _at_most("95 of 100 are there within", None if late == float("inf") else late, 0.5, "s"),
        _at_most("numbers of packets missing", run.numbers_missing(BEGUN_S, run.seconds), 0),
        _at_most("key frames of a layer asked for in 0.5 s", run.asked_within(ASKED_WITHIN_S), 1),
    ]


ASKED_WITHIN_S = 0.3
"""Senders are looked at each tenth of a second: two requests that are half a second apart seem nearer by two looks."""


def floor(run: Run) -> Sequence[Fact]:
    """Q11: from the press by which the microphone opens."""
    taken = run.taken_s
    if taken is None:
        return [_at_most("until the first sound", None, 0.2, "s"), _at_least("estimate after ÷ before", None, RATIO)]
    heard = next((at - taken for at in run.heard if at >= taken), None)
    before, after = run.mean_estimate(SILENT_S - 1, SILENT_S), run.mean_estimate(taken, taken + 1)
    return [
        _at_most("until the first sound", heard, 0.2, "s"),
        _at_least("estimate after ÷ before", after / before if before else None, RATIO),
    ]


SILENT_S = 15.0
"""Until then there is a picture and a voice (benchmarks/quality/floor.ts)."""


def slow(run: Run) -> Sequence[Fact]:
    """Q12. A picture of half the full height is no small one any more."""
    end, half = run.seconds, run.full_height // 2
    told = next((at for at, reason in run.reasons if reason == "line"), None)
    return [
        _at_most("sound lost", run.sound_lost(BEGUN_S, end), 0),
        _at_most(SAID, told, 5, "s"),
        _at_least("of the time one small picture", run.share_of_height(BEGUN_S, end, least=1, most=half - 1), 1),
    ]

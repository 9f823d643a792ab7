"""What was seen of one run, and the figures that marks are made of; None where nothing was seen.

Times are seconds since the press on *join*.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Change:
    """From then on the line is so (tests/support/link.py)."""

    at_s: float
    down: Mapping[str, Any]
    up: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tenth:
    """What the line saw towards the viewer in a tenth of a second."""

    at_s: float
    queue_ms: float
    late_ms: float
    """How late the line itself was: what it was kept waiting for a core."""
    bytes_of: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as the viewer's browser counts it from its beginning (webrtc-stats)."""

    frames: int
    height: int
    freezes: int
    frozen_s: float
    lost: int = 0
    """Packets whose numbers are missing."""
    nacks: int = 0
    """Requests to send packets again."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of all voices, likewise."""

    received: int
    lost: int
    samples: int
    concealed: int


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the viewer's statistics."""

    at_s: float
    pictures: Mapping[str, Picture]
    sound: Sound


@dataclass(frozen=True, slots=True)
class Freeze:
    """A picture stood still; it ended about then."""

    at_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Pin:
    """A picture was to be shown large, and was in a larger size; None: it never was."""

    at_s: float
    took_s: float | None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a scenario."""

    seconds: float
    capacity: Sequence[tuple[float, float]]
    """From when on the line carries how many bits a second."""
    tenths: Sequence[Tenth]
    looks: Sequence[Look]
    estimates: Sequence[tuple[float, float]]
    """When it was told what the sender believes the line to carry, in bits a second."""
    reasons: Sequence[tuple[float, str]]
    """When the page was told why its first picture is no better."""
    full_height: int
    pins: Sequence[Pin] = ()
    asked: Sequence[tuple[str, float, int]] = ()
    """Of each encoding of each sender: how many key frames were asked for until a time."""
    taken_s: float | None = None
    """When the microphone was opened by who has the floor."""
    heard: Sequence[float] = ()
    """When sound began to be heard after a time without."""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """Read what the browsers and the line wrote down. Raises KeyError for what is no such thing."""
        start = raw["joined_ms"]

        def at(told: Mapping[str, Any]) -> float:
            return float(told["at_ms"] - start) / 1_000

        return cls(
            seconds=raw["seconds"],
            capacity=[(at(one), one["down"]["rate_bps"]) for one in raw["changed"]],
            tenths=[
                Tenth(at(one), one["down"]["queue_ms"], one["down"]["late_ms"], one["down"]["bytes"])
                for one in raw["line"]
            ],
            looks=[
                Look(at(one), {id_: Picture(**p) for id_, p in one["pictures"].items()}, Sound(**one["sound"]))
                for one in raw["looks"]
            ],
            estimates=[(at(one), one["bps"]) for one in raw["estimates"]],
            reasons=[(at(one), one["reason"]) for one in raw["reasons"]],
            full_height=raw["full_height"],
            **_played(raw.get("played", {}), at),
        )

    # ---- the estimate --------------------------------------------------------------------------------

    def estimate(self, at_s: float) -> float:
        """Give what was believed at a time; nothing was believed before it was told."""
        return _latest(self.estimates, at_s, 0.0)

    def line_bps(self, at_s: float) -> float:
        """Give what the line carried at a time."""
        return _latest(self.capacity, at_s, self.capacity[0][1])

    def estimate_ratio(self, begin: float, end: float) -> float:
        """Tell how well the estimate meets the line, 1 is exactly: the mean of one ÷ other, whichever is less."""
        ratios = [self.estimate(at) / self.line_bps(at) for at in _tenths(begin, end)]
        return _mean([min(ratio, 1 / ratio) if ratio else 0.0 for ratio in ratios])

    def mean_estimate(self, begin: float, end: float) -> float:
        """Give the mean of what was believed."""
        return _mean([self.estimate(at) for at in _tenths(begin, end)])

    def reached(self, begin: float, ratio: float) -> float | None:
        """Tell when the estimate was first so much of what the line became at a time, counted from it."""
        line = self.line_bps(begin + CHANGED_WITHIN_S)
        there = (at for at in _tenths(begin, self.seconds) if self.estimate(at) >= ratio * line)
        return next((at - begin for at in there), None)

    # ---- the line ------------------------------------------------------------------------------------

    def queue_below_after(self, begin: float, end: float, most_ms: float) -> float | None:
        """Tell when the queue was longer than that last, counted from a time, until another."""
        there = [tenth for tenth in self.tenths if begin <= tenth.at_s < end]
        long = [tenth.at_s for tenth in there if tenth.queue_ms >= most_ms]
        return max(long, default=begin) - begin if there else None

    def used(self, begin: float, end: float) -> float:
        """Give what share of the line was used."""
        there = [tenth for tenth in self.tenths if begin <= tenth.at_s < end]
        return _mean([sum(one.bytes_of.values()) * 80 / self.line_bps(one.at_s) for one in there])

    def latest_ms(self) -> float:
        """Tell how late the line was itself at most: the machine was busy."""
        return max((tenth.late_ms for tenth in self.tenths if 0 <= tenth.at_s < self.seconds), default=0.0)

    def flows(self, begin: float, end: float) -> Mapping[str, float]:
        """Give the bits a second that each flow was sent, by what carried it."""
        there = [tenth for tenth in self.tenths if begin <= tenth.at_s < end]
        sums: Counter[str] = Counter()
        for tenth in there:
            sums.update(tenth.bytes_of)
        return {carrier: count * 8 / (end - begin) for carrier, count in sums.items()}

    def mean_queue_s(self, begin: float, end: float) -> float | None:
        """Tell for how long packets waited in a time, the mean of all tenths."""
        there = [tenth.queue_ms for tenth in self.tenths if begin <= tenth.at_s < end]
        return _mean(there) / 1_000 if there else None

    # ---- what was seen and heard ---------------------------------------------------------------------

    def freezes(self, begin: float, end: float) -> Iterator[Freeze]:
        """Give the freezes of all pictures that ended in a time; several between two looks share their time."""
        for before, after in pairwise(self.looks):
            if not begin <= after.at_s < end:
                continue
            for id_, picture in after.pictures.items():
                old = before.pictures.get(id_)
                count = picture.freezes - (old.freezes if old else 0)
                for _ in range(count):
                    yield Freeze(after.at_s, (picture.frozen_s - (old.frozen_s if old else 0.0)) / count)

    def longest_freeze(self, begin: float, end: float) -> float | None:
        """Give the longest freeze in seconds: those that ended, and a picture that stands still at the end."""
        if not self._pictures(begin, end):
            return None
        ended = max((freeze.seconds for freeze in self.freezes(begin, end)), default=0.0)
        return max([ended, *(still for still in self._still(begin, end) if still > STILL_S)])

    def frozen_share(self, begin: float, end: float) -> float | None:
        """Give the share of a time in which a picture stood still, the mean of all pictures."""
        count = self._pictures(begin, end)
        return sum(freeze.seconds for freeze in self.freezes(begin, end)) / (end - begin) / count if count else None

    def frames_per_second(self, begin: float, end: float) -> float:
        """Give the frames a second of the picture that had the fewest."""
        first, last = self._look(begin), self._look(end)
        counts = [
            picture.frames - (first.pictures[id_].frames if id_ in first.pictures else 0)
            for id_, picture in last.pictures.items()
        ]
        return min(counts) / (last.at_s - first.at_s) if counts and last is not first else 0.0

    def first_full(self) -> float | None:
        """Tell when a picture was first shown in its full size."""
        sizes = ((look.at_s, max((p.height for p in look.pictures.values()), default=0)) for look in self.looks)
        return next((at for at, height in sizes if height >= self.full_height), None)

    def full_share(self, begin: float, end: float) -> float:
        """Give the share of looks at which the largest picture had its full size."""
        return self.share_of_height(begin, end, least=self.full_height)

    def share_of_height(self, begin: float, end: float, *, least: int = 0, most: int = 10_000) -> float:
        """Give the share of looks at which the largest picture was so high."""
        sizes = [max((p.height for p in one.pictures.values()), default=0) for one in self._between(begin, end)]
        return _mean([float(least <= height <= most) for height in sizes])

    def switches(self, begin: float, end: float) -> int | None:
        """Count how often a picture changed its size."""
        looks = self._between(begin, end)
        if not self._pictures(begin, end):
            return None
        return sum(
            id_ in before.pictures and before.pictures[id_].height != picture.height
            for before, after in pairwise(looks)
            for id_, picture in after.pictures.items()
        )

    def sound_lost(self, begin: float, end: float) -> float | None:
        """Give the share of packets of sound that never came."""
        first, last = self._look(begin).sound, self._look(end).sound
        lost, received = last.lost - first.lost, last.received - first.received
        return lost / (lost + received) if received > 0 else None

    def sound_concealed(self, begin: float, end: float) -> float | None:
        """Give the share of sound that was made up."""
        first, last = self._look(begin).sound, self._look(end).sound
        samples = last.samples - first.samples
        return (last.concealed - first.concealed) / samples if samples > 0 else None

    def numbers_missing(self, begin: float, end: float) -> int | None:
        """Count packets of pictures that were missing, or asked for again."""
        looks = self._between(begin, end)
        if not self._pictures(begin, end):
            return None
        first, last = looks[0].pictures, looks[-1].pictures
        before = {id_: picture.lost + picture.nacks for id_, picture in first.items()}
        return sum(picture.lost + picture.nacks - before.get(id_, 0) for id_, picture in last.items())

    def asked_within(self, seconds: float) -> int | None:
        """Tell how many key frames of one encoding were asked for within such a time at most."""
        most: int | None = None
        for name in {name for name, _, _ in self.asked}:
            counts = [(at, count) for own, at, count in self.asked if own == name]
            for place, (at, count) in enumerate(counts):
                before = next((old for then, old in reversed(counts[:place]) if then <= at - seconds), counts[0][1])
                most = max(most or 0, count - before)
        return most

    # ---- within --------------------------------------------------------------------------------------

    def _between(self, begin: float, end: float) -> list[Look]:
        return [look for look in self.looks if begin <= look.at_s < end]

    def _pictures(self, begin: float, end: float) -> int:
        """Count the pictures that were seen in a time."""
        return max((len(look.pictures) for look in self._between(begin, end)), default=0)

    def _look(self, at_s: float) -> Look:
        """Give the last look until a time, or the first there is."""
        place = bisect_right([look.at_s for look in self.looks], at_s)
        return self.looks[max(place - 1, 0)]

    def _still(self, begin: float, end: float) -> Iterator[float]:
        """Tell for how long each picture brought no frame until the end of a time."""
        looks = self._between(begin, end)
        for id_, last in looks[-1].pictures.items() if looks else ():
            same = [look.at_s for look in looks if id_ in look.pictures and look.pictures[id_].frames == last.frames]
            yield looks[-1].at_s - min(same)


CHANGED_WITHIN_S = 1.0
"""A line changes some milliseconds after it was to."""
STILL_S = 1.0
"""A picture that is still at the end for a shorter time would be a freeze only if it was to go on."""


def _played(played: Mapping[str, Any], at: Callable[[Mapping[str, Any]], float]) -> dict[str, Any]:
    """Read what a play has shown; nothing of what it had not."""
    shown = [(at(one), one["point"], one["height"]) for one in played.get("shown", [])]
    begun = [(at(one), one["point"]) for one in played.get("pinned", [])]
    pins = []
    for (when, point), end in zip(begun, [*(when for when, _ in begun[1:]), float("inf")], strict=False):
        own = [(seen, height) for seen, whose, height in shown if whose == point and seen < end]
        before = next((height for seen, height in reversed(own) if seen < when), 0)
        larger = (seen - when for seen, height in own if seen >= when and height > before)
        pins.append(Pin(when, next(larger, None)))
    taken = [at({"at_ms": when}) for when in played.get("taken_ms", [])]
    return {
        "pins": pins,
        "asked": [
            (f"{place} {one['rid']}", at(one), one["asked"])
            for place, sender in enumerate(played.get("sent", []))
            for one in sender
        ],
        "taken_s": taken[0] if taken else None,
        "heard": [at({"at_ms": when}) for when in played.get("heard_ms", [])],
    }


def _latest(told: Sequence[tuple[float, float]], at_s: float, before: float) -> float:
    place = bisect_right([at for at, _ in told], at_s)
    return told[place - 1][1] if place else before


def _tenths(begin: float, end: float) -> Iterator[float]:
    return (begin + number / 10 for number in range(round((end - begin) * 10)))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0

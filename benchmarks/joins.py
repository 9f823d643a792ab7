"""W7: what coming in costs at speed, what one who is there holds, and whether all of it is given back.

At each speed people come in for half a minute, in waves of which each leaves before the next one comes. Everybody
negotiates 4 voices and 9 pictures and nobody sends: what is measured is coming in, staying and leaving.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import hoptt_server
from benchmarks.generator import generator
from benchmarks.rig import Rig
from benchmarks.under_test import UnderTest
from benchmarks.workloads import Workload

SPEEDS = (10, 50, 100)
"""Joins a second."""
JOINING_S = 30.0
WAVE = 200
"""People at once: what one tells all others grows with them, and this is a large meeting."""
LEFT_S = 5.0
"""After this long whoever has left is forgotten, and what was freed may have gone back to the system."""
GOALS: Mapping[str, tuple[float, float]] = {
    "engine ms per join": (2.0, 0.6),
    "whole ms per join": (20.0, 5.0),
    "engine kB per listener": (100.0, 40.0),
    "engine kB kept per 1,000 joins": (1_024.0, 64.0),
}
"""What it may be, and what is aimed at."""
ALL_SLOTS = Workload(
    id="W7", about="", publishers=0, viewers=WAVE, send="microphone", audio_slots=4, video_slots=9,
    packet_bytes=0, train=0.0, packets_per_second=0.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """One of them."""

    people: int
    engine_cpu_s: float
    """From before the first one came until all are there."""
    whole_cpu_s: float
    engine_bytes: int
    """Resident, with everybody there."""
    engine_bytes_after: int
    """With everybody gone."""
    failures: int
    join: dict[str, dict[str, float]]
    """The generator's times, in ms: signalling, ICE, DTLS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """All waves of one speed, on one server."""

    joins_per_second: int
    engine_bytes_before: int
    waves: list[Wave]

    def figures(self) -> dict[str, float]:
        """Give what the goals are about; the first wave makes room that the later ones use again."""
        joins = sum(wave.people for wave in self.waves)
        later = self.waves[1:] or self.waves
        held = max(wave.engine_bytes for wave in self.waves) - self.engine_bytes_before
        return {
            "engine ms per join": sum(wave.engine_cpu_s for wave in self.waves) / joins * 1e3,
            "whole ms per join": sum(wave.whole_cpu_s for wave in self.waves) / joins * 1e3,
            "engine kB per listener": held / max(wave.people for wave in self.waves) / 1e3,
            "engine kB kept per 1,000 joins": _slope([wave.engine_bytes_after for wave in later], later) / 1e3,
        }


def _slope(after: Sequence[int], waves: Sequence[Wave]) -> float:
    """Give the bytes by which memory grows with 1,000 joins: least squares over the ends of the waves."""
    joined = 0
    points: list[tuple[float, float]] = []
    for size, wave in zip(after, waves, strict=True):
        joined += wave.people
        points.append((joined / 1_000, float(size)))
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def measure(line: Rig, speeds: Sequence[int], *, joining_s: float = JOINING_S) -> list[dict[str, Any]]:
    """Measure each speed on a fresh server. Raises RuntimeError when there is nothing to measure."""
    found: list[dict[str, Any]] = []
    for speed in speeds:
        one = _at(line, speed, joining_s)
        figures = one.figures()
        print(f"W7, {speed} joins/s: {', '.join(f'{value:.1f} {name}' for name, value in figures.items())}", flush=True)
        found.append({**asdict(one), "figures": figures})
    return found


def _at(line: Rig, speed: int, joining_s: float) -> Speed:
    with (
        tempfile.TemporaryDirectory(prefix="hoptt-joins-") as folder,
        hoptt_server.server(line, Path(folder), ALL_SLOTS) as server,
    ):
        time.sleep(LEFT_S)
        before = _engine_bytes(server)
        people = min(WAVE, int(speed * joining_s))
        waves = [
            _wave(line, server, server.another_room(f"wave-{wave}"), speed, people)
            for wave in range(max(round(speed * joining_s / people), 1))
        ]
    return Speed(joins_per_second=speed, engine_bytes_before=before, waves=waves)


def _wave(line: Rig, server: UnderTest, room: str, speed: int, people: int) -> Wave:
    words = ["--publishers", "0", "--viewers", str(people), "--joins-per-second", str(speed)]
    words += ["--audio-slots", str(ALL_SLOTS.audio_slots), "--video-slots", str(ALL_SLOTS.video_slots)]
    before = server.cpu_seconds()
    with generator(line.load, room, *words, "--warmup", "0", "--seconds", "1") as running:
        running.wait_for("measuring")
        after, memory = server.cpu_seconds(), _engine_bytes(server)
    result = running.result
    time.sleep(LEFT_S)
    spent = {name: after[name] - before[name] for name in before}
    return Wave(
        people=people,
        engine_cpu_s=spent["engine"],
        whole_cpu_s=sum(spent.values()),
        engine_bytes=memory,
        engine_bytes_after=_engine_bytes(server),
        failures=people - int(result["connected"]),
        join={step: result["join"][step] for step in ("signalling", "ice", "dtls")},
    )


def _engine_bytes(server: UnderTest) -> int:
    return server.memory()["engine"]["rss"]


def table(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give the figures with their goals as a table in Markdown."""
    names = list(GOALS)
    rows = [
        f"| Joins a second | did not come in | answered after p50 / p99 ms | {' | '.join(names)} |",
        "|---|---|---|" + "---|" * len(names),
    ]
    for one in found:
        people = sum(wave["people"] for wave in one["waves"])
        failures = sum(wave["failures"] for wave in one["waves"])
        answered = [wave["join"]["signalling"] for wave in one["waves"]]
        p50, p99 = (sorted(times[p] for times in answered)[len(answered) // 2] for p in ("p50_ms", "p99_ms"))
        cells = [f"{one['figures'][name]:.1f}" for name in names]
        rows.append(
            f"| {one['joins_per_second']} | {failures} of {people} | {p50:.0f} / {p99:.0f} | {' | '.join(cells)} |"
        )
    goals = [f"≤ {most:g} (aim {aim:g})" for most, aim in GOALS.values()]
    rows.append(f"| goal | 0 | | {' | '.join(goals)} |")
    rows.append(f"| | | | {' | '.join(_verdict(found, name) for name in names)} |")
    return rows


def _verdict(found: Sequence[Mapping[str, Any]], name: str) -> str:
    most, aim = GOALS[name]
    worst = max(one["figures"][name] for one in found)
    if worst > most:
        return "**missed**"
    return "met, and the aim" if worst <= aim else "met"

"""What hoptt adds to a packet's latency: a meeting of twenty, and one of fifty at half load (W2), beside a reflector.

The reflector sends each datagram back as it came, over the same line and on the same core. Both are measured in turn.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import hoptt_server
from benchmarks.apart import TRIES, Distances, watching
from benchmarks.generator import generator
from benchmarks.programs import FLOOR, program
from benchmarks.rig import Rig
from benchmarks.workloads import PICTURE_BYTES, PICTURE_RATE, VOICE_BYTES, VOICE_RATE, Workload, chosen

TURNS = 5
SECONDS = 10.0
MEETINGS = (20, 50)
"""People in each; the larger one takes about half of a core."""
KINDS = {"audio": (VOICE_BYTES, VOICE_RATE), "video": (PICTURE_BYTES, PICTURE_RATE)}
"""Bytes of a packet, and packets a second of a publisher."""
GOALS = {"audio": (0.3, 0.08), "video": (0.5, 0.15)}
"""Of the medians' difference in ms, and what is aimed at."""


def measure(line: Rig, *, turns: int = TURNS, seconds: float = SECONDS) -> list[dict[str, Any]]:
    """Measure each meeting. Raises RuntimeError when there is nothing to measure."""
    return [_meeting(line, people, turns, seconds) for people in MEETINGS]


def _meeting(line: Rig, people: int, turns: int, seconds: float) -> dict[str, Any]:
    """Measure in turn with the reflector, and again where the cores are farther apart than they have been."""
    (load,) = chosen(quick=False, names=f"W2-{people}")
    reflected: list[dict[str, Any]] = []
    forwarded: list[dict[str, Any]] = []
    distances = Distances()
    with (
        tempfile.TemporaryDirectory(prefix="hoptt-latency-") as folder,
        hoptt_server.server(line, Path(folder), load) as server,
    ):
        for turn in range(turns):
            for again in range(TRIES):
                print(f"latency, {people} people [{turn + 1} of {turns}]{' again' if again else ''}", flush=True)
                thrown = {kind: _thrown(line, size, rate * people, seconds / 2) for kind, (size, rate) in KINDS.items()}
                one = _forwarded(line, server, load, f"turn-{turn}-{again}", seconds)
                if not distances.note(one["apart_ns"]):
                    break
            reflected.append(thrown)
            forwarded.append(one)
    for one in forwarded:
        if far := distances.fault(one["apart_ns"]):
            one["invalid"].append(far)
    found: dict[str, Any] = {"people": people, "reflected": reflected, "forwarded": forwarded}
    return {**found, "figures": figures(found)}


def _forwarded(line: Rig, server: hoptt_server.Hoptt, load: Workload, room: str, seconds: float) -> dict[str, Any]:
    words = ["--awake", "--warmup", "5", "--seconds", str(seconds), *load.load()]
    with generator(line.load, server.another_room(room), *words) as running:
        running.wait_for("measuring")
        before = server.cpu_seconds()["engine"]
        with watching(line.server) as watch:
            running.wait_for("measured")
        spent = server.cpu_seconds()["engine"] - before
    latencies = {kind: running.result[f"{kind}_latency"] for kind in KINDS}
    return {**latencies, "engine_share": spent / seconds, "apart_ns": watch.ns, "invalid": running.result["invalid"]}


def _thrown(line: Rig, size: int, rate: float, seconds: float) -> dict[str, float]:
    at = line.server.address
    with program(line.server, FLOOR, "reflect", "--at", at) as reflector:
        reflector.wait_for("ready")
        words = ("--to", at, "--size", str(size), "--rate", str(rate), "--seconds", str(seconds))
        with program(line.load, FLOOR, "throw", *words) as thrower:
            told = thrower.wait_for("thrown")
            thrower.wait()
    latency: dict[str, float] = told["latency"]
    if not latency["count"]:
        raise RuntimeError("nothing came back from the reflector")
    return latency


def figures(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, float]]:
    """Give the medians over the turns that count, or all if none does, for each kind, and what was added."""
    turns = [one for one in found["forwarded"] if not one["invalid"]] or found["forwarded"]

    def medians(kind: str) -> dict[str, float]:
        both = {
            f"{name}_{read}": float(statistics.median(one[kind][read] for one in of))
            for name, of in (("reflected", found["reflected"]), ("forwarded", turns))
            for read in ("p50_ms", "p99_ms")
        }
        return {**both, "added_ms": both["forwarded_p50_ms"] - both["reflected_p50_ms"]}

    return {kind: medians(kind) for kind in KINDS}


def table(meetings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give what came of it as a table in Markdown."""
    rows = [
        "| | engine, of a core | reflector p50 / p99 | hoptt p50 / p99 | added to the median | goal |",
        "|---|---|---|---|---|---|",
    ]
    for meeting in meetings:
        turns = [one for one in meeting["forwarded"] if not one["invalid"]] or meeting["forwarded"]
        share = statistics.median(one["engine_share"] for one in turns)
        for kind, at in meeting["figures"].items():
            most, aim = GOALS[kind]
            verdict = "**missed**" if at["added_ms"] > most else "met, and the aim" if at["added_ms"] <= aim else "met"
            rows.append(
                f"| {kind}, {meeting['people']} people | {share:.0%} "
                f"| {at['reflected_p50_ms']:.2f} / {at['reflected_p99_ms']:.2f} ms "
                f"| {at['forwarded_p50_ms']:.2f} / {at['forwarded_p99_ms']:.2f} ms | {at['added_ms']:.2f} ms "
                f"| ≤ {most} ms (aim {aim}): {verdict} |"
            )
    all_turns = [one for meeting in meetings for one in meeting["forwarded"]]
    left_out = sum(1 for one in all_turns if one["invalid"])
    return [*rows, "", f"Turns that do not count by the rules below: {left_out} of {len(all_turns)}."]

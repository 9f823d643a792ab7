"""W9: whether a busy control plane reaches the media path.

One picture goes to a hundred viewers, as in W1, through an engine that has its core to itself; the control plane is on
the generator's core. In turn the API is left alone and called a thousand times a second. Compared is the latency of
the same server.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import hoptt_server
from benchmarks.generator import generator
from benchmarks.programs import program
from benchmarks.rig import LOAD_CPU, Rig
from benchmarks.workloads import Workload, chosen

RATE = 1_000.0
TURNS = 3
ENOUGH = 0.95
"""Of the calls that were to be made: one core has the control plane, those who call, and the generator."""
GOAL, AIM = 0.2, 0.0
"""By what share the p99 may move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The load once, with or without calls beside it."""

    calls_per_second: float
    calls_refused: int
    calls_p99_ms: float
    video_latency: dict[str, float]
    loss_share: float
    invalid: list[str]


def measure(line: Rig, *, turns: int = TURNS, seconds: float = 10.0, rate: float = RATE) -> dict[str, Any]:
    """Measure in turn. Raises RuntimeError when there is nothing to measure."""
    (load,) = chosen(quick=False, names="W1-100")
    calm: list[Turn] = []
    called: list[Turn] = []
    with (
        tempfile.TemporaryDirectory(prefix="hoptt-calls-") as folder,
        hoptt_server.server(line, Path(folder), load) as server,
    ):
        for thread in Path(f"/proc/{server.processes()['control']}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {LOAD_CPU})
        # the room's door is what a page asks first, and asks anew while it waits
        url = f"{server.target.partition('=')[2].rpartition('/')[0]}/api/rooms/{hoptt_server.ROOM}/door"
        for turn in range(turns):
            print(f"W9 [{turn + 1} of {turns}]", flush=True)
            quiet, busy = (server.another_room(f"{kind}-{turn}") for kind in ("calm", "called"))
            calm.append(_turn(line, quiet, load, seconds))
            called.append(_turn(line, busy, load, seconds, _caller(url, rate)))
    found = {"calm": [asdict(one) for one in calm], "called": [asdict(one) for one in called]}
    return {**found, "figures": figures(found)}


def _turn(line: Rig, target: str, load: Workload, seconds: float, called: Sequence[str] = ()) -> Turn:
    words = [*load.load(), "--warmup", "4", "--seconds", str(seconds)]
    told: Mapping[str, Any] = {"per_second": 0.0, "refused": 0, "p99_ms": 0.0}
    with generator(line.load, target, *words, first=_first()) as running:
        running.wait_for("joined")
        if called:
            with program(line.load, *called) as caller:
                caller.wait_for("calling")
                running.wait_for("measured")
                caller.close_input()
                told = caller.wait_for("called")
    result = running.result
    return Turn(
        calls_per_second=told["per_second"],
        calls_refused=told["refused"],
        calls_p99_ms=told["p99_ms"],
        video_latency=result["video_latency"],
        loss_share=result["loss_share"],
        invalid=result["invalid"],
    )


def _first() -> list[str]:
    # the generator comes first on the core it shares: what it is late by would be told as the server's latency
    return ["chrt", "--rr", "1"] if os.geteuid() == 0 else []


def _caller(url: str, rate: float) -> list[str]:
    return [sys.executable, "-m", "benchmarks.caller", url, "--rate", str(rate)]


def figures(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, float]:
    """Give the medians over the turns, and by how much they moved."""

    def median(kind: str, read: str) -> float:
        return float(statistics.median(one["video_latency"][read] for one in found[kind]))

    p50, p99 = median("calm", "p50_ms"), median("calm", "p99_ms")
    return {
        "calls_per_second": statistics.median(one["calls_per_second"] for one in found["called"]),
        "p50_ms": p50,
        "p50_ms_called": median("called", "p50_ms"),
        "p99_ms": p99,
        "p99_ms_called": median("called", "p99_ms"),
        "p99_moved": median("called", "p99_ms") / p99 - 1,
    }


def table(found: Mapping[str, Any]) -> list[str]:
    """Give what came of it as a table in Markdown."""
    at = found["figures"]
    answers = statistics.median(one["calls_p99_ms"] for one in found["called"])
    refused = sum(one["calls_refused"] for one in found["called"])
    turns = [*found["calm"], *found["called"]]
    late = sum(1 for one in turns if one["invalid"])
    verdict = "met" if at["p99_moved"] <= GOAL else "**missed**"
    if at["calls_per_second"] < ENOUGH * RATE:
        verdict += f", by fewer calls than {RATE:.0f} a second"
    return [
        "| | the API left alone | called | moved by | goal |",
        "|---|---|---|---|---|",
        f"| calls a second, answered after p99 | 0 | {at['calls_per_second']:.0f}, {answers:.0f} ms, {refused} refused "
        "| | |",
        f"| latency p50 | {at['p50_ms']:.2f} ms | {at['p50_ms_called']:.2f} ms "
        f"| {at['p50_ms_called'] / at['p50_ms'] - 1:+.0%} | |",
        f"| latency p99 | {at['p99_ms']:.2f} ms | {at['p99_ms_called']:.2f} ms | {at['p99_moved']:+.0%} "
        f"| ≤ {GOAL:.0%} (aim {AIM:.0%}): {verdict} |",
        "",
        f"Turns in which the generator was late or something was lost: {late} of {len(turns)}.",
    ]

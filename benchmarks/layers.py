"""W4: a picture in three encodings that a hundred viewers show larger or smaller every two seconds, each at random.

How soon the picture is there in the size that was wanted last, and what that asks of the publisher (Q10).
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import hoptt_server
from benchmarks.generator import generator
from benchmarks.rig import Rig
from benchmarks.workloads import Workload, chosen

TURNS = 3
SECONDS = 20.0
MOST_MS = 500.0
"""In which 95 of a hundred are to be there; and a key frame of one encoding is asked for once in as long at most."""
KEPT = ("switch", "unswitched", "video", "checked", "sent", "forwarded", "seconds", "invalid")
"""Of the generator's result."""


def measure(line: Rig, *, turns: int = TURNS, seconds: float = SECONDS) -> list[dict[str, Any]]:
    """Measure so many times, each in a room of its own. Raises RuntimeError when there is nothing to measure."""
    (load,) = chosen(quick=False, names="W4-100")
    with (
        tempfile.TemporaryDirectory(prefix="hoptt-layers-") as folder,
        hoptt_server.server(line, Path(folder), load) as server,
    ):
        found: list[dict[str, Any]] = []
        for turn in range(turns):
            print(f"W4 [{turn + 1} of {turns}]", flush=True)
            found.append(_turn(line, server, load, f"turn-{turn}", seconds))
    return found


def _turn(line: Rig, server: hoptt_server.Hoptt, load: Workload, room: str, seconds: float) -> dict[str, Any]:
    words = ["--awake", "--warmup", "10", "--seconds", str(seconds), *load.load()]
    with generator(line.load, server.another_room(room), *words) as running:
        running.wait_for("measuring")
        before = server.cpu_seconds()["engine"]
        running.wait_for("measured")
        spent = server.cpu_seconds()["engine"] - before
    return {key: running.result[key] for key in KEPT} | {"engine_s": spent}


def table(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give what came of it as a table in Markdown: times in the middle of the turns, counts of all of them."""
    times = {read: statistics.median(one["switch"][read] for one in found) for read in ("p50_ms", "p95_ms", "p99_ms")}
    came, late = (sum(counts) for counts in zip(*((o["switch"]["count"], o["unswitched"]) for o in found), strict=True))
    lost, expected = (sum(one["video"][read] for one in found) for read in ("lost", "expected"))
    asked, soon = (sum(one["sent"][read] for one in found) for read in ("asked_key_frames", "asked_again_soon"))
    broken = sum(one["checked"]["broken_frames"] for one in found)
    seconds = sum(one["seconds"] for one in found)
    engine = sum(one["engine_s"] for one in found)
    cost = engine / sum(one["forwarded"] for one in found) * 1e6
    left_out = sum(1 for one in found if one["invalid"])
    return [
        "| | | goal |",
        "|---|---|---|",
        f"| another size is wanted | {(came + late) / seconds:.0f} times a second | |",
        f"| its first key frame is whole after p50 / p95 / p99 "
        f"| {times['p50_ms']:.0f} / {times['p95_ms']:.0f} / {times['p99_ms']:.0f} ms "
        f"| p95 ≤ {MOST_MS:.0f} ms: {_verdict(times['p95_ms'] <= MOST_MS)} |",
        f"| not before the next one is wanted | {late:,} of {came + late:,} | |",
        f"| numbers of packets that are missing | {lost:,} of {expected:,} | 0: {_verdict(lost == 0)} |",
        f"| pictures with a hole | {broken:,} | 0: {_verdict(broken == 0)} |",
        f"| key frames asked for, of three encodings | {asked / seconds:.1f} a second | |",
        f"| of one encoding within half a second after the last one | {soon:,} of {asked:,} "
        f"| 0: {_verdict(soon == 0)} |",
        f"| engine | {engine / seconds:.1%} of a core, {cost:.1f} µs a packet | |",
        "",
        f"Turns in which the generator was late or something was lost: {left_out} of {len(found)}.",
    ]


def _verdict(met: bool) -> str:
    return "met" if met else "**missed**"

"""What one participant holds of the engine's memory while there is sound and picture.

Of each kind a few are measured and many, each on a fresh server, and the difference is theirs; what the few have in
common with the many, such as buffers that everybody shares, is not counted for any of them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import hoptt_server
from benchmarks.generator import generator
from benchmarks.rig import Rig
from benchmarks.workloads import chosen

FILLED_S = 12
"""By then the histories of publishers are full, and what is known of lines has settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Of participants."""

    few: int
    many: int
    options: tuple[str, ...]
    """Of the generator, but for how many there are."""
    counted: str
    """The option for that."""
    goal_kb: float
    aim_kb: float


VOICES = ("--publishers", "4", "--send", "microphone", "--audio-slots", "4", "--video-slots", "0")
PICTURE = ("--publishers", "1", "--send", "camera,microphone", "--audio-slots", "4", "--video-slots", "1")
LAYERS = ("--viewers", "1", "--send", "camera,microphone", "--simulcast", "--audio-slots", "4", "--video-slots", "1")
KINDS: Mapping[str, Kind] = {
    "listener": Kind(few=20, many=220, options=VOICES, counted="--viewers", goal_kb=100, aim_kb=40),
    "viewer of a picture": Kind(few=20, many=120, options=PICTURE, counted="--viewers", goal_kb=200, aim_kb=80),
    "publisher of three layers": Kind(
        few=2, many=22, options=LAYERS, counted="--publishers", goal_kb=2_000, aim_kb=1_000
    ),
}


def measure(line: Rig, *, filled_s: int = FILLED_S) -> dict[str, Any]:
    """Measure each kind. Raises RuntimeError when there is nothing to measure."""
    found: dict[str, Any] = {}
    for name, kind in KINDS.items():
        few, many = (_engine_bytes(line, kind, count, filled_s) for count in (kind.few, kind.many))
        each_kb = (many - few) / (kind.many - kind.few) / 1e3
        held = f"{few / 1e6:.1f} MB of {kind.few}, {many / 1e6:.1f} of {kind.many}"
        print(f"{name}: {each_kb:.0f} kB ({held})", flush=True)
        found[name] = {"few": kind.few, "few_bytes": few, "many": kind.many, "many_bytes": many, "each_kb": each_kb}
    return found


def _engine_bytes(line: Rig, kind: Kind, count: int, filled_s: int) -> int:
    (load,) = chosen(quick=False, names="W1-100")  # a server is made for it
    with (
        tempfile.TemporaryDirectory(prefix="hoptt-held-") as folder,
        hoptt_server.server(line, Path(folder), load) as server,
    ):
        words = [*kind.options, kind.counted, str(count), "--warmup", str(filled_s), "--seconds", "1"]
        with generator(line.load, server.target, *words) as running:
            running.wait_for("measuring")
            time.sleep(0.2)
            held = server.memory()["engine"]["rss"]
    return held


def table(found: Mapping[str, Mapping[str, float]]) -> Sequence[str]:
    """Give the figures with their goals as a table in Markdown."""
    rows = ["| Of the engine's memory | measured with | each | goal | |", "|---|---|---|---|---|"]
    for name, kind in KINDS.items():
        each = found[name]["each_kb"]
        verdict = "**missed**" if each > kind.goal_kb else "met, and the aim" if each <= kind.aim_kb else "met"
        rows.append(
            f"| a {name} | {found[name]['few']} and {found[name]['many']} | {each:,.0f} kB "
            f"| ≤ {kind.goal_kb:,.0f} (aim {kind.aim_kb:,.0f}) | {verdict} |"
        )
    return rows

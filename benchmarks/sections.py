"""Measurements that write a section of a page: latency, W4, W7, memory, W9 and scaling."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import calls, held, joins, latency, layers, scaling
from benchmarks.pages import placed
from benchmarks.programs import ROOT
from benchmarks.rig import Rig, rig
from benchmarks.series import RESULTS, machine

DOCS = ROOT / "docs"


@dataclass(frozen=True, slots=True)
class Section:
    """What is measured, and how it is told."""

    command: str
    """That makes it."""
    file: str
    """In benchmarks/results."""
    measure: Callable[[Rig], Any]
    table: Callable[[Any], Sequence[str]]
    page: str = "performance.md"
    """In docs."""


SECTIONS: Mapping[str, Section] = {
    "joins": Section("make bench-joins", "joins.json", lambda line: joins.measure(line, joins.SPEEDS), joins.table),
    "latency": Section("make bench-latency", "latency.json", latency.measure, latency.table),
    "scaling": Section("make scaling", "scaling.json", scaling.measure, scaling.table, "scaling.md"),
    "layers": Section("make bench-layers", "layers.json", layers.measure, layers.table),
    "memory": Section("make bench-memory", "memory.json", held.measure, held.table),
    "calls": Section("make bench-calls", "calls.json", calls.measure, calls.table),
}


def run(section: Section, *, docs: Path = DOCS, results: Path = RESULTS) -> list[str]:
    """Measure, keep the result, write the section and give its rows. Raises RuntimeError when nothing was measured."""
    with rig() as line:
        found = {"machine": machine(line), "found": section.measure(line)}
    (results / section.file).write_text(json.dumps(found, indent=1) + "\n")
    rows = told(section, found)
    page = docs / section.page
    page.write_text(placed(page.read_text(), section.command, "\n".join(rows)))
    return rows


def told(section: Section, result: Mapping[str, Any]) -> list[str]:
    """Give the section's rows in Markdown."""
    on = result["machine"]
    head = (
        f"Measured {on['measured_at']} at commit `{on['commit']}` on {on['cores']} × {on['cpu']}, "
        f"kernel {on['kernel']}; {on['rig']}."
    )
    return [head, "", *section.table(result["found"])]

"""benchmarks/results/quality-real.json and the table of docs/quality.md: made of what was seen, never typed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.pages import placed
from benchmarks.quality.marks import SAID
from benchmarks.quality.plot import plot
from benchmarks.quality.run import Run
from benchmarks.quality.scenarios import SCENARIOS, Scenario

COMMAND = "make quality-real"
STACKS = {"hoptt": "hoptt", "direct": "Chromium to Chromium"}
DISTURBED = 0.25
"""A run during which other programs did so much of what the cores can do shows them, too."""
LATE_MS = 20.0
"""A line that is later than this itself has waited for a core: what was seen is not the line's alone."""


def publish(seen: Path, *, kept: Path, page: Path) -> str:
    """Judge every run that was seen, keep the facts beside those of earlier ones, and write table and plots.

    Of a scenario that was run in several rounds all are kept, and the first one is drawn. Gives the table. Raises
    ValueError when the page has no place for it.
    """
    result = json.loads(kept.read_text()) if kept.exists() else {"runs": {}}
    for scenario in SCENARIOS:
        drawn = {}
        for stack, name in STACKS.items():
            raws = _rounds(seen, scenario.id, stack)
            runs = [Run.read(raw) for raw in raws]
            if not runs:
                continue
            drawn[name] = runs[0]
            result["runs"].setdefault(scenario.id, {})[stack] = [
                judged(scenario, run, raw["machine"]) for run, raw in zip(runs, raws, strict=True)
            ]
        if drawn:
            picture = page.parent / "pictures" / "quality" / f"real-{scenario.id}.svg"
            picture.write_text(plot(scenario.name, drawn))
    table = "\n".join(tables(result))
    text = placed(page.read_text(), COMMAND, table)
    kept.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    page.write_text(text)
    return table


def judged(scenario: Scenario, run: Run, machine: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is kept of a run."""
    return {
        "machine": machine,
        "line_late_ms": run.latest_ms(),
        "facts": [fact.told() for fact in scenario.judge(run)],
    }


def tables(result: Mapping[str, Any]) -> Iterator[str]:
    """Give the table in Markdown, line by line, with what to know of its runs."""
    runs = [(scenario, result["runs"][scenario.id]) for scenario in SCENARIOS if scenario.id in result["runs"]]
    yield from _machines([run for _, found in runs for rounds in found.values() for run in rounds])
    yield ""
    yield f"| Scenario | Measured | Mark | {' | '.join(STACKS.values())} |"
    yield "|---|---|---|" + "---|" * len(STACKS)
    for scenario, found in runs:
        first = next(iter(found.values()))[0]["facts"]
        for number, fact in enumerate(first):
            cells = [
                _cell(found.get(stack), number, judged_too=stack == "hoptt")
                if scenario.direct or stack == "hoptt"
                else "–"
                for stack in STACKS
            ]
            yield f"| {scenario.name} | {fact['what']} | {_mark(fact)} | {' | '.join(cells)} |"
    for scenario, _ in runs:
        yield ""
        yield f"![{scenario.name}, in real time](pictures/quality/real-{scenario.id}.svg)"


def _machines(runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    machines = [run["machine"] for run in runs]
    if not machines:
        return

    def all_of(key: str) -> str:
        return ", ".join(sorted({str(machine[key]) for machine in machines}))

    busy, others, steal = (max(machine[key] for machine in machines) for key in ("busy", "others", "steal"))
    late = sum(run["line_late_ms"] > LATE_MS for run in runs)
    yield (
        f"Measured {all_of('measured_at')} at commit {all_of('commit')} on {all_of('cores')} × {all_of('cpu')}, Linux "
        f"{all_of('kernel')}. The cores were busy up to {busy:.0%} of a run, "
        f"with other programs up to {others:.0%}; the host took up to {steal:.1%}. An asterisk: others had more "
        f"than {DISTURBED:.0%} of the cores meanwhile, and the figure says less of the line than of that. "
        f"In {late} of {len(runs)} runs the line itself was late by more than {LATE_MS:.0f} ms once."
    )


def _cell(rounds: Sequence[Mapping[str, Any]] | None, number: int, *, judged_too: bool) -> str:
    """Give the figure in the middle, and from the best to the worst; that of hoptt with whether it meets its mark."""
    if not rounds:
        return "not run"
    facts = by_worth([run["facts"][number] for run in rounds])
    middle = facts[len(facts) // 2]
    sign = "" if not judged_too else " ✓" if middle["holds"] else " **missed**"
    if any(run["machine"]["others"] > DISTURBED for run in rounds):
        sign += "\\*"
    if not judged_too and middle["what"] == SAID:
        return "–"
    told = f"{_figure(middle)}{sign}"
    return f"{told} ({_figure(facts[0])} to {_figure(facts[-1])})" if len(facts) > 1 else told


def by_worth(facts: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Give what was measured in several rounds, the best first; what never was is the worst.

    Of two in the middle the worse one stands at half of the length.
    """

    def badness(fact: Mapping[str, Any]) -> float:
        if fact["measured"] is None:
            return float("inf")
        return float(fact["measured"] if fact["at_most"] else -fact["measured"])

    return sorted(facts, key=badness)


def _mark(fact: Mapping[str, Any]) -> str:
    return f"{'≤' if fact['at_most'] else '≥'} {fact['mark']:g}{' ' + fact['unit'] if fact['unit'] else ''}"


def _figure(fact: Mapping[str, Any]) -> str:
    value, unit = fact["measured"], fact["unit"]
    if value is None:
        return "never"
    return f"{value:.2f} {unit}" if unit else f"{value:.3f}"


def _rounds(seen: Path, scenario: str, stack: str) -> list[dict[str, Any]]:
    """Read what was seen in the first round, the second and so on, as many as there were."""
    numbered = ((int(file.name.split(".")[2]), file) for file in seen.glob(f"{scenario}.{stack}.*.json"))
    return [json.loads(file.read_text()) for _, file in sorted(numbered)]

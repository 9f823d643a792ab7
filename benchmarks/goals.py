"""What a result says about the goals: hoptt beside the bare path, and beside the best of the other servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.under_test import OURS

FLOOR_GOAL, FLOOR_AIM = 2.5, 1.4
BESIDE_BARE_PATH = frozenset({"W1", "W3", "W3T"})
"""Elsewhere its trains are a guess, or hardly anything is sent."""
PEER_GOAL, PEER_AIM = 1 / 3, 1 / 6
MAX_LOSS = 0.001
"""Who loses more of a load does not carry it."""
WHOLE, OWN = "cpu_s_per_million", "own_cpu_s_per_million"
OF = {WHOLE: " of one core", OWN: " of the server's own processes"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One goal for one workload."""

    workload: str
    what: str
    value: float
    goal: float
    aim: float
    means: str
    """How the goal is written."""
    counts: bool
    """It rests on rounds that count."""

    @property
    def verdict(self) -> str:
        """Whether it is met, and the aim with it."""
        aim = "met, and the aim with it" if self.value <= self.aim else "met"
        said = aim if self.value <= self.goal else "**missed**"
        return said if self.counts else f"{said}, by rounds that do not count"


def measure(result: Mapping[str, Any]) -> str:
    """Give the figure that counts: a core that had company tells too much, then it is the processes' own time."""
    summaries = [s for w in result["workloads"].values() for s in w["summary"].values()]
    return WHOLE if all("multiple_of_floor" in s for s in summaries) else OWN


def is_ours(server: str) -> bool:
    """Whether it is hoptt, with whatever settings."""
    return program_of(server) == OURS


def program_of(server: str) -> str:
    """Give the name without the settings."""
    return server.partition(",")[0]


def best_other(workload: Mapping[str, Any], by: str) -> tuple[str, float] | None:
    """Give the cheapest of the other servers of a workload, though its rounds may not count: none is to be left out."""
    costs = {name: float(s[by]["median"]) for name, s in workload["summary"].items() if not is_ours(name)}
    return min(costs.items(), key=lambda one: one[1]) if costs else None


def best_for_all(workload: Mapping[str, Any], by: str) -> tuple[str, float] | None:
    """Give who of the others takes the least CPU for the same people, of those that lose next to nothing of it."""
    whole = {
        name: whole_cost(s, by)
        for name, s in workload["summary"].items()
        if not is_ours(name) and s["loss_share"]["median"] <= MAX_LOSS
    }
    return min(whole.items(), key=lambda one: one[1]) if whole else None


def whole_cost(summary: Mapping[str, Any], by: str) -> float:
    """Give the share of a core that a server takes: it may send fewer packets than another for the same people."""
    return float(summary[by]["median"]) * float(summary["forwarded_per_second"]["median"]) / 1e6


def findings(result: Mapping[str, Any]) -> Iterator[Finding]:
    """Give each goal that the result says something about."""
    by = measure(result)
    for name, workload in result["workloads"].items():
        for server, ours in workload["summary"].items():
            if is_ours(server):
                yield from _findings_of(ours, server.partition(", ")[2], name, workload, by)


def _findings_of(
    ours: Mapping[str, Any], settings: str, name: str, workload: Mapping[str, Any], by: str
) -> Iterator[Finding]:
    multiple = ours["multiple_of_floor" if by == WHOLE else "own_multiple_of_floor"]["median"]
    called = f"{name}, {settings}" if settings else name
    if not settings and name.partition("-")[0] in BESIDE_BARE_PATH:
        counts = ours["valid_rounds"] > 0
        yield Finding(called, "× the bare path", multiple, FLOOR_GOAL, FLOOR_AIM, "≤ 2.5 (aim 1.4)", counts)
    for best, cost, of, what in (
        (best_other(workload, by), float(ours[by]["median"]), "the best other", "for a packet"),
        (best_for_all(workload, by), whole_cost(ours, by), "the best other that carries it", "for the same people"),
    ):
        if best is not None:
            counts = ours["valid_rounds"] > 0 and workload["summary"][best[0]]["valid_rounds"] > 0
            about = f"of {of} ({best[0]}), {what}"
            yield Finding(called, about, cost / best[1], PEER_GOAL, PEER_AIM, "≤ 1/3 (aim 1/6)", counts)


def goal_rows(result: Mapping[str, Any]) -> list[str]:
    """Give the goals as a table in Markdown."""
    rows = [f"By the CPU seconds{OF[measure(result)]}.", ""]
    rows += ["| Workload | hoptt needs | goal | |", "|---|---|---|---|"]
    for one in findings(result):
        value = f"{one.value:.2f} {one.what}"
        rows.append(f"| {one.workload} | {value} | {one.means} | {one.verdict} |")
    return rows


def comparison(result: Mapping[str, Any]) -> str:
    """Give what the README shows: servers beside each other, and how hoptt stands to the best of the others."""
    by, machine = measure(result), result["machine"]
    names = list(dict.fromkeys(program_of(name) for name in result["servers"] if not is_ours(name)))
    rows = [
        f"CPU seconds{OF[by]} for each million packets that arrive, each row of one run on {machine['cpu']} "
        f"(`make bench`, {machine['measured_at'][:10]}; less is better):",
        "",
        f"| | hoptt | {' | '.join(names)} | hoptt ÷ best other | for the same people |",
        "|---|---" + "|---" * len(names) + "|---|---|",
    ]
    for id_, workload in result["workloads"].items():
        found = workload["summary"]
        best = best_other(workload, by)
        if best is None or OURS not in found:
            continue
        cells = [_cell(found.get(OURS), by), *(_cell(_cheapest(name, found, by), by) for name in names)]
        ratio = found[OURS][by]["median"] / best[1]
        carries = best_for_all(workload, by)
        same_people = f"{whole_cost(found[OURS], by) / carries[1]:.2f}" if carries else "–"
        rows.append(f"| {id_}: {workload['about']} | {' | '.join(cells)} | {ratio:.2f} | {same_people} |")
    versions = "; ".join(f"{name}: {result['servers'][name]}" for name in names)
    rows += [
        "",
        f"Versions: {versions}. An asterisk: no round counts. Of several settings of one server the cheapest. "
        "For the same people hoptt sends fewer packets: of ten voices the four loudest. "
        "Method, all figures and goals: [docs/performance.md](docs/performance.md).",
    ]
    return "\n".join(rows)


def _cheapest(program: str, found: Mapping[str, Mapping[str, Any]], by: str) -> Mapping[str, Any] | None:
    """Give the summary of a program with the settings with which it needs the least."""
    summaries = [summary for name, summary in found.items() if program_of(name) == program]
    return min(summaries, key=lambda one: float(one[by]["median"]), default=None)


def _cell(summary: Mapping[str, Any] | None, by: str) -> str:
    if summary is None:
        return "–"
    return f"{summary[by]['median']:.1f}" + ("" if summary["valid_rounds"] else "*")

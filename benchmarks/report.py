"""docs/performance.md from a result: its tables and its plot are made, never typed."""

from __future__ import annotations

import html
import json
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.goals import comparison, goal_rows, is_ours, measure
from benchmarks.pages import placed

COMMAND, WITH_OFFLOAD = "make bench-publish", "make bench-publish of a run with OFFLOAD=1"
FLOOR, OURS, OTHER = "#b8b8b8", "#8c1c2c", "#3d5a73"


def publish(results: Sequence[Path], page: Path, readme: Path, plot: Path, kept: Path) -> None:
    """Keep a result as the published one, and write tables and plot; of several, what the first one lacks is taken.

    Of a run with a device that cuts trains itself only its table is written, in a place of its own; it is kept, too.
    Raises ValueError when a page has no marks, or when results are of different machines.
    """
    found = together([json.loads(result.read_text()) for result in results])
    if found["machine"]["tx-udp-segmentation"] == "on":
        text = placed(page.read_text(), WITH_OFFLOAD, "\n".join(table(found)))
        kept.with_stem(f"{kept.stem}-offload").write_text(json.dumps(found, indent=1) + "\n")
        page.write_text(text)
        return
    texts = {page: tables(found, plot.relative_to(page.parent)), readme: comparison(found)}
    pages = {path: placed(path.read_text(), COMMAND, text) for path, text in texts.items()}
    kept.write_text(json.dumps(found, indent=1) + "\n")
    plot.write_text(svg(found))
    for path, text in pages.items():
        path.write_text(text)


def together(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Join results of one machine: of one commit, or of several, and then each workload says of which it is.

    Whatever is compared is compared within a workload. Raises ValueError for results of several machines.
    """
    first, *others = results
    for other in others:
        for key in ("cpu", "kernel", "rig", "tx-udp-segmentation"):
            if other["machine"][key] != first["machine"][key]:
                raise ValueError(f"the results are of {first['machine'][key]} and {other['machine'][key]}")
    workloads = {name: found for result in reversed(results) for name, found in dated(result).items()}
    return first | {"workloads": {name: workloads[name] for name in sorted(workloads, key=_in_order)}}


def dated(result: Mapping[str, Any]) -> dict[str, Any]:
    """Give a result's workloads, each with when and at which commit it was measured."""
    at = {"measured_at": result["machine"]["measured_at"], "commit": result["machine"]["commit"]}
    return {name: {**at, **workload} for name, workload in result["workloads"].items()}


def measured(result: Mapping[str, Any]) -> list[str]:
    """Say when and at which commit, and which workloads where there are several commits."""
    latest: dict[str, str] = {}
    names: dict[str, list[str]] = {}
    for name, workload in dated(result).items():
        commit = workload["commit"]
        names.setdefault(commit, []).append(name)
        latest[commit] = max(latest.get(commit, ""), workload["measured_at"])
    of = {commit: f" ({', '.join(its)})" if len(names) > 1 else "" for commit, its in names.items()}
    return [f"{at} at commit `{commit}`{of[commit]}" for commit, at in latest.items()]


def _in_order(name: str) -> tuple[int, str, list[int]]:
    family, _, sizes = name.partition("-")
    number = family.strip(string.ascii_letters)
    return int(number), family, [int(size) for size in sizes.split("-")]


def tables(result: Mapping[str, Any], plot: Path) -> str:
    """Give all of it in Markdown."""
    rows = [*table(result), "", "### Goals", "", *goal_rows(result), "", "### Servers", ""]
    rows += [f"- {name}: {version}" for name, version in result["servers"].items()]
    rows += [f"- {name} was not there ({variable} names no program)" for name, variable in result["absent"].items()]
    rows += ["", f"![CPU seconds per million packets, by workload]({plot})"]
    return "\n".join(rows)


def table(result: Mapping[str, Any]) -> list[str]:
    """Give what was measured, and what does not count of it, in Markdown."""
    machine = result["machine"]
    rounds = "one round" if result["rounds"] == 1 else f"{result['rounds']} rounds, the first discarded"
    runs = measured(result)
    rows = [
        f"Measured {' and '.join(runs)} on {machine['cores']} × {machine['cpu']}, "
        f"kernel {machine['kernel']}; {machine['rig']}, tx-udp-segmentation {machine['tx-udp-segmentation']}; "
        f"{rounds}, {result['times']['measured']:.0f} s each. Median, and min..max in brackets.",
        "",
        "| Workload | Server | CPU-s per million packets | × floor | by its own processes | × floor | core | packets/s "
        "| latency p50 / p99 ms | lost | rounds valid |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    notes: list[str] = []
    for name, workload in result["workloads"].items():
        both = [_number(workload["floor"], f"{kind}cpu_s_per_million") for kind in ("", "own_")]
        rows.append(f"| {name} | the bare path | {both[0]} | 1 | {both[1]} | 1 | | | | | |")
        for server, s in workload["summary"].items():
            share = s["core_share"]["median"]
            rows.append(
                f"| {name}: {workload['about']} | {server} | {_spread(s['cpu_s_per_million'])} "
                f"| {_spread(s['multiple_of_floor']) if 'multiple_of_floor' in s else '–'} "
                f"| {_spread(s['own_cpu_s_per_million'])} | {_spread(s['own_multiple_of_floor'])} | {share:.0%} "
                f"| {s['forwarded_per_second']['median']:,.0f} "
                f"| {_latency(s)} "
                f"| {s['loss_share']['median']:.3%} | {s['valid_rounds']} of {s['rounds']} |"
            )
            notes += [f"- {name}, {server}: {reason}" for reason in s["reasons"]]
        for server, why in workload.get("failures", {}).items():
            notes.append(f"- {name}, {server} could not be measured: {why.splitlines()[0]}")
    rows += repair_rows(result)
    if notes:
        rows += ["", "Rounds that do not count, and why:", "", *notes]
    return rows


def repair_rows(result: Mapping[str, Any]) -> list[str]:
    """Give how long repairs took, where lines lost something."""
    rows = [
        f"| {name} | {server} | {_spread(s['repair_p50_ms'])} | {_spread(s['repair_p99_ms'])} "
        f"| {s['unrepaired_share']['median']:.2%} |"
        for name, workload in result["workloads"].items()
        for server, s in workload["summary"].items()
        if "repair_p50_ms" in s
    ]
    head = ["", "Repairs, from when a packet of a picture was missed until it was there:", ""]
    head += ["| Workload | Server | p50 ms | p99 ms | not within 2 s |", "|---|---|---|---|---|"]
    return head + rows if rows else []


def svg(result: Mapping[str, Any]) -> str:
    """Draw what a million packets cost, the bare path beside each server."""
    kind = measure(result)
    by = ", own time of the processes" if kind.startswith("own") else ""
    bars: list[tuple[str, float, str]] = []
    for name, workload in result["workloads"].items():
        floors = [float(one[kind]) for one in workload["floor"]]
        bars.append((f"{name} bare path", sum(floors) / len(floors), FLOOR))
        for server, s in workload["summary"].items():
            bars.append((f"{name} {server}", s[kind]["median"], OURS if is_ours(server) else OTHER))
    top = max((value for _, value, _ in bars), default=1.0) or 1.0
    height = 30 + 24 * len(bars)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" font-family="sans-serif" font-size="13" '
        'role="img" aria-label="CPU seconds per million packets">',
        f'<rect width="760" height="{height}" fill="#ffffff"/>',
        '<text x="8" y="18" fill="#222222">CPU seconds per million forwarded packets (less is better)' + f"{by}</text>",
    ]
    for place, (label, value, colour) in enumerate(bars):
        y = 30 + 24 * place
        width = max(420 * value / top, 1.0)
        drawn += [
            f'<text x="8" y="{y + 14}" fill="#222222">{html.escape(label)}</text>',
            f'<rect x="220" y="{y + 2}" width="{width:.1f}" height="16" fill="{colour}"/>',
            f'<text x="{226 + width:.1f}" y="{y + 14}" fill="#222222">{value:.2f}</text>',
        ]
    return "\n".join([*drawn, "</svg>", ""])


def _latency(summary: Mapping[str, Any]) -> str:
    """A server that cuts frames into packets of its own leaves no times to read."""
    p50, p99 = summary["latency_p50_ms"]["median"], summary["latency_p99_ms"]["median"]
    return f"{p50:.2f} / {p99:.2f}" if p99 else "–"


def _number(floors: Sequence[Mapping[str, Any]], kind: str) -> str:
    values = [one[kind] for one in floors]
    return f"{sum(values) / len(values):.2f} ({min(values):.2f}..{max(values):.2f})"


def _spread(figure: Mapping[str, float]) -> str:
    if figure["min"] == figure["max"]:
        return f"{figure['median']:.2f}"
    return f"{figure['median']:.2f} ({figure['min']:.2f}..{figure['max']:.2f})"

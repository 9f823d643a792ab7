"""The figures that are kept of the parts, what they may be, and the table that is made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.instructions.callgrind import Part
from benchmarks.pages import placed

Figures = dict[str, dict[str, float]]
"""By name: `all` and `own`, the latter without the calls that seal and open."""

KEPT = Path(__file__).with_name("budgets.json")
PAGE = Path("docs") / "performance.md"
COMMAND = "make instructions KEEP=1"
MARGIN = 0.03
FEW = 15
"""So many instructions a figure may leave its budget by, whatever share that is: compilers lay code out anew."""
OTHER_COMPILER = 0.25
"""The margin where another compiler made the program than that of the budgets."""
MAX_GROWTH = 1.1
GROWTHS = (
    ("video to 100", "video to 10", "own"),
    ("audio to 100", "audio to 10", "own"),
    ("poll of an idle transport, 50 tracks", "poll of an idle transport, 2 tracks", "all"),
)
"""What may not cost more than the other."""


def figures(parts: Sequence[Part]) -> Figures:
    """Give what one packet, repair or turn costs; of what leaves without what it cost to arrive."""
    by_name = {part.name: part for part in parts}
    found: Figures = {}
    for part in parts:
        kind, _, what = part.name.partition("_")
        per = part.packets_out or part.packets_in
        both = {"all": float(part.instructions), "own": float(part.instructions - part.of_aead)}
        if kind in ("video", "audio") and what != "in":
            arrival = by_name[f"{kind}_in"]
            both["all"] -= arrival.instructions / arrival.packets_in * part.packets_in
            both["own"] -= (arrival.instructions - arrival.of_aead) / arrival.packets_in * part.packets_in
        found[_title(part.name)] = {which: round(cost / per, 1) for which, cost in both.items()}
    return found


def _title(name: str) -> str:
    match name.split("_"):
        case ["nack", "repaired"]:
            return "NACK repaired"
        case ["feedback", "taken"]:
            return "feedback on 18 packets taken"
        case ["idle", "poll", tracks, "tracks"]:
            return f"poll of an idle transport, {tracks} tracks"
        case ["due", "turn", tracks, "tracks"]:
            return f"turn of an idle transport whose time has come, {tracks} tracks"
        case [kind, "in"]:
            return f"{kind} arrived"
        case [kind, subscribers]:
            return f"{kind} to {subscribers}"
    raise ValueError(f"{name} is no part of the trace")


def faults(found: Figures, kept: Mapping[str, Mapping[str, float]], margin: float = MARGIN) -> list[str]:
    """Say in sentences what is not as it is kept, and what grows that may not."""
    told = [f"{name} is kept and was not counted" for name in kept if name not in found]
    for name, both in found.items():
        for which, cost in both.items():
            budget = kept.get(name, {}).get(which)
            words = f"{name}{'' if which == 'all' else ', without AEAD'}: {cost:,.0f} instructions"
            if budget is None:
                told.append(f"{words}, and no budget is kept")
            elif cost > budget + max(budget * margin, FEW):
                told.append(f"{words}, {cost / budget - 1:+.1%} of its budget of {budget:,.0f}: make it cheaper")
            elif cost < budget - max(budget * margin, FEW):
                told.append(f"{words}, {cost / budget - 1:+.1%} of its budget of {budget:,.0f}: keep it (KEEP=1)")
    for dear, cheap, which in GROWTHS:
        growth = found[dear][which] / found[cheap][which]
        if growth >= MAX_GROWTH:
            told.append(f"{dear} costs {growth:.2f} times {cheap}, and less than {MAX_GROWTH} is allowed")
    return told


def table(kept: Mapping[str, Mapping[str, float]]) -> str:
    """Give the figures in Markdown."""
    rows = ["| Instructions for each | all | without AEAD |", "|---|---|---|"]
    rows += [f"| {name} | {both['all']:,.0f} | {both['own']:,.0f} |" for name, both in kept.items()]
    return "\n".join(rows)


def load() -> Figures:
    """Read what is kept."""
    kept: Figures = json.loads(KEPT.read_text())["figures"]
    return kept


def margin(compiler: str) -> float:
    """Give by how much what this compiler made may leave the budgets: each lays out the same code in its own way."""
    return MARGIN if json.loads(KEPT.read_text())["rustc"] == compiler else OTHER_COMPILER


def keep(found: Figures, compiler: str, page: Path) -> None:
    """Keep these as the budgets, and write them into the page."""
    text = placed(page.read_text(), COMMAND, table(found))
    KEPT.write_text(json.dumps({"rustc": compiler, "figures": found}, indent=1) + "\n")
    page.write_text(text)

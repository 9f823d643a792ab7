"""`python -m benchmarks.faults run|loads|publish`: breaks hoptt in every way that has a test, and keeps the times.

The tests measure (tests/faults, web/e2e/breaks.spec.ts); this runs their long forms, then faults drawn from a seed, and
makes the table of docs/reliability.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.pages import placed
from benchmarks.programs import ROOT

RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "reliability.md"
COMMAND = "make faults"


@dataclass(frozen=True, slots=True)
class Promise:
    """A time that hoptt promises. `what` is the name under which the tests keep it."""

    id: str
    fault: str
    what: str
    seconds: float


PROMISES = (
    Promise("F1", "the engine is killed", "picture and sound back", 10),
    Promise("F2", "the engine is stopped (hangs)", "picture and sound back", 12),
    Promise("F3", "a fault in one transport", "its page begins anew", 2),
    Promise("F3", "…", "picture and sound back", 5),
    Promise("F5", "the control plane stands still for 5 s", "first act answered", 1),
    Promise("F6", "the control plane is told to end", "people are told", 1),
    Promise("F6", "… and is started again", "back on the seat, from when it serves again", 5),
    Promise("F6", "… in browsers", "pages back, from when it serves again", 5),
    Promise("F15", "the database is locked for 30 s", "mute", 0.2),
    Promise("F15", "…", "remove", 0.2),
    Promise("F15", "…", "end", 0.2),
    Promise("F25", "a line is gone for 5 s", "5 s: others see a poor line", 3),
    Promise("F25", "… and returns", "5 s: picture and sound back", 2),
    Promise("F26", "a line is gone for 25 s", "25 s: its own page says so", 10),
    Promise("F26", "…", "25 s: others see that it is gone", 16),
    Promise("F26", "… and returns", "25 s: picture and sound back", 3),
    Promise("F26", "a line is gone for 60 s and returns", "60 s: picture and sound back", 5),
    Promise("F27", "the address of a page changes", "picture and sound back", 2),
    Promise("F28", "UDP is blocked in mid-call", "UDP blocked in mid-call, chromium: picture back over TCP", 10),
    Promise("F28", "…", "UDP blocked in mid-call, firefox: picture back over TCP", 10),
    Promise("F30", "the WebSocket is reset", "signalling back", 3),
    Promise("F30", "… meanwhile", "longest gap of the picture", 0.5),
    Promise("F31", "the WebSocket is half open", "the page notices", 15),
    Promise("F31", "… and then", "signalling back", 5),
    Promise("F40", "a tab crashes", "others see that it is gone", 15),
    Promise("F40", "… and stays away", "the seat is free", 75),
    Promise("F40", "a laptop sleeps", "asleep: others see that it is gone", 16),
    Promise("F40", "… longer than its seat is kept", "asleep: no ghost any more", 76),
    Promise("F40", "… and wakes while its seat is kept", "awake: picture and sound back", 5),
    Promise("F40", "… and wakes later", "awake after the seat was free: picture and sound back", 5),
)


@dataclass(frozen=True, slots=True)
class Load:
    """A bound that hoptt keeps under a load; `unit` says how its numbers are written."""

    id: str
    load: str
    what: str
    most: float
    unit: str


LOADS = (
    Load("L1", "40 bridge points, one large and eight small each", "40: share of packets lost", 0.001, "{:.3%}"),
    Load("L1", "…", "40: forwarding p99, at most", 0.010, "{:.3f} s"),
    Load("L1", "…", "40: cores of the engine", 1.0, "{:.2f}"),
    Load("L2", "300 who see and hear one speaker", "300: share of packets lost", 0.001, "{:.3%}"),
    Load("L2", "…", "300: forwarding p99, at most", 0.010, "{:.3f} s"),
    Load("L2", "…", "300: cores of the engine", 1.0, "{:.2f}"),
    Load("L2", "…", "300: in, p99 at most", 3.0, "{:.2f} s"),
    Load("L3", "30 meetings of 6, one of them flooded", "worst share lost in the other meetings", 0.005, "{:.3%}"),
    Load("L4", "200 lines of chat a second", "50 meetings of 20: lag of the loop, p99 at most", 0.05, "{:.3f} s"),
    Load("L4", "…", "50 meetings of 20: KiB of each socket", 60, "{:.1f} KiB"),
    Load("L4", "10 lines of chat a second", "one meeting of 1,000: lag of the loop, p99 at most", 0.05, "{:.3f} s"),
    Load("L4", "…", "one meeting of 1,000: KiB of each socket", 60, "{:.1f} KiB"),
    Load("L5", "everybody comes back at once", "500 back, from when it serves again", 30, "{:.1f} s"),
    Load("L6", "coming and going", "KiB more in the control plane after each 1,000 joins", 1024, "{:.0f} KiB"),
    Load("L6", "…", "KiB more in the engine after each 1,000 joins", 1024, "{:.0f} KiB"),
    Load("L8", "a room for 40", "refused with the reason when 40 are in", 1, "{:.0f}"),
)
"""Of the last one: how many of the 41st were."""


def run(*, minutes: float, runs: int, seed: int, only: str) -> int:
    """Break it in every way, keep the times, make the page; gives 1 when a test failed."""
    asked = {"HOPTT_FAULT_RUNS": str(runs), "HOPTT_FAULT_MINUTES": str(minutes), "HOPTT_FAULT_SEED": str(seed)}
    return _kept("faults", STEPS, asked, only)


def loads(*, minutes: float, only: str) -> int:
    """Bring the loads at full length, and keep what was measured; gives 1 when a test failed."""
    return _kept("loads", LOAD_STEPS, {"HOPTT_LOAD_MINUTES": str(minutes)}, only)


def _kept(kind: str, steps: Mapping[str, Sequence[str]], wished: Mapping[str, str], only: str) -> int:
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hoptt-faults-") as folder:
        kept = Path(folder) / "times"
        kept.touch()
        asked = {"HOPTT_FAULTS": "long", "HOPTT_FAULT_TIMES": str(kept), **wished}
        failed = [name for name, words in steps.items() if _step(name, words, asked, only) != 0]
        by = machine()
        times = [one | {"by": by} for one in read(kept.read_text().splitlines())]
    if not times:
        print("benchmarks: nothing was measured", file=sys.stderr)
        return 1
    result = {"machine": by, "wished": dict(wished), "failed": failed, "times": times}
    file = RESULTS / time.strftime(f"{kind}-%Y%m%d-%H%M%S.json", time.gmtime())
    file.write_text(json.dumps(result, indent=1) + "\n")
    print(file.relative_to(ROOT))
    return 1 if failed else 0


LOAD_TESTS = tuple(f"tests/faults/test_{name}.py" for name in ("loads", "chat_loads", "media_loads"))
LOAD_STEPS: Mapping[str, Sequence[str]] = {"loads": (sys.executable, "-m", "pytest", "-rs", *LOAD_TESTS)}
STEPS: Mapping[str, Sequence[str]] = {
    "processes": (sys.executable, "-m", "pytest", "tests/faults", *(f"--ignore={one}" for one in LOAD_TESTS)),
    "browsers": (
        *("scripts/netns", "npx", "--prefix", "web", "playwright", "test", "-c", "web/playwright.config.ts"),
        *("--project=timed", "--output=test-results/faults", "breaks.spec.ts", "blocked_udp.spec.ts", "fault.spec.ts"),
    ),
}


def _step(name: str, words: Sequence[str], asked: Mapping[str, str], only: str) -> int:
    """Run one of the steps; its output is seen as it comes."""
    narrowed = ["-g" if name == "browsers" else "-k", only] if only else []
    print(f"→ faults: {name}", file=sys.stderr)
    path = f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, **asked, "PATH": path}
    ended = subprocess.run([*words, *narrowed], cwd=ROOT, check=False, env=env).returncode
    return 0 if name != "browsers" and ended == NOTHING_CHOSEN and only else ended


NOTHING_CHOSEN = 5
"""pytest's exit code when no test was asked for."""


def read(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Gather what the tests kept, one entry for each thing that was measured, its times in seconds."""
    found: dict[tuple[str, str], list[float]] = {}
    for line in lines:
        one = json.loads(line)
        found.setdefault((one["id"], one["what"]), []).append(one["seconds"])
    return [{"id": id_, "what": what, "seconds": seconds} for (id_, what), seconds in found.items()]


def merge(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Make one result of several: of each thing that was measured the times of the last that measured it."""
    times = {(one["id"], one["what"]): {"by": result["machine"]} | one for result in results for one in result["times"]}
    return {**results[-1], "times": list(times.values())}


def publish(files: Sequence[Path], *, page: Path = PAGE, kept: Path = RESULTS / "faults.json") -> None:
    """Make the table of docs/reliability.md. Raises ValueError when the page has no marks."""
    found = merge([json.loads(file.read_text()) for file in files])
    text = placed(page.read_text(), COMMAND, table(found).rstrip())
    kept.write_text(json.dumps(found, indent=1) + "\n")
    page.write_text(text)


def table(result: Mapping[str, Any]) -> str:
    """Give the table in Markdown: promise, and what was measured."""
    machine = result["machine"]
    times = {(one["id"], one["what"]): one["seconds"] for one in result["times"]}
    rows = [
        f"Measured until {machine['measured_at']} on {machine['cores']} × {machine['cpu']}, kernel "
        f"{machine['kernel']}. Browsers, server and engine share them.",
        "",
        "| | Fault | Measured | Promise | Median | p95 | Most | Runs |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for promise in PROMISES:
        seconds = sorted(times.get((promise.id, promise.what), ()))
        numbers = [f"{promise.seconds:g} s", "–", "–", "–", "0"]
        if seconds:
            shown = (statistics.median(seconds), quantile(seconds, 0.95), seconds[-1])
            numbers[1:] = [*(f"{one:.2f} s" for one in shown), str(len(seconds))]
        rows.append(f"| {promise.id} | {promise.fault} | {promise.what} | {' | '.join(numbers)} |")
    rows += ["", "| | Load | Measured | At most | Worst | Runs |", "|---|---|---|---|---|---|"]
    for load in LOADS:
        numbers = times.get((load.id, load.what), ())
        worst = load.unit.format(max(numbers)) if numbers else "–"
        rows.append(
            f"| {load.id} | {load.load} | {load.what} | {load.unit.format(load.most)} | {worst} | {len(numbers)} |"
        )
    rows += ["", "What was measured when, and how busy the machine was:", "", *_runs(result)]
    mixed = {one["what"].replace("_", " "): one["seconds"] for one in result["times"] if one["id"] == MIX}
    if mixed:
        count = sum(len(seconds) for seconds in mixed.values())
        rows += [
            "",
            f"{count} faults drawn from a seed, and how long it took until everybody had everything again:",
            "",
        ]
        rows += ["| Fault | Median | Most | Times |", "|---|---|---|---|"]
        rows += [
            f"| {what} | {statistics.median(seconds):.2f} s | {max(seconds):.2f} s | {len(seconds)} |"
            for what, seconds in sorted(mixed.items())
        ]
    return "\n".join([*rows, ""])


def _runs(result: Mapping[str, Any]) -> list[str]:
    """Say what was measured when, and how busy the machine was, where results of several runs were merged."""
    by: dict[tuple[str, str, str], set[str]] = {}
    for one in result["times"]:
        run = one.get("by", result["machine"])
        load = f"{run['load']:.1f}" if "load" in run else "not noted"
        by.setdefault((run["measured_at"], run["commit"], load), set()).add(one["id"])
    return [
        f"- of the run that ended {at} (commit `{commit}`; load {load}): {', '.join(sorted(ids, key=_number))}."
        for (at, commit, load), ids in sorted(by.items())
    ]


def _number(id_: str) -> tuple[int, str]:
    return (int(id_[1:]), "") if id_[1:].isdigit() else (100, id_)


MIX = "mix"
"""Under this id the test of faults drawn from a seed keeps its times."""


def quantile(ordered: Sequence[float], share: float) -> float:
    """Give the smallest value that so large a share does not exceed."""
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * round(share * 100) // 100) - 1))]


def machine() -> dict[str, Any]:
    """Say on what it was measured."""
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    words = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit.stdout.strip(),
        "cores": os.cpu_count(),
        "cpu": model[0].partition(":")[2].strip() if model else platform.machine(),
        "kernel": platform.release(),
        "load": os.getloadavg()[2],
    }


def main() -> int:
    """Do what is asked; 1 with a sentence when it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    asked = commands.add_parser("run", help="break it, and keep the times in benchmarks/results")
    asked.add_argument("--minutes", type=float, default=30, help="of faults drawn from the seed")
    asked.add_argument("--runs", type=int, default=20, help="of each fault whose median is promised")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", default="", help="tests and stories whose names hold this")
    load = commands.add_parser("loads", help="bring the loads, and keep what was measured")
    load.add_argument("--minutes", type=float, default=30, help="of L1 and L6; half of it of L2")
    load.add_argument("--only", default="", help="loads whose names hold this")
    made = commands.add_parser("publish", help="make docs/reliability.md of results, later ones first asked")
    made.add_argument("files", type=Path, nargs="+")
    words = parser.parse_args()
    try:
        if words.command == "publish":
            publish(words.files)
            return 0
        if words.command == "loads":
            return loads(minutes=words.minutes, only=words.only)
        return run(minutes=words.minutes, runs=words.runs, seed=words.seed, only=words.only)
    except (ValueError, OSError) as fault:
        print(f"benchmarks: {fault}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks run|publish|joins|latency|layers|memory|calls|scaling`: see docs/performance.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import report, sections, series, workloads
from benchmarks.programs import RELEASE, ROOT
from benchmarks.rounds import Times


def main() -> int:
    """Run what is asked; 1 with a sentence when it cannot be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure, and keep the result in benchmarks/results")
    run.add_argument("--quick", action="store_true", help="one short round of the headline points")
    run.add_argument("--workloads", default="", help="such as W1,W3-300 (default: all)")
    run.add_argument("--rounds", type=int, default=None, help="instead of 8, or 1 when quick")
    run.add_argument("--times", default="", help="seconds of idling, warming up, measuring, the floor: 8,6,15,6")
    run.add_argument("--once", action="store_true", help="no second try of a round that does not count")
    run.add_argument("--offload", action="store_true", help="leave tx-udp-segmentation on")
    made = commands.add_parser("publish", help="make docs/performance.md of a result")
    made.add_argument("files", type=Path, nargs="+", help="of one machine")
    for name, section in sections.SECTIONS.items():
        commands.add_parser(name, help=f"{section.command}: measure, keep the result, and write its section")
    asked = parser.parse_args()
    try:
        if asked.command == "publish":
            docs = ROOT / "docs"
            kept = series.RESULTS / "published.json"
            report.publish(
                asked.files, docs / "performance.md", ROOT / "README.md", docs / "pictures" / "performance.svg", kept
            )
            return 0
        missing = [name for name in ("hoptt-load", "hoptt-floor") if not (RELEASE / name).exists()]
        if missing:
            print(f"benchmarks: {' and '.join(missing)} are not built: make bench does it", file=sys.stderr)
            return 1
        if asked.command in sections.SECTIONS:
            print(*sections.run(sections.SECTIONS[asked.command]), sep="\n")
            return 0
        chosen = workloads.chosen(quick=asked.quick, names=asked.workloads)
        times = Times.parse(asked.times) if asked.times else None
        print(
            series.run(
                chosen, quick=asked.quick, rounds=asked.rounds, offload=asked.offload, times=times, once=asked.once
            )
        )
    except (RuntimeError, LookupError, ValueError, OSError) as fault:
        print(f"benchmarks: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks.instructions [--keep]`: see docs/performance.md."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys

from benchmarks.instructions import budgets, callgrind
from benchmarks.pages import placed
from benchmarks.programs import ROOT


def main() -> int:
    """Count, and compare with the budgets; 1 with sentences when they are not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="make what is counted the budgets, and docs/performance.md")
    asked = parser.parse_args()
    if shutil.which("valgrind") is None or not callgrind.TRACE.exists():
        print(
            "instructions: valgrind or hoptt-instructions is missing: make instructions sees to both", file=sys.stderr
        )
        return 1
    try:
        found = budgets.figures(callgrind.run())
    except (RuntimeError, ValueError, OSError) as fault:
        print(f"instructions: {fault}", file=sys.stderr)
        return 1
    print(budgets.table(found))
    page = ROOT / budgets.PAGE
    compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if asked.keep:
        budgets.keep(found, compiler, page)
        return 0
    kept = budgets.load()
    told = budgets.faults(found, kept, budgets.margin(compiler))
    if placed(page.read_text(), budgets.COMMAND, budgets.table(kept)) != page.read_text():
        told.append("docs/performance.md shows other figures than are kept: KEEP=1 writes them")
    for sentence in told:
        print(f"instructions: {sentence}", file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())

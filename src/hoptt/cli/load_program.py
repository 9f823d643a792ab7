"""Where the load generator is: a program of its own, that `make bench-programs` builds."""

from __future__ import annotations

import sys
from pathlib import Path

import typer


def load_program() -> str:
    """Find the generator: beside this Python, or as it is built in a checkout."""
    beside = Path(sys.executable).with_name("hoptt-load")
    built = Path(__file__).parents[3] / "media" / "target" / "release" / "hoptt-load"
    for place in (beside, built):
        if place.exists():
            return str(place)
    print("hoptt: hoptt-load is not built: run `make bench-programs` in a checkout of hoptt", file=sys.stderr)
    raise typer.Exit(1)

"""The load generator beside a server that is there: what it is told, and what it found."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.programs import RELEASE, Program, program
from benchmarks.rig import Side

LOAD = str(RELEASE / "hoptt-load")
INVALID = 3
"""Its word for: measured, and not to be believed."""


class Generator:
    """One that runs."""

    def __init__(self, running: Program) -> None:
        self._running = running
        self.result: dict[str, Any] = {}
        """What it found, once the block has ended."""

    def wait_for(self, step: str) -> None:
        """Wait until everybody has `joined`, or until it is `measuring` or has `measured`. Raises RuntimeError."""
        self._running.wait_for(step)


@contextlib.contextmanager
def generator(side: Side, target: str, *words: str, first: Sequence[str] = ()) -> Iterator[Generator]:
    """Bring its load to a server, and let it come to its end. Raises RuntimeError when there is no result.

    `words` are its options, `first` is what it is started with.
    """
    with tempfile.NamedTemporaryFile(suffix=".json") as kept:
        told = [*first, LOAD, "--events", "--json", kept.name, "--server", target, "--local", side.address, *words]
        with program(side, *told) as running:
            load = Generator(running)
            yield load
            if (ended := running.wait()) not in (0, INVALID):
                raise RuntimeError(f"hoptt-load ended with {ended}")
        load.result.update(json.loads(Path(kept.name).read_text()))

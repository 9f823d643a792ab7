"""What fails, and how long hoptt takes to be whole again. Times are kept for docs/reliability.md by `make faults`."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.support.gathering import Gathering, a_gathering

LONG = os.environ.get("HOPTT_FAULTS") == "long"
"""The full times of the table, and many runs: `make faults`. Otherwise the short forms of `make test`."""

Measured = Callable[[str, str, float], None]


@pytest.fixture
def measured() -> Measured:
    """Keep a measured time (id, what was measured, seconds) for the table of docs/reliability.md."""
    kept = os.environ.get("HOPTT_FAULT_TIMES")

    def keep(fault: str, what: str, seconds: float) -> None:
        if kept is not None:
            with Path(kept).open("a") as lines:
                lines.write(json.dumps({"id": fault, "what": what, "seconds": round(seconds, 4)}) + "\n")

    return keep


@pytest.fixture
async def gathering(tmp_path: Path) -> AsyncIterator[Gathering]:
    async with a_gathering(tmp_path) as one:
        yield one

"""`python -m benchmarks.turns`: how soon the floor opens and closes a microphone (R17), with the real engine.

A guest who never stops sending is given the floor and loses it again and again, and a second guest listens: from the
press (`take_floor` sent) to the first packet, and from the chair's `end_turn` to the last one. Kept as JSON in
benchmarks/results.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.support.gathering import a_gathering
from tests.support.turns import Times, pass_the_floor

from benchmarks.programs import ROOT

RESULT = ROOT / "benchmarks" / "results" / "turns.json"


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turns", description=__doc__)
    parser.add_argument("--turns", type=int, default=50)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = asyncio.run(_measure(Path(folder), asked.turns))
    told = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {platform.release()}",
        **times.told(),
    }
    RESULT.write_text(json.dumps(told, indent=2) + "\n")
    print(json.dumps(told, indent=2))


async def _measure(folder: Path, turns: int) -> Times:
    async with a_gathering(folder, speaking=("--kind", "conference")) as gathering:
        return await pass_the_floor(gathering, turns)


if __name__ == "__main__":
    main()

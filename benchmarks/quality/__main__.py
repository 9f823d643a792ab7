"""`python -m benchmarks.quality scenarios|film|publish`: the parts of `make quality-real` that are no browser's."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.programs import ROOT
from benchmarks.quality import report
from benchmarks.quality.film import HEIGHT, write_film, write_voice
from benchmarks.quality.scenarios import chosen


def main() -> int:
    """Do what is asked; 1 with a sentence when it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    told = commands.add_parser("scenarios", help="tell the scenarios as JSON")
    told.add_argument("--only", default="", help="such as Q3,q8-1 (default: all)")
    film = commands.add_parser("film", help="write what camera and microphone bring")
    film.add_argument("folder", type=Path)
    commands.add_parser("publish", help="judge what was seen, and make the table of docs/quality.md")
    asked = parser.parse_args()
    try:
        match asked.command:
            case "scenarios":
                found = [
                    {"id": one.id, "name": one.name, "seconds": one.seconds, "play": one.play}
                    | {"layers_bps": one.layers_bps, "direct": one.direct, "looks_ms": one.looks_ms}
                    | {"changes": [asdict(change) for change in one.changes], "full_height": HEIGHT}
                    for one in chosen(asked.only)
                ]
                print(json.dumps(found))
            case "film":
                write_film(asked.folder / "camera.y4m")
                write_voice(asked.folder / "voice.wav")
            case "publish":
                print(
                    report.publish(
                        ROOT / ".stamps" / "quality-real",
                        kept=ROOT / "benchmarks" / "results" / "quality-real.json",
                        page=ROOT / "docs" / "quality.md",
                    )
                )
    except (LookupError, ValueError, OSError) as fault:
        print(f"benchmarks.quality: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

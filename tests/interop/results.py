"""What a run has seen, kept in one file that browsers' tests add to as well, and the page that is made of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.interop.matrix import as_table, cells

FILE = Path(__file__).parents[2] / ".stamps/interop.json"
PAGE = Path(__file__).parents[2] / "docs/interop.md"
GREEN = "green"
HEAD = """# Peers of others

Which WebRTC stacks that are not ours were seen to send into a meeting (WHIP) and to receive from it (WHEP): `make
interop` writes this page. *Green*: pictures were decoded and sound came out at the other end, over the transport and
with the SRTP profile that is named; with simulcast several encodings were sent, and with Pion each size of tile got
its own. Pion and the browsers began their ICE anew in the middle (WHIP, one encoding). Chromium and Firefox use the npm
package `whip-whep`. What a peer cannot do is said with the reason.

"""


def note(name: str, result: str = GREEN) -> None:
    """Keep the result of a cell."""
    seen = read()
    seen[name] = result
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(seen, indent=2, sort_keys=True))


def read() -> dict[str, str]:
    """Give what is known so far."""
    return dict(json.loads(FILE.read_text())) if FILE.is_file() else {}


def page(seen: dict[str, str]) -> str:
    """Write the page."""
    able = [cell for cell in cells() if not cell.not_possible]
    green = sum(seen.get(cell.name) == GREEN for cell in able)
    return f"{HEAD}{as_table(seen)}\n\n{green} of {len(able)} cells that a peer can do are green.\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["begin"]:
        FILE.unlink(missing_ok=True)
    else:
        PAGE.write_text(page(read()), encoding="utf-8")
        sys.stdout.write(page(read()))

"""docs/roles.md shows the table of roles as it stands in code; `python -m tests.docs.test_roles` prints it."""

from __future__ import annotations

import inspect
from typing import get_args

from tests.docs.documents import read

from hoptt.meeting.branches import is_leading, is_of_the_whole
from hoptt.meeting.commands import ByTheServer, Command, Lose
from hoptt.meeting.roles import MAY, WITH_THE_LOBBY, Standing

COLUMNS = {
    Standing.CHAIR: "chair",
    Standing.CO_CHAIR: "co-chair",
    None: "co-chair of a branch",
    Standing.SECRETARY: "secretary",
    Standing.ATTENDEE: "attendee",
    Standing.OBSERVER: "observer",
    Standing.TECHNICIAN: "technician",
    Standing.OPERATOR: "operator",
    Standing.COMPANION: "companion",
    Standing.LOBBY: "in the lobby",
    Standing.OUTSIDE: "at the door",
}
"""None: a co-chair whose acts are limited to one branch."""
ASKED = [kind for kind in get_args(Command) if kind not in (*get_args(ByTheServer), Lose)]
HEAD = """# Who may ask what

One table in code (`src/hoptt/meeting/roles.py`) decides; this page is made from it, and a test compares them. What
has no mark is refused: `not_allowed` inside the meeting, `not_in_meeting` outside. The rules behind a command can
refuse more, above all every act against the chair. What only the server does is left out.

**branch**: a co-chair of one branch may, as far as it concerns that branch: whoever is named belongs to it, and an
act on everybody reaches those who do. Anything else is refused with `branch.outside`. The branch of a bridge point
stands on the invitation list, or is said by who leads; what somebody types at the door never counts.

Roles come from the invitation list, the account or the link, and from the chair (`set_role`). What the chair gave
in a meeting counts when the same person comes in again. A guest is known by the browser alone, which leads
nothing. Staff of the installation (operator) and devices (companion) keep their role.

**lobby**: while the chair has given them the lobby (`give_lobby`).

While no chair is here, the deputy or a co-chair for the whole meeting may stand in (`take_chair`). The seat of the
chair is kept as long as before, and whoever returns gets it back.
"""


def table() -> str:
    """Give the page."""
    lines = [
        f"| Command | {' | '.join(COLUMNS.values())} |",
        f"|---|{'---|' * len(COLUMNS)}",
        *(row(kind) for kind in ASKED),
    ]
    notes = [f"- `{wire(kind)}`: {sentence(kind)}" for kind in ASKED]
    return "\n".join([HEAD, *lines, "", "## What they do", "", *notes, ""])


def row(kind: type[Command]) -> str:
    return f"| `{wire(kind)}` | {' | '.join(cell(kind, standing) for standing in COLUMNS)} |"


def cell(kind: type[Command], standing: Standing | None) -> str:
    if standing is not None:
        given = "lobby" if standing in WITH_THE_LOBBY.get(kind, ()) else ""
        return "✓" if standing in MAY[kind] else given
    if Standing.CO_CHAIR not in MAY[kind] or is_of_the_whole(kind):
        return ""
    return "branch" if is_leading(kind) else "✓"


def wire(kind: type[Command]) -> str:
    """Give the name of a command as it stands on the wire; coming in is `join` and `resume` there."""
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("_")
    return {"enter": "join", "return": "resume"}.get(name, name)


def sentence(kind: type[Command]) -> str:
    text = inspect.getdoc(kind) or ""
    return " ".join(text.split("\n\n")[0].split())


def test_S25_the_table_that_is_shown_is_the_one_in_code() -> None:
    assert read("roles.md") == table(), "python -m tests.docs.test_roles > docs/roles.md"


if __name__ == "__main__":
    print(table(), end="")

"""Times as people type and read them."""

from __future__ import annotations

from datetime import datetime

import typer


def moment(text: str) -> datetime:
    """Give an aware time; one without a zone is of this machine's."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"{text!r} is no time; write it as 2026-12-01T08:00+07:00") from wrong
    return at.astimezone()


def shown(at: datetime | None) -> str | None:
    """Give a time in this machine's zone, to the minute."""
    return None if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M %z")

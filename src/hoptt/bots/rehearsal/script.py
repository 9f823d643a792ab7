"""What happens in a rehearsal, and when: the script that comes with hoptt, or one's own (JSON)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from hoptt.errors import ErrorCode, HopttError

MAX_INCIDENTS = 200


class What(StrEnum):
    """Kinds of incident."""

    KNOCK = "knock"
    """Somebody with an honest name asks to come in: to be admitted."""
    KNOCK_STRANGE = "knock_strange"
    """Somebody asks to come in under a name that passes for an invited one: to be refused."""
    SPEAK_WITHOUT_LEAVE = "speak_without_leave"
    """Somebody sends a voice without the right to: the server keeps it silent."""
    LOSE_LINE = "lose_line"
    """A line breaks, and comes back to the same seat."""
    ASK_FLOOR = "ask_floor"
    """Somebody asks for the floor, speaks when it is given, and ends the turn: to be given it."""
    LOSE_LINE_SPEAKING = "lose_line_speaking"
    """The same, and the line breaks in mid-speech: the turn goes on with the time left."""
    ASK_CHAIR = "ask_chair"
    """Somebody writes to those who lead: to be answered in the chat, to everybody."""
    DISTURB = "disturb"
    """Somebody floods the chat: to be closed, or the one removed."""
    LEAVE_EARLY = "leave_early"
    """Somebody leaves before the end."""


class Incident(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of them."""

    at: Annotated[float, Meta(ge=0, le=24 * 3_600)]
    """Seconds after the beginning."""
    what: What
    count: Annotated[int, Meta(ge=1, le=50)] = 1
    """So many at once."""
    seconds: Annotated[float, Meta(ge=1, le=3_600)] = 10
    """How long it lasts: the line is away, somebody talks, the chat is flooded."""
    text: Annotated[str, Meta(max_length=1_000)] = ""
    """What is written; empty: what the script has for it."""


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, in any order."""

    incidents: Annotated[list[Incident], Meta(min_length=1, max_length=MAX_INCIDENTS)]


def read(path: Path) -> Script:
    """Read a script. Raises HopttError(CONFIG_INVALID) with what is to be corrected."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Script)
    except OSError as fault:
        raise HopttError(ErrorCode.CONFIG_INVALID, f"the script {path} cannot be read: {fault.strerror}") from fault
    except (msgspec.ValidationError, msgspec.DecodeError) as fault:
        kinds = ", ".join(What)
        raise HopttError(
            ErrorCode.CONFIG_INVALID, f"the script {path} is wrong: {fault} (kinds of incident: {kinds})"
        ) from fault


def standard(minutes: float) -> Script:
    """Give the script that comes with hoptt, spread over so many minutes."""
    whole = minutes * 60
    shares = (
        (0.05, What.KNOCK, 1, 10),
        (0.12, What.ASK_FLOOR, 1, 15),
        (0.20, What.KNOCK_STRANGE, 1, 10),
        (0.27, What.SPEAK_WITHOUT_LEAVE, 1, 12),
        (0.34, What.KNOCK, 5, 10),
        (0.42, What.ASK_FLOOR, 3, 12),
        (0.50, What.ASK_CHAIR, 1, 10),
        (0.57, What.DISTURB, 1, 30),
        (0.66, What.LOSE_LINE_SPEAKING, 1, 8),
        (0.72, What.LOSE_LINE, 3, 15),
        (0.78, What.ASK_FLOOR, 1, 12),
        (0.85, What.LEAVE_EARLY, 2, 10),
    )
    return Script(
        [Incident(at=whole * share, what=what, count=count, seconds=seconds) for share, what, count, seconds in shares]
    )

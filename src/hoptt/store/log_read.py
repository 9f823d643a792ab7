"""Reading one meeting's log from its file, beside whoever writes it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId
from hoptt.meeting.events import Event
from hoptt.store.log_codec import decode
from hoptt.store.log_schema import open_for_reading


def read_log(path: Path, meeting: MeetingId) -> list[tuple[int, Event]]:
    """Give all events of a meeting with their numbers. Raises UnknownEvent for one of a newer version."""
    with contextlib.closing(open_for_reading(path)) as connection:
        rows = connection.execute(
            "SELECT e.seq, e.type, e.v, e.fact, p.payload FROM events e"
            " LEFT JOIN personal p ON p.chain = e.chain AND p.seq = e.seq WHERE e.chain = ? ORDER BY e.seq",
            (meeting,),
        ).fetchall()
    return [(seq, decode(kind, v, fact, payload)) for seq, kind, v, fact, payload in rows]


def read_meeting(path: Path, meeting: MeetingId) -> list[tuple[int, Event]]:
    """Give the events of a meeting that there is. Raises HopttError: MEETING_UNKNOWN, CONFIG_INVALID."""
    if not path.exists():
        raise HopttError(ErrorCode.MEETING_UNKNOWN, f"no meeting has begun here: there is no log {path}")
    events = read_log(path, meeting)
    if not events:
        raise HopttError(ErrorCode.MEETING_UNKNOWN, f"the meeting {meeting} has not begun, or there is none")
    return events

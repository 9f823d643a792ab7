"""How meetings ended, as the log's list of meetings has it: read at every door, over a connection that is kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from hoptt.ids import MeetingId, RoomSlug
from hoptt.meeting.words import Cause
from hoptt.store.log_schema import open_for_reading

_ENDED = "SELECT meeting, room, closed_ms, cause, ad_hoc FROM meetings WHERE closed_ms IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Closing:
    """How a meeting ended."""

    meeting: MeetingId
    room: RoomSlug
    at: datetime
    cause: Cause
    ad_hoc: bool


class Endings:
    """Reads for any thread, one after the other. Raises sqlite3.Error when the file cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def running(self) -> list[MeetingId]:
        """Give the meetings that are begun and not closed."""
        return [MeetingId(m) for (m,) in self._rows("SELECT meeting FROM meetings WHERE closed_ms IS NULL", ())]

    def of(self, meeting: MeetingId) -> Closing | None:
        """Tell how a meeting ended; None while it runs, or when it is unknown."""
        found = self._rows(f"{_ENDED} AND meeting = ?", (meeting,))
        return _closing(*found[0]) if found else None

    def of_all(self, meetings: Collection[MeetingId]) -> dict[MeetingId, Closing]:
        """Tell how those among these ended that are over: one question, however many are asked for."""
        if not meetings:
            return {}
        which = f"{_ENDED} AND meeting IN (SELECT value FROM json_each(?))"
        found = [_closing(*row) for row in self._rows(which, (json.dumps(list(meetings)),))]
        return {closing.meeting: closing for closing in found}

    def in_room(self, room: RoomSlug, since: datetime) -> list[Closing]:
        """Give the meetings of a room that ended since then, the last one first."""
        which = f"{_ENDED} AND room = ? AND closed_ms >= ? ORDER BY closed_ms DESC"
        return [_closing(*row) for row in self._rows(which, (room, int(since.timestamp() * 1000)))]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._forget()

    def _rows(self, which: str, values: Sequence[str | int]) -> list[tuple[Any, ...]]:
        with self._lock:
            if self._connection is None:
                self._connection = open_for_reading(self._path)
            try:
                return self._connection.execute(which, values).fetchall()
            except sqlite3.Error:
                self._forget()
                raise

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _closing(meeting: str, room: str, closed_ms: int, cause: str, ad_hoc: int) -> Closing:
    at = datetime.fromtimestamp(closed_ms / 1000, UTC)
    return Closing(MeetingId(meeting), RoomSlug(room), at, Cause(cause), bool(ad_hoc))

"""The event log: what was decided in every meeting, on disk before anybody is told.

Writing goes through the one writer (`log_writer.py`); reading has connections of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from hoptt.ids import MeetingId, RoomSlug
from hoptt.meeting.events import Event
from hoptt.store.log_codec import encode_audit
from hoptt.store.log_endings import Closing, Endings
from hoptt.store.log_read import read_log
from hoptt.store.log_writer import CommitSeen, LogWriter


class EventLog:
    """The log of this node. Making one claims the next epoch: an older owner of the file can no longer write.

    Raises HopttError(CONFIG_INVALID) with a sentence for the operator when the file cannot serve as a log.
    """

    def __init__(self, path: Path, key: bytes, *, commit_seen: CommitSeen | None = None) -> None:
        """`key` lies outside the database; `commit_seen` hears the seconds of each commit, on the writer's thread."""
        self.path = path
        self._writer = LogWriter(path, key, commit_seen or (lambda _: None))
        self._endings = Endings(path)

    @property
    def epoch(self) -> int:
        """The number of this ownership, also shown to the engine: the highest wins."""
        return self._writer.epoch

    async def append(self, meeting: MeetingId, events: Sequence[Event], *, after: int) -> int:
        """Store events behind number `after` and give the new last number.

        Raises HopttError(NOT_STORED): then nothing of them is in the file.
        """
        return await asyncio.wrap_future(self._writer.append(meeting, events, after=after))

    async def erase(self, meeting: MeetingId, *, rule: str, at: datetime) -> int:
        """Erase what is personal in a meeting's log; the chain stays whole, and an audit row names the rule."""
        return await asyncio.wrap_future(self._writer.erase(meeting, rule=rule, at_ms=int(at.timestamp() * 1000)))

    async def audit(
        self, kind: str, *, facts: Mapping[str, str | int | bool | None], personal: Mapping[str, str], at: datetime
    ) -> int:
        """Store a row about the installation in the audit chain, and give its number. Raises HopttError(NOT_STORED)."""
        row = encode_audit(kind, facts, personal, at_ms=int(at.timestamp() * 1000))
        return await asyncio.wrap_future(self._writer.audit(row))

    async def running(self) -> list[MeetingId]:
        """Give the meetings that are begun and not closed."""
        return await asyncio.to_thread(self._endings.running)

    async def read(self, meeting: MeetingId) -> list[tuple[int, Event]]:
        """Give all events of a meeting with their numbers. Raises UnknownEvent for one of a newer version."""
        return await asyncio.to_thread(read_log, self.path, meeting)

    async def closing(self, meeting: MeetingId) -> Closing | None:
        """Tell how a meeting ended; None while it runs, or when it is unknown."""
        return await asyncio.to_thread(self._endings.of, meeting)

    async def closings(self, meetings: Collection[MeetingId]) -> dict[MeetingId, Closing]:
        """Tell how those among these meetings ended that are over."""
        return await asyncio.to_thread(self._endings.of_all, meetings) if meetings else {}

    async def closed_since(self, room: RoomSlug, since: datetime) -> list[Closing]:
        """Give the meetings of a room that ended since then, the last one first."""
        return await asyncio.to_thread(self._endings.in_room, room, since)

    async def aclose(self) -> None:
        """Write what is queued and close the file."""
        self._endings.close()  # first: whoever closes a file last tidies it up, and this one only reads
        await asyncio.to_thread(self._writer.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

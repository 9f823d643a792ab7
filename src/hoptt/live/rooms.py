"""What the running meetings need to know about rooms and plans; `store/` keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from hoptt.ids import MeetingId, RoomSlug
from hoptt.meeting.settings import Room, ScheduledMeeting
from hoptt.meeting.words import Cause


class Rooms(Protocol):
    """Rooms and scheduled meetings as they are kept."""

    async def room(self, slug: RoomSlug) -> Room | None:
        """Give the room of this address; None when there is none."""
        ...

    async def scheduled(self, slug: RoomSlug) -> Sequence[ScheduledMeeting]:
        """Give the room's meetings that are neither closed nor cancelled, the earliest start first."""
        ...

    async def meeting_opened(self, meeting: MeetingId, *, room: RoomSlug, at: datetime) -> None:
        """Remember that a meeting was opened; ad-hoc meetings are heard of here for the first time."""
        ...

    async def meeting_closed(self, meeting: MeetingId, *, room: RoomSlug, at: datetime, cause: Cause) -> None:
        """Remember that it is over. Called again after a restart when it may have been missed."""
        ...

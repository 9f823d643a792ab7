"""What the running meetings need to know about rooms and plans; `store/` keeps them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from hoptt.ids import MeetingId, RoomSlug
from hoptt.meeting.settings import Room, ScheduledMeeting
from hoptt.meeting.words import Cause


class Rooms(Protocol):
    """Rooms and scheduled meetings as they are kept."""

    async def room(self, slug: RoomSlug) -> Room | None:
        """Give the room of this address; None when there is none."""
        ...

    async def scheduled(
        self, slug: RoomSlug, *, since: datetime, overdue: timedelta, running: Collection[MeetingId] = ()
    ) -> Sequence[ScheduledMeeting]:
        """Give the room's meetings that are neither closed nor cancelled, the earliest start first.

        Without those whose planned time was over by `since`, unless they are running; `overdue` is how long one
        without a planned end lasts.
        """
        ...

    async def missed(self, *, before: datetime, overdue: timedelta, most: int) -> Sequence[MeetingId]:
        """Give meetings of all rooms whose planned time was over by then and that were never closed or cancelled."""
        ...

    async def close_missed(self, meetings: Collection[MeetingId], *, before: datetime, overdue: timedelta) -> None:
        """Remember of these that nobody held them: they closed, empty, at their planned end."""
        ...

    async def meeting_opened(self, meeting: MeetingId, *, room: RoomSlug, at: datetime) -> None:
        """Remember that a meeting was opened; ad-hoc meetings are heard of here for the first time."""
        ...

    async def meeting_closed(self, meeting: MeetingId, *, room: RoomSlug, at: datetime, cause: Cause) -> None:
        """Remember that it is over. Called again after a restart when it may have been missed."""
        ...

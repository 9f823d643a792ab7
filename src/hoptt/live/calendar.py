"""What is planned in a room, and what the meetings that ended there leave behind: the calendar and the log together."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hoptt.errors import HopttError
from hoptt.ids import MeetingId, ParticipantId, RoomSlug
from hoptt.live.rooms import Rooms
from hoptt.meeting.beginning import Past
from hoptt.meeting.events import BanLifted
from hoptt.meeting.evolve import replay
from hoptt.meeting.settings import ScheduledMeeting
from hoptt.meeting.state import Ban
from hoptt.meeting.timers import Times
from hoptt.meeting.words import Cause
from hoptt.store.log import EventLog
from hoptt.store.log_endings import Closing

MAX_CLOSED = 1_000
"""Closed meetings whose bans are kept at hand; others are read again."""
TIDY_EVERY = timedelta(hours=1)
MAX_TIDIED = 1_000
"""Meetings that are closed in one go because nobody held them."""


class Calendar:
    """Looks up for the house which meetings there are and were."""

    def __init__(self, rooms: Rooms, log: EventLog, times: Times) -> None:
        self._rooms = rooms
        self._log = log
        self._times = times
        self._closed_bans: dict[MeetingId, _Bans] = {}
        self._tidied: datetime | None = None

    async def scheduled(self, slug: RoomSlug, running: Collection[MeetingId], now: datetime) -> list[ScheduledMeeting]:
        """Give the planned meetings that may still be held or go on.

        One whose end the calendar missed (a crash) is told again and left out.
        """
        plans = await self._rooms.scheduled(
            slug, since=now - self._times.missed, overdue=self._times.overdue, running=running
        )
        closings = await self._log.closings([plan.id for plan in plans if plan.id not in running])
        await self._tell_again(closings.values())
        return [plan for plan in plans if plan.id not in closings]

    def tidy_due(self, now: datetime) -> bool:
        """Tell whether it is time again to `tidy`, and count it as done."""
        due = self._tidied is None or now - self._tidied >= TIDY_EVERY
        if due:
            self._tidied = now
        return due

    async def tidy(self, running: Collection[MeetingId], now: datetime) -> None:
        """Close in the calendar what was planned long ago and never held: it would be looked through at every door.

        So many at once; the rest has its turn later, and so has all of it while the database does not answer.
        """
        before, overdue = now - self._times.missed, self._times.overdue
        with contextlib.suppress(HopttError):
            found = await self._rooms.missed(before=before, overdue=overdue, most=MAX_TIDIED)
            over = [meeting for meeting in found if meeting not in running]
            closings = await self._log.closings(over)
            await self._tell_again(closings.values())
            never_held = [meeting for meeting in over if meeting not in closings]
            await self._rooms.close_missed(never_held, before=before, overdue=overdue)

    async def _tell_again(self, closings: Iterable[Closing]) -> None:
        for closing in closings:
            await self._rooms.meeting_closed(closing.meeting, room=closing.room, at=closing.at, cause=closing.cause)

    async def ended_at(self, slug: RoomSlug, now: datetime) -> datetime | None:
        """Tell when the chair ended the last meeting, while that still keeps others from beginning one."""
        closings = await self._log.closed_since(slug, now - self._times.again)
        return next((c.at for c in closings if c.cause is Cause.ENDED), None)

    async def past(self, slug: RoomSlug, now: datetime) -> Past:
        """Give what earlier meetings of a room leave to one that nobody scheduled."""
        return Past(await self.ended_at(slug, now), await self._bans(slug, now))

    async def _bans(self, slug: RoomSlug, now: datetime) -> dict[ParticipantId, Ban]:
        """Give the bans of earlier ad-hoc meetings that still stand.

        Each meeting begins with those of the ones before it, so a ban that was lifted in any of them stands in none:
        a seat is banned once, and the order in which they ended does not matter.
        """
        bans: dict[ParticipantId, Ban] = {}
        lifted: set[ParticipantId] = set()
        for closing in await self._log.closed_since(slug, now - self._times.ad_hoc_ban):
            if closing.ad_hoc:
                of_one = await self._bans_of(closing.meeting)
                bans |= of_one.standing
                lifted |= of_one.lifted
        return {who: ban for who, ban in bans.items() if who not in lifted and now - ban.at < self._times.ad_hoc_ban}

    async def _bans_of(self, meeting: MeetingId) -> _Bans:
        """Read a closed meeting's bans; its log does not change any more, so once is enough."""
        known = self._closed_bans.get(meeting)
        if known is None:
            events = [event for _, event in await self._log.read(meeting)]
            state = replay(events)
            lifted = frozenset(event.participant for event in events if isinstance(event, BanLifted))
            known = _Bans({} if state is None else state.bans, lifted)
            while len(self._closed_bans) >= MAX_CLOSED:
                del self._closed_bans[next(iter(self._closed_bans))]
            self._closed_bans[meeting] = known
        return known


@dataclass(frozen=True, slots=True)
class _Bans:
    """What a closed meeting says of bans."""

    standing: Mapping[ParticipantId, Ban]
    lifted: frozenset[ParticipantId]

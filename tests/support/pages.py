"""A page as the running meetings see it, and a house to bring it into."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.support.meetings import SLUG

from hoptt.errors import ErrorCode
from hoptt.ids import MeetingId, ParticipantId, RoomSlug
from hoptt.live.deliveries import Happened, Switches, SwitchesNow, ToPage, Turned
from hoptt.live.house import House
from hoptt.live.seat import Joined, JoinRequest, Resumed, Seat, Waiting
from hoptt.meeting.beginning import is_over
from hoptt.meeting.commands import Enter
from hoptt.meeting.events import Event
from hoptt.meeting.settings import Room, ScheduledMeeting
from hoptt.meeting.timers import Times
from hoptt.meeting.words import Cause


@dataclass
class Page:
    """Keeps what it is told."""

    heard: list[ToPage] = field(default_factory=list)
    word: Turned | None = None
    answer: Joined | Waiting | Resumed | None = None

    def deliver(self, message: ToPage) -> None:
        assert self.word is None, "something came after the last word"
        self.heard.append(message)

    def close(self, word: Turned) -> None:
        assert self.word is None, "two last words"
        self.word = word

    @property
    def seat(self) -> Seat:
        assert self.answer is not None
        return self.answer.seat

    @property
    def who(self) -> ParticipantId:
        return self.seat.participant

    @property
    def events(self) -> list[Event]:
        return [event for message in self.heard if isinstance(message, Happened) for event in message.events]

    @property
    def last_seq(self) -> int:
        numbers = [m.seq for m in self.heard if isinstance(m, Happened)]
        if isinstance(self.answer, Joined):
            numbers.append(self.answer.picture.seq)
        return max(numbers, default=0)

    @property
    def turned_away(self) -> ErrorCode | None:
        return None if self.word is None else self.word.code

    def of(self, kind: type) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]

    def switches_of(self, who: ParticipantId) -> Switches | None:
        seen = [m.switches[who] for m in self.heard if isinstance(m, SwitchesNow) and who in m.switches]
        return seen[-1] if seen else None


async def come(
    house: House, enter: Enter, *, offer: str | None = "offer", mic: bool = False, cam: bool = False
) -> Page:
    """Bring somebody to the door of the room; the ids of `enter` are the house's own business."""
    page = Page()
    page.answer = await house.join(
        JoinRequest(
            room=SLUG,
            identity=enter.identity,
            role=enter.role,
            name=enter.name,
            typed=enter.typed,
            kind=enter.kind,
            password_right=enter.password_right,
            knock=enter.knock,
            take_over=enter.take_over,
            offer=offer,
            microphone=mic,
            camera=cam,
        ),
        page,
    )
    return page


async def come_back(house: House, page: Page) -> Page:
    """Resume what a page had, with the last number it saw."""
    assert page.answer is not None
    again = Page()
    again.answer = await house.resume(page.answer.resume, page.last_seq, again)
    return again


async def until(true: Callable[[], object], what: str, seconds: float = 5.0) -> None:
    """Wait for a condition, saying what is still missing when it does not come."""
    try:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.002)
    except TimeoutError:
        raise AssertionError(f"still missing: {what}") from None


class FakeRooms:
    """Rooms and plans in memory."""

    def __init__(self, *rooms: Room, plans: tuple[ScheduledMeeting, ...] = ()) -> None:
        self.rooms = {room.slug: room for room in rooms}
        self.plans = list(plans)
        self.hashes: dict[RoomSlug, str] = {}
        self.opened: list[MeetingId] = []
        self.closed: dict[MeetingId, Cause] = {}

    async def room(self, slug: RoomSlug) -> Room | None:
        return self.rooms.get(slug)

    async def password_hash(self, room: RoomSlug, meeting: MeetingId | None = None) -> str | None:
        return self.hashes.get(room)

    async def scheduled(
        self, slug: RoomSlug, *, since: datetime, overdue: timedelta, running: Collection[MeetingId] = ()
    ) -> list[ScheduledMeeting]:
        times = Times(overdue=overdue)
        kept = [p for p in self.plans if p.room == slug and p.id not in self.closed]
        return [p for p in kept if p.id in running or not is_over(p, since, times)]

    async def missed(self, *, before: datetime, overdue: timedelta, most: int) -> list[MeetingId]:
        times = Times(overdue=overdue)
        return [p.id for p in self.plans if p.id not in self.closed and is_over(p, before, times)][:most]

    async def close_missed(self, meetings: Collection[MeetingId], *, before: datetime, overdue: timedelta) -> None:
        self.closed |= dict.fromkeys(meetings, Cause.EMPTY)

    async def meeting_opened(self, meeting: MeetingId, *, room: RoomSlug, at: datetime) -> None:
        self.opened.append(meeting)

    async def meeting_closed(self, meeting: MeetingId, *, room: RoomSlug, at: datetime, cause: Cause) -> None:
        self.closed[meeting] = cause

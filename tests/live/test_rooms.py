"""Which meeting a room's address leads to, and what an earlier one leaves behind (R3, R6)."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest
from tests.support.clock import NINE, HandClock
from tests.support.fake_media import FakeMedia
from tests.support.meetings import (
    MUTED,
    OPEN_FLOOR,
    SLUG,
    a_guest,
    a_link,
    a_name,
    a_plan,
    a_room,
    an_invitation,
    the_chair,
)
from tests.support.pages import FakeRooms, Page, come, until

from hoptt.errors import ErrorCode, HopttError, Refusals
from hoptt.ids import RoomSlug
from hoptt.live.house import House
from hoptt.live.seat import Joined, Waiting
from hoptt.meeting.commands import EndMeeting, Enter, LiftBan, OpenMeeting, Remove
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import AdHoc, Cause, EntryRule, MeetingState, Role
from hoptt.store.log import EventLog


async def refused(house: House, enter: Enter) -> ErrorCode:
    with pytest.raises(HopttError) as refusal:
        await come(house, enter)
    return refusal.value.code


async def test_R1_an_address_without_a_room_says_so(house: House, rooms: FakeRooms) -> None:
    rooms.rooms = {}
    assert await refused(house, the_chair()) is ErrorCode.LINK_UNKNOWN
    with pytest.raises(HopttError):
        await house.door(RoomSlug("dauan"))


async def test_a_refused_knock_leaves_no_meeting_behind(house: House, log: EventLog) -> None:
    with pytest.raises(Refusals):
        await come(house, a_guest("an", name=a_name("An")))
    assert not house.meetings()
    assert await log.running() == []


async def test_many_who_come_at_once_come_to_one_meeting(house: House, rooms: FakeRooms) -> None:
    await asyncio.gather(*(come(house, a_guest(f"g{n}")) for n in range(30)))
    [task] = house.meetings()
    assert len(task.state.participants) == 30
    assert rooms.opened == [task.id]


async def test_R37_a_full_room_stays_at_its_capacity_however_many_come_at_once(house: House, rooms: FakeRooms) -> None:
    rooms.rooms[SLUG] = a_room(Rules(entry=EntryRule.OPEN, capacity=10))
    answers = await asyncio.gather(*(come(house, a_guest(f"g{n}")) for n in range(40)), return_exceptions=True)
    refusals = [a for a in answers if isinstance(a, HopttError)]
    assert {r.code for r in refusals} == {ErrorCode.ROOM_FULL}
    assert len(refusals) == 30
    assert len(house.meetings()[0].state.participants) == 10


async def test_R6_after_the_chairs_end_a_chair_may_begin_at_once_and_anyone_after_a_minute(
    house: House, clock: HandClock
) -> None:
    chair = await come(house, the_chair())
    await chair.seat.act(EndMeeting())
    await until(lambda: not house.meetings(), "the meeting is over")
    assert await refused(house, a_guest("an")) is ErrorCode.MEETING_ENDED
    assert (await house.door(SLUG)).ended_at == NINE
    clock.turn(seconds=61)
    await come(house, a_guest("an"))


async def test_R6_the_chair_begins_another_at_once(house: House) -> None:
    chair = await come(house, the_chair())
    await chair.seat.act(EndMeeting())
    await until(lambda: not house.meetings(), "the meeting is over")
    await come(house, the_chair())
    await come(house, a_guest("an"))


async def test_a_ban_in_an_ad_hoc_room_lasts_a_day_over_meetings(house: House, clock: HandClock) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    await chair.seat.act(Remove(guest.who, ban=True))
    await chair.seat.act(EndMeeting())
    await until(lambda: not house.meetings(), "the meeting is over")
    clock.turn(hours=3)
    chair = await come(house, the_chair())
    assert await refused(house, a_guest("an")) is ErrorCode.BANNED
    await chair.seat.act(EndMeeting())
    await until(lambda: not house.meetings(), "the meeting is over")
    clock.turn(hours=22)
    await come(house, a_guest("an"))


@pytest.mark.parametrize("minutes", [0, 30])
async def test_R18_a_ban_that_was_lifted_stays_lifted_in_the_meetings_to_come(
    house: House, clock: HandClock, minutes: int
) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    await chair.seat.act(Remove(guest.who, ban=True))
    for number in range(3):
        await chair.seat.act(EndMeeting())
        await until(lambda: not house.meetings(), "the meeting is over")
        clock.turn(minutes=minutes)
        chair = await come(house, the_chair())
        if number == 0:
            await chair.seat.act(LiftBan(guest.who))
    await come(house, a_guest("an"))


async def test_R6_before_the_chair_open_entrants_are_in_and_lobby_entrants_wait(house: House, rooms: FakeRooms) -> None:
    rooms.rooms[SLUG] = a_room(Rules(entry=EntryRule.LOBBY), AdHoc.CHAIR)
    waiting = await come(house, a_guest("an"))
    assert isinstance(waiting.answer, Waiting)
    assert not waiting.answer.chair_present
    await come(house, the_chair())
    [told] = waiting.heard
    assert getattr(told, "chair_present", None) is True
    assert house.meetings()[0].state.state is MeetingState.OPENED


# ---- scheduled meetings ----------------------------------------------------------------------------

MINH = a_name("Lê Văn Minh", "Sở Minh")
PLAN = a_plan(
    an_invitation("i-chair", Role.CHAIR, a_name("Phạm Thị Chủ, Chủ tịch", "Hà Nội")),
    an_invitation("i-minh", name=MINH),
    rules=Rules(entry=EntryRule.INVITED),
    starts_at=NINE + timedelta(hours=2),
)


async def test_R6_a_scheduled_meeting_from_closed_doors_to_its_end(
    house: House, rooms: FakeRooms, clock: HandClock, log: EventLog
) -> None:
    rooms.rooms[SLUG] = a_room(OPEN_FLOOR, AdHoc.CHAIR)
    rooms.plans = [PLAN]
    door = await house.door(SLUG)
    assert (door.state, door.doors_at, door.chair) == (
        MeetingState.SCHEDULED,
        NINE + timedelta(minutes=90),
        "Phạm Thị Chủ, Chủ tịch",
    )
    assert await refused(house, a_link("minh", invitation="i-minh")) is ErrorCode.MEETING_NOT_OPEN
    assert await refused(house, a_guest("an")) is ErrorCode.MEETING_NOT_OPEN
    assert not house.meetings()
    chair = await come(house, a_link("chu", Role.CHAIR, invitation="i-chair"))
    assert isinstance(chair.answer, Joined)
    assert chair.answer.picture.meeting.expected == 2
    assert await refused(house, a_link("minh", invitation="i-minh")) is ErrorCode.MEETING_NOT_OPEN
    clock.turn(minutes=90)
    await until(lambda: house.meetings()[0].state.state is MeetingState.DOORS_OPEN, "the doors open")
    await come(house, a_link("minh", invitation="i-minh"))
    assert await refused(house, a_guest("an")) is ErrorCode.NOT_INVITED
    assert (await house.door(SLUG)).state is MeetingState.DOORS_OPEN
    await chair.seat.act(OpenMeeting())
    await until(lambda: rooms.opened == [PLAN.id], "the calendar knows")
    await chair.seat.act(EndMeeting())
    await until(lambda: rooms.closed == {PLAN.id: Cause.ENDED}, "the calendar knows the end")


async def test_a_meeting_whose_end_the_calendar_missed_is_not_held_again(
    house: House, rooms: FakeRooms, log: EventLog
) -> None:
    rooms.plans = [a_plan(key="planned")]
    chair = await come(house, the_chair())
    assert house.meetings()[0].id == "planned"
    await chair.seat.act(EndMeeting())
    await until(lambda: rooms.closed, "the calendar knows")
    rooms.closed.clear()  # as if the server had died before the calendar was told
    await come(house, the_chair())
    assert house.meetings()[0].id != "planned"
    assert rooms.closed == {"planned": Cause.ENDED}


async def test_a_cancelled_meeting_sends_everybody_away(house: House, rooms: FakeRooms) -> None:
    rooms.plans = [a_plan()]
    chair = await come(house, the_chair())
    await house.cancel(house.meetings()[0].id)
    await until(lambda: chair.turned_away is ErrorCode.MEETING_POSTPONED, "the chair is told")


async def test_an_invited_person_finds_the_own_meeting_beside_an_ad_hoc_one(
    house: House, rooms: FakeRooms, clock: HandClock
) -> None:
    await come(house, a_guest("an"))
    rooms.plans = [a_plan(an_invitation("i-minh", name=MINH), starts_at=NINE + timedelta(minutes=5))]
    await come(house, a_link("minh", invitation="i-minh"))
    assert sorted(len(task.state.participants) for task in house.meetings()) == [1, 1]
    await come(house, a_guest("binh"))
    planned = next(task for task in house.meetings() if task.id == "planned")
    assert len(planned.state.participants) == 2, "whoever comes now comes to the one whose doors are open"


async def test_the_door_of_a_quiet_room(house: House) -> None:
    door = await house.door(SLUG)
    assert (door.state, door.title, door.rules, door.ended_at) == (None, "Phòng họp dự án", OPEN_FLOOR, None)
    await come(house, a_guest("an"))
    assert (await house.door(SLUG)).state is MeetingState.OPENED
    assert house.busy(SLUG)


@pytest.mark.parametrize("seed", range(25))
async def test_F41_the_chair_ends_while_others_join(
    house: House, rooms: FakeRooms, media: FakeMedia, seed: int
) -> None:
    """Whatever the order, nobody is left in a meeting that is over, and no media without one."""
    dice = random.Random(seed)
    rooms.rooms[SLUG] = a_room(MUTED, AdHoc.CHAIR)
    chair = await come(house, the_chair())

    async def join(number: int) -> Page:
        for _ in range(dice.randrange(12)):
            await asyncio.sleep(0)
        return await come(house, a_guest(f"g{number}"))

    joins = [asyncio.ensure_future(join(number)) for number in range(20)]
    for _ in range(dice.randrange(12)):
        await asyncio.sleep(0)
    await chair.seat.act(EndMeeting())
    pages = await asyncio.gather(*joins, return_exceptions=True)
    await until(lambda: not house.meetings(), "the meeting is over")
    assert media.only.ended
    assert not media.only.transports
    for page in pages:
        if isinstance(page, BaseException):
            assert isinstance(page, HopttError)
            assert page.code in (ErrorCode.MEETING_ENDED, ErrorCode.NOT_IN_MEETING)
        else:
            assert page.turned_away is ErrorCode.MEETING_ENDED

"""Plans that nobody held: they slow no door, and the calendar closes them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pytest
from tests.support.clock import NINE, HandClock
from tests.support.meetings import SLUG, a_link, a_name, a_plan, an_invitation, the_chair
from tests.support.pages import FakeRooms, come, until

from hoptt.ids import MeetingId
from hoptt.live.calendar import MAX_TIDIED
from hoptt.live.house import House
from hoptt.meeting.commands import EndMeeting
from hoptt.meeting.words import Cause, MeetingState
from hoptt.store.log import EventLog


async def test_a_door_asks_the_log_once_however_much_is_planned(
    house: House, rooms: FakeRooms, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    closings = log.closings

    async def counted(meetings: Collection[MeetingId]) -> object:
        asked.append(len(meetings))
        return await closings(meetings)

    monkeypatch.setattr(log, "closings", counted)
    rooms.plans = [a_plan(key=f"m{n}", starts_at=NINE + timedelta(hours=n)) for n in range(40)]
    await house.door(SLUG)
    assert max(asked) == 40
    assert len(asked) <= 2, "the door, and what tidies up beside it"


async def test_a_plan_that_nobody_held_is_closed_after_a_week(house: House, rooms: FakeRooms, clock: HandClock) -> None:
    rooms.plans = [a_plan(key="missed", ends_at=NINE + timedelta(hours=1))]
    clock.turn(days=6)
    await house.door(SLUG)
    clock.turn(days=1, hours=2)
    await house.door(SLUG)
    await until(lambda: rooms.closed == {"missed": Cause.EMPTY}, "the calendar knows")


async def test_until_then_those_who_are_invited_may_begin_it_late(
    house: House, rooms: FakeRooms, clock: HandClock
) -> None:
    rooms.plans = [a_plan(an_invitation("i-minh", name=a_name()), key="late", ends_at=NINE + timedelta(hours=1))]
    clock.turn(days=6)
    await come(house, a_link("minh", invitation="i-minh"))
    assert [task.id for task in house.meetings()] == ["late"]


async def test_a_meeting_that_goes_on_for_weeks_stays_the_one_of_its_list(
    house: House, rooms: FakeRooms, clock: HandClock
) -> None:
    rooms.plans = [a_plan(an_invitation("i-minh", name=a_name()), key="long", ends_at=NINE + timedelta(hours=1))]
    await come(house, the_chair())
    clock.turn(days=30)
    assert (await house.door(SLUG)).state is MeetingState.DOORS_OPEN
    await come(house, a_link("minh", invitation="i-minh"))
    assert [(task.id, len(task.state.participants)) for task in house.meetings()] == [("long", 2)]
    assert rooms.closed == {}


async def test_an_end_that_the_calendar_missed_long_ago_is_told_as_it_was(
    house: House, rooms: FakeRooms, clock: HandClock
) -> None:
    rooms.plans = [a_plan(key="held")]
    chair = await come(house, the_chair())
    await chair.seat.act(EndMeeting())
    await until(lambda: rooms.closed, "the calendar knows")
    rooms.closed.clear()  # as if the server had died before the calendar was told
    clock.turn(days=30)
    await house.door(SLUG)
    await until(lambda: rooms.closed == {"held": Cause.ENDED}, "the calendar knows how it ended")


async def test_so_many_are_closed_in_one_go_and_the_rest_an_hour_later(
    house: House, rooms: FakeRooms, clock: HandClock
) -> None:
    rooms.plans = [a_plan(key=f"m{n}") for n in range(MAX_TIDIED + 5)]
    clock.turn(days=30)
    await house.door(SLUG)
    await until(lambda: len(rooms.closed) == MAX_TIDIED, "a first part")
    await house.door(SLUG)
    clock.turn(hours=1)
    await house.door(SLUG)
    await until(lambda: len(rooms.closed) == MAX_TIDIED + 5, "the rest")

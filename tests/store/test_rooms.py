"""Rooms, plans and lists are kept as they were given, and are no business of those who cannot read hashes."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.support.clock import NINE
from tests.support.meetings import SLUG, a_name, a_plan, a_room, an_invitation

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId, RoomSlug, UnitSlug
from hoptt.live.rooms import Rooms
from hoptt.meeting.accounts import Unit
from hoptt.meeting.settings import NameRule, Rules, ScheduledMeeting
from hoptt.meeting.words import AdHoc, Cause, EntryRule, Role
from hoptt.store.accounts import AccountStore
from hoptt.store.database import Database
from hoptt.store.migrate import migrate
from hoptt.store.rooms import RoomStore

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"
OVERDUE = timedelta(hours=12)
EVERY_RULE = Rules(
    entry=EntryRule.PASSWORD,
    password_set=True,
    muted_until_allowed=False,
    capacity=40,
    lobby_capacity=7,
    doors_before_s=600,
    name_rule=NameRule(("name",), 3, 60, ("latin", "khmer"), False),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    migrate(f"sqlite:///{tmp_path}/hoptt.db", tmp_path / "backups")
    return tmp_path / "hoptt.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[RoomStore]:
    async with Database(f"sqlite:///{file}") as database:
        yield RoomStore(database)


async def ahead(
    store: RoomStore, since: datetime = NINE, *, running: tuple[MeetingId, ...] = ()
) -> list[ScheduledMeeting]:
    return await store.scheduled(SLUG, since=since, overdue=OVERDUE, running=running)


def test_the_store_is_what_the_running_meetings_need(store: RoomStore) -> None:
    as_needed: Rooms = store
    assert as_needed is store


async def test_a_room_comes_back_as_it_was_made(store: RoomStore) -> None:
    room = replace(a_room(EVERY_RULE, AdHoc.NEVER), name="Phòng họp “A”; DROP TABLE rooms")
    await store.create_room(room, password_hash=HASH)
    assert await store.room(SLUG) == room
    assert await store.all_rooms() == [room]
    assert await store.password_hash(SLUG) == HASH
    assert await store.room(RoomSlug("khac")) is None


async def test_a_second_room_of_the_same_address_is_refused(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash=None)
    with pytest.raises(HopttError) as refusal:
        await store.create_room(replace(a_room(), name="Phòng khác"), password_hash=HASH)
    assert refusal.value.code is ErrorCode.ROOM_EXISTS
    assert await store.room(SLUG) == a_room()


@pytest.mark.parametrize(
    ("address", "given"),
    [("so-tnrnt", False), ("s0-tnmt", False), ("so-tnmt2", True), ("so-tnmt-laichau", True), ("sotnmt", True)],
)
async def test_S47_an_address_that_reads_like_another_is_not_given(
    store: RoomStore, address: str, *, given: bool
) -> None:
    await store.create_room(replace(a_room(), slug=RoomSlug("so-tnmt")), password_hash=None)
    twin = replace(a_room(), slug=RoomSlug(address))
    if given:
        await store.create_room(twin, password_hash=None)
    else:
        with pytest.raises(HopttError) as refusal:
            await store.create_room(twin, password_hash=None)
        assert (refusal.value.code, refusal.value.details) == (ErrorCode.SLUG_LOOKALIKE, {"other": "so-tnmt"})
    assert (await store.room(twin.slug) is not None) is given


@pytest.mark.parametrize("disabled", ["so", "phong"])
async def test_a_room_is_closed_with_its_unit_and_with_the_one_above(file: Path, disabled: str) -> None:
    async with Database(f"sqlite:///{file}") as database:
        store, people = RoomStore(database), AccountStore(database)
        for unit in (Unit(UnitSlug("so"), "Sở", None), Unit(UnitSlug("phong"), "Phòng", UnitSlug("so"))):
            await people.create_unit(unit, at=NINE)
        await store.create_room(replace(a_room(), unit=UnitSlug("phong")), password_hash=None)
        for is_disabled in (False, True, False):
            await people.set_unit_disabled(UnitSlug(disabled), disabled=is_disabled)
            room = await store.room(SLUG)
            assert room is not None
            assert room.closed is is_disabled


async def test_a_plan_comes_back_with_its_list_in_order(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash=None)
    people = tuple(
        an_invitation(f"i_{n}", Role.CHAIR if n == 3 else Role.ATTENDEE, a_name(f"Lê {n}")) for n in range(9)
    )
    plan = a_plan(*people, ends_at=NINE + timedelta(hours=2))
    await store.create_meeting(plan)
    assert await ahead(store) == [plan]
    assert (await store.meeting(plan.id)).invitations == people


async def test_the_earliest_meeting_comes_first(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash=None)
    for key, hours in (("late", 5), ("soon", 1), ("next", 3)):
        await store.create_meeting(a_plan(key=key, starts_at=NINE + timedelta(hours=hours)))
    assert [m.id for m in await ahead(store)] == ["soon", "next", "late"]
    assert [m.id for m in await store.all_meetings(SLUG)] == ["late", "next", "soon"]


async def test_a_meeting_has_an_entry_rule_and_a_password_of_its_own(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash=None)
    await store.create_meeting(a_plan(key="a"), entry=EntryRule.PASSWORD, password_hash=HASH)
    await store.create_meeting(a_plan(key="b"))
    [own, as_room] = await ahead(store)
    assert (own.rules.entry, own.rules.password_set) == (EntryRule.PASSWORD, True)
    assert (as_room.rules.entry, as_room.rules.password_set) == (EntryRule.OPEN, False)
    assert await store.password_hash(SLUG, own.id) == HASH
    assert await store.password_hash(SLUG, as_room.id) is None


async def test_a_meeting_of_another_room_lends_no_password(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash="room")
    await store.create_room(replace(a_room(), slug=RoomSlug("khac")), password_hash=None)
    await store.create_meeting(replace(a_plan(key="a"), room=RoomSlug("khac")), password_hash=HASH)
    assert await store.password_hash(SLUG, MeetingId("a")) == "room"


async def test_what_is_over_or_cancelled_is_no_longer_ahead(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash=None)
    for key in ("held", "cancelled", "ahead"):
        await store.create_meeting(a_plan(key=key))
    await store.meeting_opened(MeetingId("held"), room=SLUG, at=NINE)
    await store.meeting_closed(MeetingId("held"), room=SLUG, at=NINE + timedelta(hours=1), cause=Cause.ENDED)
    await store.cancel(MeetingId("cancelled"), at=NINE)
    assert [m.id for m in await ahead(store)] == ["ahead"]
    held = await store.meeting(MeetingId("held"))
    assert (held.opened_at, held.closed_at, held.cause) == (NINE, NINE + timedelta(hours=1), Cause.ENDED)
    assert (await store.meeting(MeetingId("cancelled"))).cause is Cause.CANCELLED


async def test_what_was_told_once_does_not_change_when_it_is_told_again(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash=None)
    await store.create_meeting(a_plan(key="held"))
    await store.meeting_closed(MeetingId("held"), room=SLUG, at=NINE, cause=Cause.ENDED)
    await store.meeting_closed(MeetingId("held"), room=SLUG, at=NINE + timedelta(hours=3), cause=Cause.EMPTY)
    held = await store.meeting(MeetingId("held"))
    assert (held.closed_at, held.cause) == (NINE, Cause.ENDED)


async def test_an_unscheduled_meeting_is_heard_of_when_it_opens(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash=None)
    await store.meeting_opened(MeetingId("m_1"), room=SLUG, at=NINE)
    await store.meeting_opened(MeetingId("m_2"), room=RoomSlug("deleted"), at=NINE)
    [known] = await store.all_meetings()
    assert (known.id, known.title, known.starts_at, known.opened_at) == ("m_1", a_room().name, None, NINE)
    assert await ahead(store) == []


async def test_a_plan_whose_time_is_long_over_is_found_only_while_it_runs(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash=None)
    await store.create_meeting(a_plan(key="short", ends_at=NINE + timedelta(hours=1)))
    await store.create_meeting(a_plan(key="open end", starts_at=NINE))
    assert [m.id for m in await ahead(store, NINE + timedelta(minutes=59))] == ["open end", "short"]
    assert [m.id for m in await ahead(store, NINE + timedelta(hours=11))] == ["open end"]
    assert await ahead(store, NINE + OVERDUE) == []
    running = await ahead(store, NINE + timedelta(days=9), running=(MeetingId("short"),))
    assert [m.id for m in running] == ["short"]


async def test_what_nobody_held_is_closed_at_its_planned_end(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash=None)
    await store.create_meeting(a_plan(key="short", ends_at=NINE + timedelta(hours=1)))
    await store.create_meeting(a_plan(key="open end", starts_at=NINE))
    before = NINE + timedelta(hours=2)
    assert await store.missed(before=before, overdue=OVERDUE, most=10) == ["short"]
    everything = [MeetingId("short"), MeetingId("open end")]
    await store.close_missed(everything, before=before, overdue=OVERDUE)
    short, open_end = [await store.meeting(meeting) for meeting in everything]
    assert (short.closed_at, short.cause) == (NINE + timedelta(hours=1), Cause.EMPTY)
    assert open_end.closed_at is None, "its time is not over"
    assert await store.missed(before=before, overdue=OVERDUE, most=10) == []


@pytest.mark.parametrize("is_over", [True, False])
async def test_cancelling_what_cannot_be_cancelled_is_refused(store: RoomStore, *, is_over: bool) -> None:
    await store.create_room(a_room(), password_hash=None)
    if is_over:
        await store.create_meeting(a_plan(key="m"))
        await store.meeting_closed(MeetingId("m"), room=SLUG, at=NINE, cause=Cause.ENDED)
    with pytest.raises(HopttError) as refusal:
        await store.cancel(MeetingId("m"), at=NINE)
    assert refusal.value.code is (ErrorCode.MEETING_ENDED if is_over else ErrorCode.MEETING_UNKNOWN)


async def test_a_deleted_room_takes_its_plans_along(store: RoomStore, file: Path) -> None:
    await store.create_room(a_room(), password_hash=HASH)
    await store.create_meeting(a_plan(an_invitation("i_1")))
    await store.delete_room(SLUG)
    assert await store.all_rooms() == []
    counts = [
        sqlite3.connect(file).execute(f"SELECT count(*) FROM {t}").fetchone() for t in ("meetings", "invitations")
    ]
    assert counts == [(0,), (0,)]
    with pytest.raises(HopttError) as refusal:
        await store.delete_room(SLUG)
    assert refusal.value.code is ErrorCode.LINK_UNKNOWN


async def test_a_plan_for_a_room_that_is_not_there_is_refused(store: RoomStore) -> None:
    with pytest.raises(HopttError) as refusal:
        await store.create_meeting(a_plan())
    assert refusal.value.code is ErrorCode.LINK_UNKNOWN


async def test_half_a_list_is_never_kept(store: RoomStore) -> None:
    await store.create_room(a_room(), password_hash=None)
    with pytest.raises(HopttError) as refusal:
        await store.create_meeting(a_plan(an_invitation("same"), an_invitation("same")))
    assert refusal.value.code is ErrorCode.NOT_STORED
    assert await store.all_meetings() == []


async def test_F15_a_locked_database_refuses_writing_and_goes_on_reading(store: RoomStore, file: Path) -> None:
    await store.create_room(a_room(), password_hash=None)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(HopttError) as refusal:
        await store.create_meeting(a_plan())
    assert refusal.value.code is ErrorCode.NOT_STORED
    assert await store.room(SLUG) == a_room()
    other.execute("ROLLBACK")
    other.close()
    await store.create_meeting(a_plan())
    assert [m.id for m in await ahead(store)] == ["planned"]

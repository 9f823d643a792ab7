"""What an administrator asks of an installation whose meetings go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from tests.support.clock import HandClock
from tests.support.fake_media import FakeMedia
from tests.support.meetings import TIMES, a_guest, the_chair
from tests.support.pages import Page, come, until

from hoptt.api import office_words as words
from hoptt.api.office import AFTER_END, Office
from hoptt.api.people_office import PeopleOffice
from hoptt.auth.keys import Keys, open_keys
from hoptt.auth.second_factor import SecondFactors
from hoptt.auth.tokens import Tokens
from hoptt.config import Accounts, Meeting
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import RoomSlug
from hoptt.live.house import House
from hoptt.meeting.words import AdHoc, Cause, EntryRule, Role
from hoptt.sfu.contract import LineSeen
from hoptt.store.accounts import AccountStore
from hoptt.store.database import Database
from hoptt.store.log import EventLog
from hoptt.store.migrate import migrate
from hoptt.store.rooms import RoomStore
from hoptt.store.sessions import SessionStore


@dataclass
class Installation:
    office: Office
    house: House
    clock: HandClock

    async def scheduled(self, **changes: object) -> words.MeetingTold:
        """Plan a meeting that begins in ten minutes and lasts an hour."""
        at = self.clock.now() + timedelta(minutes=10)
        told = await self.office.do(
            words.CreateMeeting(
                room="duan",
                title="Họp giao ban",
                starts_at=at,
                ends_at=at + timedelta(hours=1),
                invited=[words.Invited(bridge_point="UBND tỉnh", name="Trần Văn Bình", role=Role.CHAIR)],
            )
        )
        assert isinstance(told, words.MeetingTold)
        return told


async def a_hash(text: str) -> str:
    return f"hash of {text}"


def a_people_office(database: Database, keys: Keys, clock: HandClock) -> PeopleOffice:
    return PeopleOffice(
        store=AccountStore(database),
        settings=Accounts(),
        second_factors=SecondFactors(keys.accounts),
        now=clock.now,
        hash_password=a_hash,
        sign_out=SessionStore(database).end_all,
    )


async def no_engine() -> None:
    raise AssertionError("nobody asked for that")


@pytest.fixture
def media() -> FakeMedia:
    return FakeMedia()


@pytest.fixture
async def here(tmp_path: Path, media: FakeMedia) -> AsyncIterator[Installation]:
    url, clock = f"sqlite:///{tmp_path}/hoptt.db", HandClock()
    migrate(url, tmp_path)
    keys = open_keys(tmp_path / "keys")
    async with (
        Database(url) as database,
        EventLog(tmp_path / "log.db", keys.log) as log,
        House(rooms=RoomStore(database), media=media, log=log, clock=clock) as house,
    ):
        office = Office(
            rooms=RoomStore(database),
            keys=keys,
            tokens=Tokens(keys),
            defaults=Meeting(),
            times=TIMES,
            now=clock.now,
            hash_password=a_hash,
            stop_engine=no_engine,
            people=a_people_office(database, keys, clock),
            house=house,
        )
        await office.do(words.CreateRoom(slug="duan", entry=EntryRule.OPEN, ad_hoc=AdHoc.ANYONE))
        yield Installation(office, house, clock)


async def refusal(here: Installation, asked: words.Asked) -> HopttError:
    with pytest.raises(HopttError) as refused:
        await here.office.do(asked)
    return refused.value


async def test_a_room_with_a_meeting_is_busy_and_is_not_deleted(here: Installation) -> None:
    assert await here.office.do(words.ShowRoom(slug="duan")) == (await _room(here, busy=False))
    await come(here.house, a_guest("an"))
    assert await here.office.do(words.ShowRoom(slug="duan")) == (await _room(here, busy=True))
    assert (await refusal(here, words.DeleteRoom(slug="duan"))).code is ErrorCode.ROOM_IN_USE
    assert isinstance(await here.office.do(words.ShowRoom(slug="duan")), words.RoomTold)


async def _room(here: Installation, *, busy: bool) -> words.RoomTold:
    told = await here.office.do(words.ListRooms())
    assert isinstance(told, words.RoomsTold)
    [room] = told.rooms
    assert room.busy is busy
    return room


async def test_lines_are_told_of_whoever_is_in_the_room_and_has_one(here: Installation, media: FakeMedia) -> None:
    await here.office.do(words.CreateRoom(slug="khac", entry=EntryRule.OPEN, ad_hoc=AdHoc.ANYONE))
    assert await here.office.do(words.ShowLines(slug="duan")) == words.LinesTold(lines=[])
    guest, _ = await come(here.house, a_guest("an")), await come(here.house, a_guest("lan"))
    media.only.hear(LineSeen(guest.who, 12.5, 0.1, 0.2, 500, 900_000))
    media.only.hear(LineSeen(guest.who, None, 0.0, 0.25, 500, 300_000))
    told = await here.office.do(words.ShowLines(slug="duan"))
    assert isinstance(told, words.LinesTold)
    assert [(one.participant, one.rtt_ms, one.loss_up, one.loss_down, one.estimate_bps) for one in told.lines] == [
        (guest.who, None, 0.0, 0.25, 300_000)
    ]
    assert await here.office.do(words.ShowLines(slug="khac")) == words.LinesTold(lines=[])
    assert (await refusal(here, words.ShowLines(slug="nowhere"))).code is ErrorCode.LINK_UNKNOWN


async def test_cancelling_a_meeting_that_goes_on_ends_it_for_all(here: Installation) -> None:
    meeting = await here.scheduled()
    page: Page = await come(here.house, the_chair())
    assert [task.id for task in here.house.meetings()] == [meeting.id]
    await here.office.do(words.CancelMeeting(meeting=meeting.id))
    await until(lambda: page.turned_away is not None, "the page hears that it is over")
    assert page.turned_away is ErrorCode.MEETING_POSTPONED
    await until(lambda: not here.house.meetings(), "the meeting is gone")
    told = await here.office.do(words.ShowMeeting(meeting=meeting.id))
    assert isinstance(told, words.MeetingTold)
    assert told.cause is Cause.CANCELLED


async def test_a_personal_link_holds_until_the_meetings_end(here: Installation) -> None:
    meeting = await here.scheduled()
    assert meeting.ends_at is not None
    token = meeting.invited[0].token
    assert token is not None
    tokens = here.office.tokens
    bearer = tokens.read_join(token, room=RoomSlug("duan"), now=meeting.ends_at + AFTER_END - timedelta(seconds=1))
    assert bearer.identity.invitation == meeting.invited[0].id
    with pytest.raises(HopttError, match="time is over"):
        tokens.read_join(token, room=RoomSlug("duan"), now=meeting.ends_at + AFTER_END + timedelta(minutes=1))


async def test_an_api_key_that_was_just_made_opens_doors_without_a_restart(here: Installation) -> None:
    made = await here.office.do(words.CreateKey(id="lich-hop"))
    assert isinstance(made, words.KeyTold)
    assert here.office.keys.api_key("lich-hop") == made.secret.encode()


async def test_S48_a_deleted_key_opens_no_door_of_a_server_that_runs(here: Installation) -> None:
    made = await here.office.do(words.CreateKey(id="lich-hop"))
    assert isinstance(made, words.KeyTold)
    now = here.clock.now()
    claims = {"iss": made.id, "sub": "an", "exp": now + timedelta(hours=1), "video": {"room": "duan", "roomJoin": True}}
    token = jwt.encode(claims, made.secret, algorithm="HS256")
    here.office.tokens.read_join(token, room=RoomSlug("duan"), now=now)
    assert await here.office.do(words.DeleteKey(id="lich-hop")) == words.Done()
    with pytest.raises(HopttError) as refused:
        here.office.tokens.read_join(token, room=RoomSlug("duan"), now=now)
    assert refused.value.code is ErrorCode.TOKEN_INVALID


@pytest.mark.parametrize("key", ["hoptt", "khong-co", "../log"])
async def test_a_key_that_hoptt_signs_with_or_that_is_none_is_not_deleted(here: Installation, key: str) -> None:
    before = here.office.keys.api_ids()
    with pytest.raises(HopttError):
        await here.office.do(words.DeleteKey(id=key))
    assert here.office.keys.api_ids() == before


async def test_a_time_without_a_zone_is_refused(here: Installation) -> None:
    naive = here.clock.now().replace(tzinfo=None) + timedelta(days=1)
    fault = await refusal(here, words.CreateMeeting(room="duan", title="x", starts_at=naive))
    assert "names its zone" in fault.message

"""Coming in, acting, leaving: the running meetings from a page's side."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.support.fake_media import FakeMedia
from tests.support.meetings import a_guest, a_link, a_room, the_chair
from tests.support.pages import FakeRooms, come, until

from hoptt.errors import ErrorCode, HopttError
from hoptt.live.deliveries import Admitted, PictureNow
from hoptt.live.house import House
from hoptt.live.seat import Joined, Waiting
from hoptt.meeting.commands import Admit, Allow, AllowSource, EndMeeting, Mute, Remove, StopSource, TakeBack
from hoptt.meeting.events import LobbyEntered, MeetingClosed, ParticipantJoined
from hoptt.meeting.role_commands import GiveLobby
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, Role, Source


async def test_two_who_come_in_see_each_other(house: House) -> None:
    chair = await come(house, the_chair())
    guest = await come(house, a_guest("an"))
    assert isinstance(guest.answer, Joined)
    assert {p.id for p in guest.answer.picture.participants} == {chair.who, guest.who}
    await until(lambda: [e for e in chair.events if isinstance(e, ParticipantJoined)], "the chair hears of the guest")


async def test_S19_a_muted_microphone_is_closed_and_stays_closed_however_it_is_switched(
    house: House, media: FakeMedia
) -> None:
    chair = await come(house, the_chair())
    guest = await come(house, a_guest("an"), mic=True)
    await until(lambda: media.only.is_open(guest.who), "the guest is heard")
    await chair.seat.act(Mute((guest.who,)))
    assert not media.only.is_open(guest.who)
    with pytest.raises(HopttError) as refusal:
        guest.seat.switch(Source.MICROPHONE, on=True)
    assert refusal.value.code is ErrorCode.NOT_ALLOWED
    await chair.seat.act(Allow((guest.who,)))
    assert not media.only.is_open(guest.who), "allowing never opens a microphone"
    guest.seat.switch(Source.MICROPHONE, on=True)
    await until(lambda: media.only.is_open(guest.who), "the guest is heard again")


async def test_an_applicant_has_no_media_until_admitted(house: House, rooms: FakeRooms, media: FakeMedia) -> None:
    rooms.rooms = {room.slug: room for room in [a_room(Rules(entry=EntryRule.LOBBY))]}
    chair = await come(house, the_chair())
    guest = await come(house, a_guest("an"))
    assert isinstance(guest.answer, Waiting)
    with pytest.raises(HopttError):
        await guest.seat.offer("offer", fresh=True)
    assert media.only.opened == [chair.who]
    await chair.seat.act(Admit((guest.who,)))
    [admitted] = guest.of(Admitted)
    assert admitted.picture.seq > 0
    assert guest.heard[0] is admitted
    await guest.seat.offer("offer", fresh=True)
    assert media.only.transports == {chair.who, guest.who}


async def test_in_a_room_of_a_disabled_unit_nothing_begins_and_nothing_is_broken_off(
    house: House, rooms: FakeRooms
) -> None:
    [room] = rooms.rooms.values()
    rooms.rooms[room.slug] = replace(room, closed=True)
    with pytest.raises(HopttError) as refusal:
        await come(house, the_chair())
    assert refusal.value.code is ErrorCode.ROOM_CLOSED
    rooms.rooms[room.slug] = room
    await come(house, the_chair())
    rooms.rooms[room.slug] = replace(room, closed=True)
    assert isinstance((await come(house, a_guest("an"))).answer, Joined)


async def test_S19_what_is_taken_back_and_given_again_stays_switched_off(house: House, media: FakeMedia) -> None:
    chair = await come(house, the_chair())
    guest = await come(house, a_guest("an"), mic=True, cam=True)
    await until(lambda: media.only.is_open(guest.who), "the guest is heard")
    await chair.seat.act(TakeBack((guest.who,)))
    await chair.seat.act(StopSource(guest.who, Source.CAMERA))
    await chair.seat.act(Allow((guest.who,)))
    await chair.seat.act(AllowSource(guest.who, Source.CAMERA))
    await until(lambda: media.only.gates[guest.who, Source.CAMERA].allowed, "the rights are back")
    assert not media.only.is_open(guest.who)
    assert not media.only.is_open(guest.who, Source.CAMERA)


async def test_S26_who_is_removed_while_the_engine_answers_gets_no_transport(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"), offer=None)
    media.only.slow.clear()
    offering = asyncio.ensure_future(guest.seat.offer("offer", fresh=True))
    await asyncio.sleep(0)
    await chair.seat.act(Remove(guest.who))
    media.only.slow.set()
    with pytest.raises(HopttError) as refusal:
        await offering
    assert refusal.value.code is ErrorCode.NOT_IN_MEETING
    await until(lambda: media.only.transports == {chair.who}, "the transport is closed again")


async def test_S26_an_attendees_picture_shows_no_lobby(house: House, rooms: FakeRooms) -> None:
    rooms.rooms = {room.slug: room for room in [a_room(Rules(entry=EntryRule.LOBBY))]}
    await come(house, the_chair())
    await come(house, a_guest("an"))
    minh, co = await come(house, a_link("minh")), await come(house, a_link("co", Role.CO_CHAIR))
    assert isinstance(minh.answer, Joined)
    assert isinstance(co.answer, Joined)
    assert minh.answer.picture.lobby == ()
    assert len(co.answer.picture.lobby) == 1


async def test_S26_whoever_is_given_the_lobby_sees_who_waits_and_then_no_more(house: House, rooms: FakeRooms) -> None:
    rooms.rooms = {room.slug: room for room in [a_room(Rules(entry=EntryRule.LOBBY))]}
    chair, sec = await come(house, the_chair()), await come(house, a_link("sec", Role.SECRETARY))
    await come(house, a_guest("an"))
    await chair.seat.act(GiveLobby(sec.who))
    [shown] = [told.picture.lobby for told in sec.of(PictureNow)]
    assert len(shown) == 1
    await come(house, a_guest("binh"))
    await until(lambda: isinstance(sec.events[-1], LobbyEntered), "that somebody waits")
    await chair.seat.act(GiveLobby(None))
    *_, last = [told.picture.lobby for told in sec.of(PictureNow)]
    assert last == ()
    await come(house, a_guest("cuong"))
    assert not isinstance(sec.events[-1], LobbyEntered)


async def test_who_is_removed_is_cut_off_and_told(house: House, media: FakeMedia) -> None:
    chair = await come(house, the_chair())
    guest = await come(house, a_guest("an"))
    await chair.seat.act(Remove(guest.who, reason="ồn"))
    assert guest.turned_away is ErrorCode.REMOVED
    assert guest.who not in media.only.transports


async def test_R21_the_end_closes_every_connection_and_all_media(
    house: House, media: FakeMedia, rooms: FakeRooms
) -> None:
    chair = await come(house, the_chair())
    guest = await come(house, a_guest("an"))
    await chair.seat.act(EndMeeting())
    assert guest.turned_away is ErrorCode.MEETING_ENDED
    assert any(isinstance(e, MeetingClosed) for e in guest.events)
    await until(lambda: media.only.ended and rooms.closed, "engine and calendar know")
    assert not house.busy(a_room().slug)

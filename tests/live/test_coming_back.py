"""Lost lines, taken seats, restarts of the control plane (F4, F30, F40, P2)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.live.conftest import KEY
from tests.support.clock import HandClock
from tests.support.fake_media import FakeMedia
from tests.support.meetings import a_guest, a_link, a_room, pid, the_chair
from tests.support.pages import FakeRooms, Page, come, come_back, until

from hoptt.errors import ErrorCode, HopttError
from hoptt.live.deliveries import MediaLost
from hoptt.live.house import House
from hoptt.live.seat import Resumed, Waiting
from hoptt.meeting.commands import Admit, Allow, Lock, Mute
from hoptt.meeting.events import (
    LobbyEntered,
    ParticipantBack,
    ParticipantLeft,
    ParticipantLost,
    RoomLocked,
)
from hoptt.meeting.evolve import replay
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, Source
from hoptt.sfu.contract import EngineBack, GateState, MediaGone
from hoptt.sfu.frames import CloseReason
from hoptt.store.log import EventLog


async def test_F30_a_page_that_lost_its_line_gets_what_it_missed_and_keeps_its_media(
    house: House, media: FakeMedia
) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"), mic=True)
    guest.seat.lost()
    await chair.seat.act(Lock(locked=True))
    again = await come_back(house, guest)
    assert isinstance(again.answer, Resumed)
    assert again.answer.media
    assert again.answer.picture is None
    assert [type(e) for e in again.answer.missed] == [ParticipantLost, RoomLocked, ParticipantBack]
    assert media.only.is_open(guest.who), "the gate never closed"
    await until(lambda: any(isinstance(e, ParticipantBack) for e in chair.events), "the chair sees them back")


async def test_P9_a_page_that_comes_back_in_the_moment_its_time_is_over_is_there(
    house: House, clock: HandClock
) -> None:
    """The end of its time and its return are decided together, and stored in one batch."""
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    guest.seat.lost()
    await until(lambda: len(chair.events) == 2, "the loss")
    clock.turn(seconds=61)
    again = await come_back(house, guest)
    await chair.seat.act(Lock(locked=True))
    await until(lambda: again.events, "what is told to those who are there")
    await again.seat.view([])


async def test_a_page_that_never_saw_a_number_gets_a_picture(house: House) -> None:
    guest = await come(house, a_guest("an"))
    guest.seat.lost()
    page = Page()
    assert guest.answer is not None
    page.answer = await house.resume(guest.answer.resume, 0, page)
    assert isinstance(page.answer, Resumed)
    assert page.answer.picture is not None
    assert page.answer.missed == ()


async def test_a_gap_of_more_than_a_thousand_events_gets_a_picture(house: House) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    guest.seat.lost()
    for n in range(1_001):
        await chair.seat.act(Lock(locked=n % 2 == 0))
    again = await come_back(house, guest)
    assert isinstance(again.answer, Resumed)
    assert again.answer.picture is not None


async def test_missed_events_are_those_the_role_may_see(house: House, rooms: FakeRooms) -> None:
    rooms.rooms = {room.slug: room for room in [a_room(Rules(entry=EntryRule.LOBBY))]}
    chair, minh = await come(house, the_chair()), await come(house, a_link("minh"))
    chair.seat.lost()
    minh.seat.lost()
    await come(house, a_guest("an"))
    minh, chair = await come_back(house, minh), await come_back(house, chair)
    assert isinstance(minh.answer, Resumed)
    assert isinstance(chair.answer, Resumed)
    assert not any(isinstance(e, LobbyEntered) for e in minh.answer.missed)
    assert any(isinstance(e, LobbyEntered) for e in chair.answer.missed)


async def test_F31_a_half_open_connection_gives_way_to_the_new_one(house: House) -> None:
    guest = await come(house, a_guest("an"))
    again = await come_back(house, guest)
    assert guest.turned_away is ErrorCode.TAKEN_OVER
    guest.seat.lost()
    [task] = house.meetings()
    assert task.state.participants[again.who].connected
    with pytest.raises(HopttError):
        guest.seat.switch(Source.CAMERA, on=True)
    again.seat.switch(Source.CAMERA, on=True)


async def test_R12_who_takes_the_seat_over_sends_the_other_page_away(house: House, media: FakeMedia) -> None:
    first = await come(house, a_link("minh"), cam=True)
    with pytest.raises(HopttError) as refusal:
        await come(house, a_link("minh"))
    assert refusal.value.code is ErrorCode.SEAT_TAKEN
    second = await come(house, a_link("minh", take_over=True))
    assert second.who == first.who
    assert first.turned_away is ErrorCode.TAKEN_OVER
    with pytest.raises(HopttError) as refusal:
        await come_back(house, first)
    assert refusal.value.code is ErrorCode.SEAT_TAKEN
    assert media.only.transports == {second.who}
    assert not media.only.is_open(second.who, Source.CAMERA), "switches are those of the new page"


async def test_P9_after_its_time_the_seat_is_given_up_and_media_closes(
    house: House, media: FakeMedia, clock: HandClock
) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    guest.seat.lost()
    [task] = house.meetings()
    await until(lambda: not task.state.participants[guest.who].connected, "the loss is noticed")
    clock.turn(seconds=61)
    await until(lambda: any(isinstance(e, ParticipantLeft) for e in chair.events), "the seat is given up")
    await until(lambda: guest.who not in media.only.transports, "media is closed")
    again = await come_back(house, guest)
    assert isinstance(again.answer, Resumed)
    assert not again.answer.media
    await again.seat.offer("offer", fresh=True)


async def test_leaving_is_at_once(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    await guest.seat.leave()
    await until(lambda: media.only.transports == {chair.who}, "media is closed")
    with pytest.raises(HopttError):
        await guest.seat.offer("offer", fresh=True)


async def test_somebody_admitted_while_the_line_was_away_comes_back_to_a_seat(house: House, rooms: FakeRooms) -> None:
    rooms.rooms = {room.slug: room for room in [a_room(Rules(entry=EntryRule.LOBBY))]}
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    guest.seat.lost()
    await chair.seat.act(Admit((guest.who,)))
    again = await come_back(house, guest)
    assert isinstance(again.answer, Resumed)
    assert again.answer.picture is not None


async def test_back_in_the_lobby_the_place_is_kept(house: House, rooms: FakeRooms, clock: HandClock) -> None:
    rooms.rooms = {room.slug: room for room in [a_room(Rules(entry=EntryRule.LOBBY))]}
    await come(house, the_chair())
    guest = await come(house, a_guest("an"))
    guest.seat.lost()
    clock.turn(seconds=30)
    again = await come_back(house, guest)
    assert isinstance(again.answer, Waiting)
    assert isinstance(guest.answer, Waiting)
    assert again.answer.since == guest.answer.since


async def test_a_token_of_a_meeting_that_is_over_says_so(house: House, clock: HandClock) -> None:
    guest = await come(house, a_guest("an"))
    await guest.seat.leave()
    clock.turn(seconds=301)
    await until(lambda: not house.meetings(), "the empty meeting closes")
    with pytest.raises(HopttError) as refusal:
        await come_back(house, guest)
    assert refusal.value.code is ErrorCode.MEETING_ENDED


# ---- the engine ------------------------------------------------------------------------------------


async def test_P1_another_engine_asks_every_page_for_a_fresh_offer_and_keeps_the_rest(
    house: House, media: FakeMedia
) -> None:
    chair, guest = await come(house, the_chair(), mic=True), await come(house, a_guest("an"), mic=True)
    engine = media.only
    engine.transports.clear()
    engine.gates.clear()
    engine.hear(EngineBack(fresh=True))
    assert chair.of(MediaLost)
    assert guest.of(MediaLost)
    await guest.seat.offer("offer", fresh=True)
    await until(lambda: engine.is_open(guest.who), "the gate is as it was")


async def test_after_an_engine_that_did_not_answer_gates_are_said_again(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"), mic=True)
    await until(lambda: media.only.is_open(guest.who), "the guest is heard")
    media.only.away = True
    await chair.seat.act(Mute((guest.who,)))
    assert media.only.is_open(guest.who), "the engine could not be told"
    media.only.away = False
    media.only.hear(EngineBack(fresh=False))
    await until(lambda: not media.only.is_open(guest.who), "the engine is told")


async def test_gates_are_said_again_when_the_engine_only_missed_one_call(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"), mic=True)
    await until(lambda: media.only.is_open(guest.who), "the guest is heard")
    media.only.away = True
    await chair.seat.act(Mute((guest.who,)))
    media.only.away = False
    await until(lambda: not media.only.is_open(guest.who), "the engine is told")


async def test_an_absent_engine_keeps_nobody_out(house: House, media: FakeMedia) -> None:
    await come(house, the_chair())
    media.only.away = True
    guest = await come(house, a_guest("an"))
    assert guest.answer is not None
    assert getattr(guest.answer, "answer", "none") is None


async def test_a_wrong_offer_gives_the_seat_back(house: House) -> None:
    chair = await come(house, the_chair())
    with pytest.raises(HopttError) as refusal:
        await come(house, a_guest("an"), offer="wrong")
    assert refusal.value.code is ErrorCode.SDP_INVALID
    [task] = house.meetings()
    assert set(task.state.participants) == {chair.who}


async def test_a_lost_media_session_is_told_to_its_page_alone(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    media.only.hear(MediaGone(guest.who, CloseReason.TIMEOUT))
    assert guest.of(MediaLost)
    assert not chair.of(MediaLost)


# ---- the control plane -----------------------------------------------------------------------------


class Second:
    """A control plane started anew on the same log, with the engine as it was left."""

    def __init__(self, path: Path, media: FakeMedia, rooms: FakeRooms, clock: HandClock) -> None:
        self.log = EventLog(path / "log.db", KEY)
        self.house = House(rooms=rooms, media=media, log=self.log, clock=clock)

    async def __aenter__(self) -> House:
        return await self.house.__aenter__()

    async def __aexit__(self, *fault: object) -> None:
        await self.house.__aexit__(*fault)
        await self.log.aclose()


async def test_F4_after_a_restart_everybody_is_back_as_before(
    house: House, media: FakeMedia, rooms: FakeRooms, clock: HandClock, tmp_path: Path
) -> None:
    rooms.rooms = {room.slug: room for room in [a_room(Rules(entry=EntryRule.PASSWORD, password_set=True))]}
    chair = await come(house, the_chair(), mic=True)
    an = await come(house, a_guest("an", password_right=True))
    waiting = await come(house, a_guest("binh", knock=True))
    await chair.seat.act(Allow((an.who,)))
    an.seat.switch(Source.MICROPHONE, on=True)
    await until(lambda: media.only.is_open(an.who), "somebody speaks")
    media.only.ever_open.clear()
    before = house.meetings()[0].state
    # the first control plane is killed: nothing of it is closed in order
    clock.turn(minutes=30)
    restarted = Second(tmp_path, media, rooms, clock)
    async with restarted as second:
        [task] = second.meetings()
        chair2, an2, waiting2 = (
            await come_back(second, chair),
            await come_back(second, an),
            await come_back(second, waiting),
        )
        assert isinstance(an2.answer, Resumed)
        assert an2.answer.media
        assert isinstance(waiting2.answer, Waiting)
        assert isinstance(chair2.answer, Resumed)
        assert task.state.participants == before.participants
        assert task.state.lobby == before.lobby
        assert media.only.is_open(an.who), "picture and sound did not stop"
        assert media.only.is_open(chair.who)
        await chair2.seat.act(Mute((an.who,)))
        assert not media.only.is_open(an.who)
        assert replay(e for _, e in await restarted.log.read(task.id)) == task.state


async def test_F4_no_gate_opens_by_a_restart(
    house: House, media: FakeMedia, rooms: FakeRooms, clock: HandClock, tmp_path: Path
) -> None:
    await come(house, the_chair())
    an = await come(house, a_guest("an"), mic=True)
    binh = await come(house, a_guest("binh"), mic=True)
    await until(lambda: media.only.is_open(an.who) and media.only.is_open(binh.who), "both are heard")
    # an act reached the engine and not the disk: one microphone vetoed, the other switched off
    media.only.gates[an.who, Source.MICROPHONE] = GateState(allowed=True, on=True, vetoed=True)
    media.only.gates[binh.who, Source.MICROPHONE] = GateState(allowed=True, on=False)
    media.only.ever_open.clear()
    async with Second(tmp_path, media, rooms, clock) as second:
        [task] = second.meetings()
        await until(lambda: not task.state.participants[an.who].rights.may_speak, "the veto is recorded")
        assert task.state.participants[binh.who].rights.may_speak
        assert (an.who, Source.MICROPHONE) not in media.only.ever_open
        assert (binh.who, Source.MICROPHONE) not in media.only.ever_open


async def test_F4_transports_without_a_seat_are_closed_and_unknown_meetings_forgotten(
    house: House, media: FakeMedia, rooms: FakeRooms, clock: HandClock, tmp_path: Path
) -> None:
    await come(house, the_chair())
    media.only.transports.add(pid("nobody"))
    await media.open_meeting(house.meetings()[0].id.__class__("m_unknown"), lambda _: None)
    async with Second(tmp_path, media, rooms, clock):
        known = media.meetings[house.meetings()[0].id]
        await until(lambda: pid("nobody") not in known.transports, "the transport is closed")
        assert media.forgotten == ["m_unknown"]


async def test_F4_seat_clocks_stand_still_while_the_control_plane_is_away(
    house: House, media: FakeMedia, rooms: FakeRooms, clock: HandClock, tmp_path: Path
) -> None:
    await come(house, the_chair())
    an = await come(house, a_guest("an"))
    clock.turn(hours=2)
    async with Second(tmp_path, media, rooms, clock) as second:
        [task] = second.meetings()
        await until(lambda: not task.state.participants[an.who].connected, "the seat waits")
        assert task.state.participants[an.who].lost_until == clock.now() + timedelta(seconds=60)
        clock.turn(seconds=59)
        await come_back(second, an)


async def test_F6_stopping_tells_pages_to_come_back_and_leaves_media(
    media: FakeMedia, rooms: FakeRooms, clock: HandClock, log: EventLog
) -> None:
    async with House(rooms=rooms, media=media, log=log, clock=clock) as house:
        chair = await come(house, the_chair(), mic=True)
        await until(lambda: media.only.is_open(chair.who), "the chair is heard")
    assert chair.turned_away is ErrorCode.SHUTTING_DOWN
    assert chair.word is not None
    assert chair.word.again_after_ms is not None
    assert media.only.is_open(chair.who)
    assert len(await log.running()) == 1

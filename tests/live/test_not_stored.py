"""When the disk fails: what takes away stands, what gives waits or is refused (F12, F15, P5)."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.support.clock import HandClock
from tests.support.fake_media import FakeMedia
from tests.support.meetings import a_guest, a_link, pid, the_chair
from tests.support.pages import come, come_back, until

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId
from hoptt.live.house import House
from hoptt.meeting.commands import Allow, EndMeeting, Lock, Mute, Remove
from hoptt.meeting.events import Event, Muted, ParticipantLeft
from hoptt.meeting.evolve import replay
from hoptt.meeting.words import Source
from hoptt.store.log import EventLog
from hoptt.store.log_writer import not_stored


class FailingLog:
    """A log whose disk can be made to fail, or to hang, at will."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.broken = False
        self.free = asyncio.Event()
        self.free.set()
        self.tries = 0

    async def append(self, meeting: MeetingId, events: Sequence[Event], *, after: int) -> int:
        self.tries += 1
        await self.free.wait()
        if self.broken:
            raise not_stored("no space left on device")
        return await self._log.append(meeting, events, after=after)

    def __getattr__(self, name: str) -> object:
        return getattr(self._log, name)


@pytest.fixture
def log(log: EventLog) -> FailingLog:
    return FailingLog(log)


async def recorded(house: House, log: FailingLog) -> list[Event]:
    [task] = house.meetings()
    events = [event for _, event in await log._log.read(task.id)]
    assert replay(events) == task.state
    return events


async def test_F15_a_mute_holds_at_once_and_is_answered_as_not_yet_recorded(
    house: House, media: FakeMedia, log: FailingLog, clock: HandClock
) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"), mic=True)
    await until(lambda: media.only.is_open(guest.who), "the guest is heard")
    log.broken = True
    done = await chair.seat.act(Mute((guest.who,)))
    assert not done.recorded
    gate = media.only.gates[guest.who, Source.MICROPHONE]
    assert (gate.allowed, gate.on, gate.vetoed) == (True, False, True)
    with pytest.raises(HopttError) as refusal:
        guest.seat.switch(Source.MICROPHONE, on=True)
    assert refusal.value.code is ErrorCode.NOT_ALLOWED
    assert not any(isinstance(e, Muted) for e in guest.events), "nobody is told history that is not kept"
    log.broken = False
    clock.turn(seconds=2)
    await until(lambda: any(isinstance(e, Muted) for e in guest.events), "the mute is recorded")
    gate = media.only.gates[guest.who, Source.MICROPHONE]
    assert (gate.allowed, gate.vetoed) == (False, False)
    assert any(isinstance(e, Muted) for e in await recorded(house, log))


async def test_F15_acts_that_take_away_do_not_wait_behind_a_commit_that_hangs(
    house: House, media: FakeMedia, log: FailingLog
) -> None:
    chair = await come(house, the_chair())
    an = await come(house, a_guest("an"), mic=True)
    binh = await come(house, a_guest("binh"), mic=True)
    await until(lambda: media.only.is_open(an.who) and media.only.is_open(binh.who), "both are heard")
    log.free.clear()
    opening = asyncio.ensure_future(chair.seat.act(Lock(locked=False)))
    allowing = asyncio.ensure_future(chair.seat.act(Lock(locked=True)))
    await asyncio.sleep(0.01)
    muting = asyncio.ensure_future(chair.seat.act(Mute((an.who,))))
    removing = asyncio.ensure_future(chair.seat.act(Remove(binh.who)))
    started = time.monotonic()
    await until(lambda: not media.only.is_open(an.who) and binh.who not in media.only.transports, "both are closed")
    assert time.monotonic() - started < 0.2
    assert not muting.done()
    log.free.set()
    for answer in (opening, allowing, muting, removing):
        assert (await answer).recorded


async def test_F15_what_gives_is_refused_and_changes_nothing(house: House, media: FakeMedia, log: FailingLog) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"), mic=True)
    await chair.seat.act(Mute((guest.who,)))
    log.broken = True
    with pytest.raises(HopttError) as refusal:
        await chair.seat.act(Allow((guest.who,)))
    assert refusal.value.code is ErrorCode.NOT_STORED
    with pytest.raises(HopttError):
        guest.seat.switch(Source.MICROPHONE, on=True)
    with pytest.raises(HopttError) as refusal:
        await come(house, a_guest("binh"))
    assert refusal.value.code is ErrorCode.NOT_STORED
    assert len(house.meetings()[0].state.participants) == 2
    assert media.only.transports == {chair.who, guest.who}


async def test_a_grant_never_opens_before_it_is_recorded(house: House, media: FakeMedia, log: FailingLog) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    await chair.seat.act(Mute((guest.who,)))
    log.free.clear()
    allowing = asyncio.ensure_future(chair.seat.act(Allow((guest.who,))))
    await asyncio.sleep(0.02)
    with pytest.raises(HopttError):
        guest.seat.switch(Source.MICROPHONE, on=True)
    log.free.set()
    await allowing
    guest.seat.switch(Source.MICROPHONE, on=True)


async def test_F15_admission_reads_vetoes(house: House, media: FakeMedia, log: FailingLog, clock: HandClock) -> None:
    """Locked, removed or muted without the disk is locked, removed or muted."""
    chair = await come(house, the_chair())
    an, minh = await come(house, a_guest("an")), await come(house, a_link("minh"))
    log.broken = True
    assert not (await chair.seat.act(Remove(an.who, ban=True))).recorded
    assert not (await chair.seat.act(Mute((minh.who,)))).recorded
    assert an.turned_away is ErrorCode.BANNED
    assert an.who not in media.only.transports
    with pytest.raises(HopttError) as refusal:
        await come_back(house, an)
    assert refusal.value.code is ErrorCode.BANNED
    with pytest.raises(HopttError) as refusal:
        await come(house, a_guest("an"))
    assert refusal.value.code is ErrorCode.BANNED
    assert not (await chair.seat.act(Lock(locked=True))).recorded
    with pytest.raises(HopttError) as refusal:
        await come(house, a_guest("binh"))
    assert refusal.value.code is ErrorCode.ROOM_LOCKED
    log.broken = False
    clock.turn(seconds=2)
    await until(lambda: house.meetings()[0].state.locked, "all of it is recorded")
    events = await recorded(house, log)
    assert [type(e).__name__ for e in events[-4:]] == ["ParticipantLeft", "Muted", "RightsChanged", "RoomLocked"]


async def test_F15_the_end_holds_without_the_disk_and_is_recorded_once_there_is_one(
    house: House, media: FakeMedia, log: FailingLog, clock: HandClock
) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    log.broken = True
    assert not (await chair.seat.act(EndMeeting())).recorded
    assert media.only.ended
    assert guest.turned_away is ErrorCode.MEETING_ENDED
    with pytest.raises(HopttError) as refusal:
        await come(house, a_guest("binh"))
    assert refusal.value.code is ErrorCode.MEETING_ENDED
    [task] = house.meetings()
    log.broken = False
    clock.turn(seconds=2)
    await until(lambda: not house.meetings(), "the end is recorded")
    assert await log._log.closing(task.id)


async def test_a_lost_line_is_noted_once_there_is_a_disk(house: House, log: FailingLog, clock: HandClock) -> None:
    await come(house, the_chair())
    guest = await come(house, a_guest("an"))
    log.broken = True
    guest.seat.lost()
    tries = log.tries
    await until(lambda: log.tries > tries, "a commit is tried")
    await asyncio.sleep(0.01)
    log.broken = False
    clock.turn(seconds=2)
    [task] = house.meetings()
    await until(lambda: not task.state.participants[guest.who].connected, "the loss is recorded")
    clock.turn(seconds=61)
    await until(lambda: guest.who not in task.state.participants, "the seat expires")
    assert isinstance((await recorded(house, log))[-1], ParticipantLeft)


async def test_a_full_disk_is_not_tried_in_a_busy_loop(house: House, log: FailingLog, clock: HandClock) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    log.broken = True
    await chair.seat.act(Mute((guest.who,)))
    tries = log.tries
    await asyncio.sleep(0.1)
    assert log.tries == tries
    clock.turn(seconds=1)
    await until(lambda: log.tries == tries + 1, "one more try")


async def test_a_meeting_whose_beginning_is_not_stored_has_not_begun(house: House, log: FailingLog) -> None:
    log.broken = True
    with pytest.raises(HopttError) as refusal:
        await come(house, the_chair())
    assert refusal.value.code is ErrorCode.NOT_STORED
    await until(lambda: not house.meetings(), "the meeting is gone")
    log.broken = False
    await come(house, the_chair())


async def test_who_may_reopen_the_microphone_can_while_the_mute_waits_for_the_disk(
    house: House, media: FakeMedia, log: FailingLog, clock: HandClock
) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"), mic=True)
    log.broken = True
    await chair.seat.act(Mute(may_reopen=True))
    guest.seat.switch(Source.MICROPHONE, on=True)
    tries = log.tries
    clock.turn(seconds=1)
    await until(lambda: log.tries > tries, "one more try")
    await until(lambda: media.only.is_open(guest.who), "the guest is heard")


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_F15_a_database_locked_by_another_program(
    house: House, media: FakeMedia, tmp_path: Path, clock: HandClock
) -> None:
    """The short form: the real writer, a real lock, a mute that reaches the engine within 200 ms."""
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"), mic=True)
    await until(lambda: media.only.is_open(guest.who), "the guest is heard")
    with held(tmp_path / "log.db"):
        joining = asyncio.ensure_future(come(house, a_guest("binh")))
        await asyncio.sleep(0.05)
        started = time.monotonic()
        muting = asyncio.ensure_future(chair.seat.act(Mute((guest.who,))))
        await until(lambda: not media.only.is_open(guest.who), "the guest is muted")
        assert time.monotonic() - started < 0.2
        with pytest.raises(HopttError) as refusal:
            await joining
        assert refusal.value.code is ErrorCode.NOT_STORED
        assert not (await muting).recorded
    clock.turn(seconds=2)
    await until(lambda: any(isinstance(e, Muted) for e in guest.events), "the mute is recorded")
    assert pid("binh") not in house.meetings()[0].state.participants

"""The floor and the gates (R16, R17): what opens waits for the log, what closes waits for nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.live.test_coming_back import Second
from tests.live.test_not_stored import FailingLog
from tests.support.clock import HandClock
from tests.support.fake_media import FakeMedia
from tests.support.meetings import a_guest, a_room, the_chair
from tests.support.pages import FakeRooms, Page, come, come_back, until

from hoptt.errors import ErrorCode, HopttError
from hoptt.live.deliveries import Happened, SwitchesNow
from hoptt.live.fanout import INTERVAL_S
from hoptt.live.house import House
from hoptt.meeting.commands import Mute, Remove
from hoptt.meeting.events import Event, RightsChanged
from hoptt.meeting.floor.commands import (
    AskFloor,
    DeclineFloor,
    EndTurn,
    GrantFloor,
    HoldTurn,
    ResumeTurn,
    SetFloor,
    TakeFloor,
)
from hoptt.meeting.floor.events import TurnEnded, TurnStarted
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, HeldBecause, Overrun, Source, TurnEnd, TurnState
from hoptt.store.log import EventLog


@pytest.fixture
def rooms() -> FakeRooms:
    return FakeRooms(a_room(Rules(entry=EntryRule.OPEN, turn_s=60)))


@pytest.fixture
def log(log: EventLog) -> FailingLog:
    return FailingLog(log)


async def chair_and_speaker(house: House) -> tuple[Page, Page]:
    chair, an = await come(house, the_chair()), await come(house, a_guest("an"), mic=True)
    await chair.seat.act(GrantFloor(an.who))
    await an.seat.act(TakeFloor())
    return chair, an


async def test_R17_the_press_opens_the_microphone_by_itself(house: House, media: FakeMedia) -> None:
    _, an = await chair_and_speaker(house)
    await until(lambda: media.only.is_open(an.who), "the speaker is heard")
    await until(lambda: (on := an.switches_of(an.who)) is not None and on.microphone, "the page is told")


async def test_R17_the_right_is_told_before_the_microphone_that_it_opens(house: House) -> None:
    """A page turns off what it has no right to: told the other way round, it silenced every speaker at once."""
    chair, an = await come(house, the_chair()), await come(house, a_guest("an"))
    await chair.seat.act(GrantFloor(an.who))
    await asyncio.sleep(2 * INTERVAL_S)  # nothing is held back any more: what comes next goes out at once
    await an.seat.act(TakeFloor())
    await until(lambda: (on := an.switches_of(an.who)) is not None and on.microphone, "the page is told")
    told = [i for i, m in enumerate(an.heard) if isinstance(m, Happened) and any(map(_gives_speech, m.events))]
    opened = [i for i, m in enumerate(an.heard) if isinstance(m, SwitchesNow) and _microphone_on(m, an)]
    assert told[0] < opened[0]


def _microphone_on(switches: SwitchesNow, page: Page) -> bool:
    own = switches.switches.get(page.who)
    return own is not None and own.microphone


def _gives_speech(event: Event) -> bool:
    return isinstance(event, RightsChanged) and event.may_speak is True


async def test_R16_before_the_press_nothing_opens_whatever_the_page_does(house: House, media: FakeMedia) -> None:
    chair, an = await come(house, the_chair()), await come(house, a_guest("an"), mic=True)
    await an.seat.act(AskFloor())
    await chair.seat.act(GrantFloor(an.who))
    with pytest.raises(HopttError) as refusal:
        an.seat.switch(Source.MICROPHONE, on=True)
    assert refusal.value.code is ErrorCode.NOT_ALLOWED
    assert (an.who, Source.MICROPHONE) not in media.only.ever_open


async def test_R16_a_press_that_is_not_recorded_opens_nothing(house: House, media: FakeMedia, log: FailingLog) -> None:
    chair, an = await come(house, the_chair()), await come(house, a_guest("an"))
    await chair.seat.act(GrantFloor(an.who))
    log.broken = True
    with pytest.raises(HopttError) as refusal:
        await an.seat.act(TakeFloor())
    assert refusal.value.code is ErrorCode.NOT_STORED
    assert (an.who, Source.MICROPHONE) not in media.only.ever_open
    log.broken = False
    await an.seat.act(TakeFloor())
    await until(lambda: media.only.is_open(an.who), "the second press")


async def test_R16_muted_between_press_and_record_nothing_opens(
    house: House, media: FakeMedia, log: FailingLog
) -> None:
    chair, an = await come(house, the_chair()), await come(house, a_guest("an"))
    await chair.seat.act(GrantFloor(an.who))
    log.free.clear()
    pressed = asyncio.ensure_future(an.seat.act(TakeFloor()))
    await until(lambda: log.tries and pressed and house.meetings()[0].draft.floor.turns[0].begun, "the press")
    muted = asyncio.ensure_future(chair.seat.act(Mute((an.who,))))
    await until(lambda: not house.meetings()[0].draft.floor.turns, "the mute")
    log.free.set()
    await asyncio.gather(pressed, muted)
    assert (an.who, Source.MICROPHONE) not in media.only.ever_open


@pytest.mark.parametrize("how", ["end", "own end", "hold", "mute", "remove", "instead", "time"])
async def test_R17_what_ends_a_turn_closes_the_gate_while_the_disk_hangs(
    house: House, media: FakeMedia, log: FailingLog, clock: HandClock, how: str
) -> None:
    chair, an = await chair_and_speaker(house)
    binh = await come(house, a_guest("binh"))
    await until(lambda: media.only.is_open(an.who), "the speaker is heard")
    log.free.clear()
    before = asyncio.ensure_future(binh.seat.act(AskFloor()))
    await until(lambda: house.meetings()[0].draft.floor.queue, "a commit that hangs")
    acts = {
        "end": chair.seat.act(EndTurn(an.who)),
        "own end": an.seat.act(EndTurn()),
        "hold": chair.seat.act(HoldTurn(an.who)),
        "mute": chair.seat.act(Mute((an.who,))),
        "remove": chair.seat.act(Remove(an.who)),
        "instead": chair.seat.act(GrantFloor(binh.who, instead=True)),
    }
    if how == "time":
        clock.turn(seconds=60)
    pending = [asyncio.ensure_future(act) for name, act in acts.items() if name == how]
    for name, act in acts.items():
        if name != how:
            act.close()
    try:
        await until(lambda: not media.only.is_open(an.who), "a closed gate", 1)
        assert not any(task.done() for task in pending)
    finally:
        log.free.set()
    await asyncio.gather(before, *pending)


async def test_R17_a_turn_that_is_over_stays_over_when_the_disk_fails(
    house: House, media: FakeMedia, log: FailingLog, clock: HandClock
) -> None:
    chair, an = await chair_and_speaker(house)
    await until(lambda: media.only.is_open(an.who), "the speaker is heard")
    log.broken = True
    clock.turn(seconds=60)
    await until(lambda: not media.only.is_open(an.who), "a closed gate")
    tries = log.tries
    await until(lambda: log.tries >= tries, "a try")
    with pytest.raises(HopttError):
        an.seat.switch(Source.MICROPHONE, on=True)
    assert not media.only.is_open(an.who)
    log.broken = False
    clock.turn(seconds=2)
    await until(lambda: any(isinstance(e, TurnEnded) for e in chair.events), "the end of the turn")
    [ended] = [e for e in chair.events if isinstance(e, TurnEnded)]
    assert ended.cause is TurnEnd.OVER
    assert not media.only.is_open(an.who)


async def test_R17_time_over_closes_without_any_page(house: House, media: FakeMedia, clock: HandClock) -> None:
    chair, an = await chair_and_speaker(house)
    await until(lambda: media.only.is_open(an.who), "the speaker is heard")
    clock.turn(seconds=59)
    await asyncio.sleep(0.01)
    assert media.only.is_open(an.who)
    clock.turn(seconds=1)
    await until(lambda: not media.only.is_open(an.who), "a closed gate")
    await until(lambda: any(isinstance(e, TurnEnded) for e in chair.events), "the chair is told")


async def test_R17_resumed_the_microphone_waits_for_its_owner(house: House, media: FakeMedia) -> None:
    chair, an = await chair_and_speaker(house)
    await chair.seat.act(HoldTurn(an.who))
    await until(lambda: not media.only.is_open(an.who), "interrupted")
    await chair.seat.act(ResumeTurn(an.who))
    await asyncio.sleep(0.02)
    assert not media.only.is_open(an.who), "nobody else opens it"
    await an.seat.act(TakeFloor())
    await until(lambda: media.only.is_open(an.who), "the own press")


async def test_R24_a_line_that_is_soon_back_is_noticed_by_nobody(
    house: House, media: FakeMedia, clock: HandClock
) -> None:
    chair, an = await chair_and_speaker(house)
    await until(lambda: media.only.is_open(an.who), "the speaker is heard")
    clock.turn(seconds=10)
    an.seat.lost()
    await until(lambda: house.meetings()[0].state.floor.turns[0].held_because is HeldBecause.LINE, "the loss")
    clock.turn(seconds=2)
    again = await come_back(house, an)
    assert media.only.is_open(an.who)
    await until(lambda: house.meetings()[0].state.floor.turns[0].state is TurnState.SPEAKING, "it goes on")
    clock.turn(seconds=49)
    await asyncio.sleep(0.01)
    assert media.only.is_open(an.who), "50 s were left"
    clock.turn(seconds=1)
    await until(lambda: not media.only.is_open(an.who), "the end")
    assert again.word is None
    assert chair.word is None


async def test_R24_a_reloaded_page_has_the_turn_and_opens_by_its_own_press(house: House, media: FakeMedia) -> None:
    _, an = await chair_and_speaker(house)
    an.seat.lost()
    again = await come_back(house, an)
    await again.seat.offer("offer", fresh=True)
    await again.seat.act(TakeFloor())
    await until(lambda: media.only.is_open(an.who), "the own press")


async def test_the_stage_voice_follows_who_has_the_floor(house: House, media: FakeMedia) -> None:
    chair, an = await chair_and_speaker(house)
    binh = await come(house, a_guest("binh"))
    await until(lambda: media.only.stage_voice == an.who, "the speaker on slot 0")
    await chair.seat.act(EndTurn(an.who))
    await chair.seat.act(GrantFloor(binh.who))
    await asyncio.sleep(0.01)
    assert media.only.stage_voice == an.who, "between turns the last one"
    await binh.seat.act(TakeFloor())
    await until(lambda: media.only.stage_voice == binh.who, "the next speaker on slot 0")


async def test_a_start_of_a_turn_is_told_at_once(house: House) -> None:
    chair, an = await come(house, the_chair()), await come(house, a_guest("an"))
    await chair.seat.act(GrantFloor(an.who))
    await an.seat.act(TakeFloor())
    assert any(isinstance(e, TurnStarted) for e in chair.events)


async def test_P2_over_a_restart_the_speaker_is_heard_and_has_time_left(
    house: House, media: FakeMedia, clock: HandClock, rooms: FakeRooms, tmp_path: Path
) -> None:
    _, an = await chair_and_speaker(house)
    await until(lambda: media.only.is_open(an.who), "the speaker is heard")
    clock.turn(seconds=55)
    [first] = house.meetings()
    first.stop()
    await until(lambda: not house.meetings(), "the first control plane is gone")
    clock.turn(seconds=30)
    async with Second(tmp_path, media, rooms, clock) as second:
        [task] = second.meetings()
        await until(lambda: task.state.floor.turns[0].held_because is HeldBecause.LINE, "a clock that stands still")
        assert media.only.is_open(an.who), "media goes on"
        await come_back(second, an)
        await until(lambda: task.state.floor.turns[0].state is TurnState.SPEAKING, "it goes on")
        clock.turn(seconds=9)
        await asyncio.sleep(0.01)
        assert media.only.is_open(an.who)
        clock.turn(seconds=1)
        await until(lambda: not media.only.is_open(an.who), "the end")


async def test_a_declined_turn_frees_the_floor(house: House) -> None:
    chair, an = await come(house, the_chair()), await come(house, a_guest("an"))
    binh = await come(house, a_guest("binh"))
    await chair.seat.act(GrantFloor(an.who))
    with pytest.raises(HopttError) as refusal:
        await chair.seat.act(GrantFloor(binh.who))
    assert refusal.value.code is ErrorCode.FLOOR_TAKEN
    await an.seat.act(DeclineFloor())
    await chair.seat.act(GrantFloor(binh.who))


async def test_R17_closing_overrun_ends_at_once_what_ran_over(house: House, media: FakeMedia, clock: HandClock) -> None:
    chair, an = await chair_and_speaker(house)
    await chair.seat.act(SetFloor(60, 1, Overrun.WARN))
    clock.turn(seconds=100)
    await asyncio.sleep(0.01)
    assert media.only.is_open(an.who)
    await chair.seat.act(SetFloor(60, 1, Overrun.CLOSE))
    await until(lambda: not media.only.is_open(an.who), "a closed gate")

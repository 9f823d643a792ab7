"""What is not history: switches, levels, lines, slots; and faults of ours (S20's like in the control plane)."""

from __future__ import annotations

import asyncio
import gc
import weakref
from dataclasses import replace

import pytest
from tests.support.clock import NINE
from tests.support.fake_media import FakeMedia
from tests.support.meetings import a_guest, a_link, pid, the_chair
from tests.support.pages import Page, come, come_back, until

from hoptt.errors import ErrorCode, HopttError
from hoptt.live import meeting_task
from hoptt.live.deliveries import (
    Happened,
    LayersNow,
    LevelsNow,
    LimitsNow,
    LinesNow,
    ShowsNow,
    Sign,
    Switches,
    SwitchesNow,
)
from hoptt.live.fanout import INTERVAL_S, Fanout
from hoptt.live.house import House
from hoptt.live.seat import Joined
from hoptt.meeting import locking
from hoptt.meeting.audience import Audience, Reader
from hoptt.meeting.commands import Lock, Mute
from hoptt.meeting.events import DoorsOpened, ParticipantJoined, RoomLocked
from hoptt.meeting.words import Role, Source
from hoptt.sfu.contract import Heard, LayersTold, LimitsTold, LineSeen, SlotShows, Tile
from hoptt.sfu.frames import Kind, LimitReason


async def test_switches_are_told_to_everybody_and_stand_in_the_picture(house: House) -> None:
    chair = await come(house, the_chair())
    guest = await come(house, a_guest("an"), mic=True, cam=True)
    await until(lambda: chair.switches_of(guest.who) == Switches(microphone=True, camera=True), "the chair sees them")
    guest.seat.switch(Source.SCREEN_AUDIO, on=True)
    late = await come(house, a_guest("late"))
    assert isinstance(late.answer, Joined)
    assert late.answer.picture.switches[guest.who] == Switches(microphone=True, camera=True, screen=True)


@pytest.mark.parametrize("told", [False, True])
async def test_what_was_on_when_somebody_left_is_told_as_off_before_they_are_back(house: House, told: bool) -> None:
    """A page that lags merges what it is told of switches: the last word on them counts, whenever it was said."""
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"), mic=True)
    if told:
        await until(lambda: chair.switches_of(guest.who), "what was on")
    await guest.seat.leave()
    again = await come_back(house, guest)
    assert again.who == guest.who
    await asyncio.sleep(2 * INTERVAL_S)
    assert chair.switches_of(again.who) == Switches()


async def test_one_share_opens_both_of_its_gates(house: House, media: FakeMedia) -> None:
    guest = await come(house, a_guest("an"))
    guest.seat.switch(Source.SCREEN, on=True)
    await until(
        lambda: media.only.is_open(guest.who, Source.SCREEN) and media.only.is_open(guest.who, Source.SCREEN_AUDIO),
        "picture and sound of the share",
    )
    assert not media.only.is_open(guest.who, Source.CAMERA)


async def test_the_chairs_mute_turns_the_readers_own_switch_off_at_once(house: House) -> None:
    chair = await come(house, the_chair())
    guest = await come(house, a_guest("an"), mic=True)
    await chair.seat.act(Mute((guest.who,)))
    assert guest.switches_of(guest.who) == Switches()


async def test_a_hundred_switches_a_second_are_told_ten_times_and_the_last_one_counts(house: House) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    before = len(chair.of(SwitchesNow))
    for n in range(50):
        guest.seat.switch(Source.CAMERA, on=n % 2 == 0)
        guest.seat.switch(Source.CAMERA, on=True)
    await asyncio.sleep(0.25)
    assert chair.switches_of(guest.who) == Switches(camera=True)
    assert len(chair.of(SwitchesNow)) - before <= 60  # what closes is told at once, what opens waits


async def test_levels_go_to_those_who_are_in(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    media.only.hear(Heard({guest.who: 90}, guest.who))
    assert chair.heard[-1] == LevelsNow({guest.who: 90}, guest.who)


async def test_pages_are_told_of_voices_that_begin_and_end_and_not_of_each_level(
    house: House, media: FakeMedia
) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    for level in (90, 96, 71, 69, 30, 90):
        media.only.hear(Heard({guest.who: level}, guest.who))
    assert [told.levels[guest.who] for told in chair.of(LevelsNow)] == [90, 69, 90]


async def test_a_line_changes_its_sign_at_once_for_the_worse_and_slowly_for_the_better(
    house: House, media: FakeMedia
) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))

    def seen(rtt: float | None = 20.0, up: float = 0.0) -> None:
        media.only.hear(LineSeen(guest.who, rtt, up, 0.0, 500))

    seen()
    seen(up=0.03)
    assert [m.lines[guest.who] for m in chair.of(LinesNow)] == [Sign.WATCH]
    seen(up=0.2)
    seen(rtt=None)
    seen()
    await until(lambda: chair.of(LinesNow)[-1].lines[guest.who] is Sign.BAD, "that it is bad")
    for _ in range(5):
        seen()
    await until(lambda: chair.of(LinesNow)[-1].lines[guest.who] is Sign.GOOD, "that it is good again")
    assert [m.lines[guest.who] for m in chair.of(LinesNow)] == [Sign.WATCH, Sign.BAD, Sign.GOOD]


async def test_signs_that_change_together_are_told_together(house: House, media: FakeMedia) -> None:
    """A core or a line of the server that is short changes them all: told one by one they cost it a square of work."""
    pages = await asyncio.gather(*(come(house, a_guest(f"g{n}")) for n in range(60)))
    for page in pages:
        media.only.hear(LineSeen(page.who, 20.0, 0.2, 0.0, 500))
    reader = pages[0]
    await until(lambda: sum(len(m.lines) for m in reader.of(LinesNow)) == 60, "the sign of each")
    assert len(reader.of(LinesNow)) == 2, "the first at once, the others in one message"
    assert all(page.heard[-1] is reader.heard[-1] for page in pages), "which is encoded once"


async def test_a_message_names_a_hundred_lines_at_most_and_those_that_waited_longest(
    house: House, media: FakeMedia
) -> None:
    chair = await come(house, the_chair())
    for n in range(250):
        media.only.hear(LineSeen(pid(f"g{n}"), 20.0, 0.2, 0.0, 500))
    await until(lambda: sum(len(m.lines) for m in chair.of(LinesNow)) == 250, "the sign of each")
    told = [list(m.lines) for m in chair.of(LinesNow)]
    assert [len(some) for some in told] == [1, 100, 100, 49]
    assert [who for some in told for who in some] == [pid(f"g{n}") for n in range(250)]


async def test_the_line_of_somebody_who_left_is_told_of_no_more(house: House, media: FakeMedia) -> None:
    chair, an, binh = [await come(house, one) for one in (the_chair(), a_guest("an"), a_guest("binh"))]
    for page in (an, binh):
        media.only.hear(LineSeen(page.who, 20.0, 0.2, 0.0, 500))
    await binh.seat.leave()
    await asyncio.sleep(2 * INTERVAL_S)
    assert [list(m.lines) for m in chair.of(LinesNow)] == [[an.who]]


@pytest.mark.parametrize(
    ("on", "seconds", "told"),
    [
        pytest.param("mic", [9, 9, 9, 0, 0], [Sign.BAD], id="who speaks and is heard no more for two seconds"),
        pytest.param("cam", [9, 9, 9, 0, 0], [Sign.BAD], id="who is seen no more"),
        pytest.param("mic", [9, 9, 9, 0, 9, 0, 9], [], id="a second's pause says nothing"),
        pytest.param("", [9, 9, 9, 0, 0, 0], [], id="who sends nothing is silent for seconds"),
        pytest.param("mic", [0, 0, 9, 0, 0], [], id="who has hardly begun"),
        pytest.param("mic", [9, 9, 9, 0, 0, 0, 9, 9, 9, 9, 9], [Sign.BAD, Sign.GOOD], id="back"),
    ],
)
async def test_F25_a_line_that_falls_silent_is_told_as_bad_within_three_seconds(
    house: House, media: FakeMedia, on: str, seconds: list[int], told: list[Sign]
) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"), mic=on == "mic", cam=on == "cam")
    for came in seconds:
        media.only.hear(LineSeen(guest.who, 20.0, 0.0, 0.0, came))
        await asyncio.sleep(INTERVAL_S / 8)
    await asyncio.sleep(INTERVAL_S)
    assert [m.lines[guest.who] for m in chair.of(LinesNow)] == told


async def test_a_slot_is_told_to_its_viewer_alone(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    shows = SlotShows(guest.who, Kind.VIDEO, 0, chair.who, Source.CAMERA, 900)
    media.only.hear(shows)
    assert guest.of(ShowsNow) == [ShowsNow(shows)]
    assert not chair.of(ShowsNow)


async def test_which_encodings_anybody_gets_is_told_to_their_sender_alone(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    told = LayersTold(guest.who, Source.CAMERA, ("q", "h"))
    media.only.hear(told)
    assert guest.of(LayersNow) == [LayersNow(told)]
    assert not chair.of(LayersNow)


async def test_why_a_picture_is_no_better_is_told_to_its_viewer_alone(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    told = LimitsTold(guest.who, {(chair.who, Source.CAMERA): LimitReason.LINE})
    media.only.hear(told)
    assert guest.of(LimitsNow) == [LimitsNow(told)]
    assert not chair.of(LimitsNow)


async def test_a_view_names_people_who_are_there(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    here = Tile(0, guest.who, Source.CAMERA, 640, 360)
    share = Tile(2, guest.who, Source.SCREEN, 1280, 720)
    await chair.seat.view([here, Tile(1, pid("gone"), Source.CAMERA, 640, 360), share])
    assert media.only.views[chair.who] == [replace(here, priority=2), replace(share, priority=3)]


async def test_the_camera_that_is_named_first_comes_first_whatever_slot_it_has(house: House, media: FakeMedia) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    large = Tile(7, guest.who, Source.CAMERA, 1280, 720)
    small = Tile(0, chair.who, Source.CAMERA, 320, 180)
    await chair.seat.view([large, small])
    assert media.only.views[chair.who] == [replace(large, priority=2), small]


async def test_an_observer_switches_nothing_on(house: House) -> None:
    watcher = await come(house, a_link("w", Role.OBSERVER), mic=True, cam=True)
    assert isinstance(watcher.answer, Joined)
    assert watcher.answer.picture.switches[watcher.who] == Switches()
    with pytest.raises(HopttError) as refusal:
        watcher.seat.switch(Source.CAMERA, on=True)
    assert refusal.value.code is ErrorCode.NOT_ALLOWED


# ---- history on its way out ------------------------------------------------------------------------


async def test_history_is_told_in_few_frames_and_the_chairs_acts_at_once(house: House) -> None:
    chair = await come(house, the_chair())
    await asyncio.gather(*(come(house, a_guest(f"g{n}")) for n in range(40)))
    await asyncio.sleep(0.15)
    joined = [e for e in chair.events if isinstance(e, ParticipantJoined)]
    assert len(joined) == 40
    assert len(chair.of(Happened)) <= 5
    await chair.seat.act(Lock(locked=True))
    assert isinstance(chair.events[-1], RoomLocked)


async def test_one_message_is_made_for_all_of_an_audience(house: House) -> None:
    chair = await come(house, the_chair())
    an, binh = await come(house, a_guest("an")), await come(house, a_guest("binh"))
    await asyncio.sleep(2 * INTERVAL_S)  # nothing is held back any more
    await chair.seat.act(Lock(locked=True))
    assert an.heard[-1] is binh.heard[-1]


async def test_numbers_of_what_is_told_never_go_back(house: House) -> None:
    chair = await come(house, the_chair())
    for n in range(10):
        await come(house, a_guest(f"g{n}"))
        await chair.seat.act(Lock(locked=False))
    await asyncio.sleep(0.15)
    numbers = [m.seq for m in chair.of(Happened)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == house.meetings()[0].seq


async def test_missed_is_told_whole_or_not_at_all() -> None:
    fanout = Fanout()
    reader = Reader(pid("an"), Audience.SEATED)
    fanout.remember(1, [DoorsOpened(NINE)] * 3)
    fanout.remember(4, [RoomLocked(NINE, True, None)] * 1_000)
    assert fanout.missed(3, reader) == (RoomLocked(NINE, True, None),) * 1_000
    assert fanout.missed(2, reader) is None
    assert fanout.missed(1_003, reader) == ()
    assert fanout.missed(1_004, reader) is None
    assert fanout.missed(0, reader) is None
    fanout.stop()


async def test_L6_what_a_meeting_told_is_let_go_of_without_a_search_for_cycles() -> None:
    fanout = Fanout()
    fanout.happened(1, [DoorsOpened(NINE)], urgent=False)
    fanout.stop()
    gone = weakref.ref(fanout)
    gc.disable()
    try:
        del fanout
        assert gone() is None
    finally:
        gc.enable()


# ---- faults ----------------------------------------------------------------------------------------


async def test_a_bug_in_one_command_answers_internal_error_and_the_meeting_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    chair = await come(house, the_chair())
    with monkeypatch.context() as broken:
        broken.setattr(locking, "lock", lambda *_: 1 / 0)
        with pytest.raises(HopttError) as refusal:
            await chair.seat.act(Lock(locked=True))
        assert refusal.value.code is ErrorCode.INTERNAL
    await chair.seat.act(Lock(locked=True))
    assert house.meetings()[0].state.locked


async def test_a_fault_in_one_connection_keeps_nobody_else_uninformed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = await come(house, a_guest("an"))
    chair, minh = await come(house, the_chair()), await come(house, a_guest("minh"))
    monkeypatch.setattr(broken, "deliver", lambda _: 1 / 0)
    await chair.seat.act(Lock(locked=True))
    assert isinstance(minh.events[-1], RoomLocked)


async def test_an_inbox_that_is_full_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    chair = await come(house, the_chair())
    monkeypatch.setattr(meeting_task, "MAX_INBOX", 5)
    acts = [asyncio.ensure_future(chair.seat.act(Lock(locked=n % 2 == 0))) for n in range(8)]
    answers = await asyncio.gather(*acts, return_exceptions=True)
    assert [a.code for a in answers if isinstance(a, HopttError)] == [ErrorCode.MESSAGE_RATE] * 3


async def test_who_leaves_while_the_inbox_is_full_has_left(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    chair, guest = await come(house, the_chair()), await come(house, a_guest("an"))
    monkeypatch.setattr(meeting_task, "MAX_INBOX", 5)
    acts = [asyncio.ensure_future(chair.seat.act(Lock(locked=n % 2 == 0))) for n in range(8)]
    leaving = asyncio.ensure_future(guest.seat.leave())
    await asyncio.gather(*acts, return_exceptions=True)
    await leaving
    [task] = house.meetings()
    assert set(task.state.participants) == {chair.who}


async def test_a_page_that_goes_away_while_it_is_let_in_leaves_a_lost_seat(house: House) -> None:
    await come(house, the_chair())
    joining = asyncio.ensure_future(come(house, a_guest("an")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    joining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await joining
    [task] = house.meetings()
    await asyncio.sleep(0.1)
    assert all(p.role is Role.CHAIR or not p.connected for p in task.state.participants.values())


async def test_a_listener_that_was_turned_away_is_told_nothing_more(house: House) -> None:
    first = await come(house, a_link("minh"))
    second = await come(house, a_link("minh", take_over=True))
    told = len(first.heard)
    await come(house, a_guest("an"))
    await asyncio.sleep(0.12)
    assert len(first.heard) == told
    assert isinstance(second, Page)
    assert second.events

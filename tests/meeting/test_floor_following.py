"""What the floor makes of lines lost, seats given up, mutes and restarts (R17, R24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from tests.support.floor import a_conference, asks, has_turn, queue, refused, speaks, turn_of
from tests.support.meetings import OPEN_FLOOR, Told, a_guest, a_link, a_meeting, pid, the_chair

from hoptt.errors import ErrorCode
from hoptt.meeting import commands as c
from hoptt.meeting.events import RightsChanged
from hoptt.meeting.floor.commands import EndTurn, GrantFloor, HoldTurn, ResumeTurn, TakeFloor
from hoptt.meeting.floor.events import SpokenKept, TurnChanged, TurnEnded
from hoptt.meeting.floor.evolve import after
from hoptt.meeting.floor.numbers import MAX_SPOKEN
from hoptt.meeting.words import HeldBecause, Overrun, Source, TurnChange, TurnEnd, TurnState

AN, BINH = pid("an"), pid("binh")


def an_speaks(**rules: object) -> Told:
    told = a_conference(**rules)
    asks(told, "an")
    speaks(told, "an")
    return told


# ---- lines -----------------------------------------------------------------------------------------


def test_R24_who_loses_the_line_in_mid_speech_keeps_the_time_left() -> None:
    told = an_speaks()
    told.act(c.Lose(), "an", later=100)
    turn = turn_of(told, "an")
    assert (turn.state, turn.held_because, turn.left_ms) == (TurnState.HELD, HeldBecause.LINE, 200_000)
    told.act(c.LetTimePass(), later=50)
    told.act(c.Return(0), "an")
    assert turn_of(told, "an").ends_at == told.now + timedelta(seconds=200)
    ended, _ = told.act(EndTurn(), "an", later=20)
    assert ended.spoken_ms == 120_000  # type: ignore[union-attr]


def test_R24_a_line_that_is_soon_back_changes_no_right() -> None:
    told = an_speaks()
    events = [*told.act(c.Lose(), "an"), *told.act(c.Return(0), "an", later=2)]
    assert not any(isinstance(event, RightsChanged) for event in events)
    assert "an" in told.speakers


def test_R17_nobody_speaks_for_ever_by_losing_the_line_again_and_again() -> None:
    """Media may go on while only the line of the page is cut: the clock stands still for a minute in all."""
    told = an_speaks(turn_s=100)
    for _ in range(3):
        told.act(c.Lose(), "an", later=1)
        told.act(c.Return(0), "an", later=50)
    assert turn_of(told, "an").ends_at == told.now + timedelta(seconds=100 - 3 - (150 - 60))
    told.act(c.Lose(), "an", later=1)
    told.act(c.Return(0), "an", later=50)
    told.act(c.LetTimePass())
    assert not has_turn(told, "an")
    assert "an" not in told.speakers


def test_R24_the_seat_that_is_taken_over_keeps_the_turn() -> None:
    told = a_meeting(the_chair(), a_link("an"))
    speaks(told, "an")
    told.act(c.Lose(), "an")
    told.act(a_link("an", participant=pid("again"), take_over=True))
    assert turn_of(told, "an").state is TurnState.SPEAKING


def test_R24_who_does_not_come_back_loses_the_turn_with_the_seat() -> None:
    told = an_speaks()
    told.act(c.Lose(), "an")
    events = told.act(c.LetTimePass(), later=60)
    assert [e.cause for e in events if isinstance(e, TurnEnded)] == [TurnEnd.LOST]
    assert not has_turn(told, "an")


def test_R24_a_turn_over_while_the_line_is_away_is_not_over() -> None:
    told = an_speaks(turn_s=30)
    told.act(c.Lose(), "an", later=20)
    told.act(c.LetTimePass(), later=40)
    assert turn_of(told, "an").left_ms == 10_000


def test_R24_who_was_interrupted_and_lost_goes_on_only_when_let() -> None:
    told = an_speaks()
    told.act(HoldTurn(AN), "chair")
    told.act(c.Lose(), "an")
    told.act(c.Return(0), "an")
    assert turn_of(told, "an").held_because is HeldBecause.CHAIR
    assert "an" not in told.speakers


def test_R24_resumed_while_the_line_is_away_it_goes_on_when_it_is_back() -> None:
    told = an_speaks()
    told.act(HoldTurn(AN), "chair", later=100)
    told.act(c.Lose(), "an")
    told.act(ResumeTurn(AN), "chair")
    assert turn_of(told, "an").held_because is HeldBecause.LINE
    assert refused(told, ResumeTurn(AN)) is ErrorCode.FLOOR_AWAY
    told.act(c.Return(0), "an", later=10)
    assert turn_of(told, "an").ends_at == told.now + timedelta(seconds=200)


def test_R24_the_chair_interrupts_somebody_whose_line_is_away() -> None:
    told = an_speaks()
    told.act(c.Lose(), "an", later=100)
    told.act(HoldTurn(AN), "chair")
    told.act(c.Return(0), "an")
    assert turn_of(told, "an").held_because is HeldBecause.CHAIR
    assert turn_of(told, "an").left_ms == 200_000


# ---- seats given up --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "by", "cause"),
    [
        (c.Leave(), "an", TurnEnd.LEFT),
        (c.Remove(AN), "chair", TurnEnd.REMOVED),
        (c.Remove(AN, ban=True), "co", TurnEnd.REMOVED),
    ],
)
def test_R17_who_gives_the_seat_up_gives_the_turn_up(command: c.Command, by: str, cause: TurnEnd) -> None:
    told = an_speaks()
    events = told.act(command, by, later=30)
    [ended] = [event for event in events if isinstance(event, TurnEnded)]
    assert (ended.cause, ended.spoken_ms) == (cause, 30_000)
    assert not has_turn(told, "an")


def test_R16_the_right_of_a_turn_does_not_come_back_with_the_seat() -> None:
    told = an_speaks()
    told.act(c.Leave(), "an")
    told.act(c.Return(0), "an")
    assert "an" in told.inside
    assert "an" not in told.speakers


def test_R17_the_speaking_time_stays_with_who_comes_back() -> None:
    told = an_speaks()
    told.act(c.Leave(), "an", later=30)
    told.act(c.Return(0), "an")
    assert told.meeting.floor.spoken == {AN: 30_000}


def test_R17_the_speaking_time_stays_with_who_comes_in_anew_under_another_id() -> None:
    told = an_speaks()
    told.act(c.Leave(), "an", later=30)
    events = told.act(a_guest("anew", browser="browser-an"))
    assert SpokenKept(told.now, pid("anew"), AN, 30_000) in events
    assert told.meeting.floor.spoken == {pid("anew"): 30_000}


def test_R17_the_speaking_time_is_nobody_elses() -> None:
    told = an_speaks()
    told.act(c.Leave(), "an", later=30)
    told.act(a_guest("somebody"))
    assert told.meeting.floor.spoken == {AN: 30_000}


def test_R17_speaking_times_have_a_bound() -> None:
    told = a_conference()
    full = MappingProxyType({pid(f"g{number}"): 1_000 for number in range(MAX_SPOKEN)})
    floor = replace(told.meeting.floor, spoken=full)
    spoken = after(floor, TurnEnded(told.now, AN, TurnEnd.FINISHED, AN, 1_000)).spoken
    assert len(spoken) == MAX_SPOKEN
    assert AN in spoken
    assert pid("g0") not in spoken


def test_R21_when_the_meeting_ends_nobody_has_the_floor_and_the_time_counts() -> None:
    told = an_speaks()
    asks(told, "binh")
    told.act(c.EndMeeting(), "chair", later=59)
    assert told.meeting.floor.turns == ()
    assert queue(told) == []
    assert told.meeting.floor.spoken == {AN: 60_000}


# ---- mutes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [c.Mute((AN,)), c.TakeBack((AN,)), c.TakeBack()])
@pytest.mark.parametrize("how", ["granted", "speaking", "interrupted"])
def test_R18_taking_the_right_of_a_holder_ends_the_turn(command: c.Command, how: str) -> None:
    told = a_conference()
    told.act(GrantFloor(AN), "chair")
    if how != "granted":
        told.act(TakeFloor(), "an")
    if how == "interrupted":
        told.act(HoldTurn(AN), "chair")
    events = told.act(command, "co")
    assert [e.cause for e in events if isinstance(e, TurnEnded)] == [TurnEnd.ENDED]
    assert not has_turn(told, "an")
    assert "an" not in told.speakers


def test_R18_muting_all_spares_chair_and_holder() -> None:
    told = an_speaks()
    told.act(c.Allow((BINH,)), "chair")
    told.act(c.Mute(), "co")
    assert told.speakers == {"chair", "an"}
    assert has_turn(told, "an")


def test_R18_on_an_open_floor_a_mute_of_all_binds_the_holder_from_the_end_of_the_turn_on() -> None:
    told = a_meeting(the_chair(), a_guest("an"), a_guest("binh"), rules=OPEN_FLOOR)
    speaks(told, "an")
    events = told.act(c.Mute(), "chair")
    assert [e.change for e in events if isinstance(e, TurnChanged)] == [TurnChange.SPARED]
    assert told.speakers == {"chair", "an"}
    told.act(EndTurn(), "an")
    assert told.speakers == {"chair"}


def test_R18_lifted_again_it_binds_the_holder_no_more() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=OPEN_FLOOR)
    speaks(told, "an")
    told.act(c.Mute(), "chair")
    told.act(c.LiftMute(), "chair")
    told.act(EndTurn(), "an")
    assert told.speakers == {"chair", "an"}


def test_R18_a_mute_that_may_be_reopened_ends_no_turn() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=OPEN_FLOOR)
    speaks(told, "an")
    told.act(c.Mute((AN,), may_reopen=True), "chair")
    assert has_turn(told, "an")


def test_R18_a_mute_during_a_turn_is_not_undone_by_its_end() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=OPEN_FLOOR)
    speaks(told, "an")
    told.act(c.Mute((AN,)), "chair")
    assert told.speakers == {"chair"}
    told.act(c.LetTimePass(), later=1_000)
    assert told.speakers == {"chair"}


# ---- a restart of the control plane ----------------------------------------------------------------


@pytest.mark.parametrize(("away_s", "left_ms"), [(100, 200_000), (298, 10_000), (1_000, 10_000)])
def test_P2_after_a_restart_a_turn_has_time_left_and_nothing_opens(away_s: int, left_ms: int) -> None:
    told = an_speaks()
    told.act(c.Restore(), later=away_s)
    assert turn_of(told, "an").left_ms == left_ms
    assert told.speakers == {"chair", "an"}
    told.act(c.Return(0), "an")
    assert turn_of(told, "an").ends_at == told.now + timedelta(milliseconds=left_ms)


def test_P2_a_granted_turn_is_not_taken_by_a_restart() -> None:
    told = a_conference()
    told.act(GrantFloor(AN), "chair")
    told.act(c.Restore())
    told.act(c.Return(0), "an")
    assert turn_of(told, "an").state is TurnState.GRANTED
    assert told.speakers == {"chair"}


def test_P2_a_turn_that_was_ended_and_not_recorded_stays_ended() -> None:
    told = an_speaks()
    told.act(c.Restore(((AN, Source.MICROPHONE),)))
    assert not has_turn(told, "an")
    assert told.speakers == {"chair"}


def test_F23_a_clock_that_jumps_ahead_ends_each_turn_once() -> None:
    told = an_speaks()
    events = told.act(c.LetTimePass(), later=10_000_000)
    assert [type(e) for e in events] == [TurnEnded, RightsChanged]
    assert told.act(c.LetTimePass()) == ()


def test_F23_a_clock_that_went_back_takes_nobody_s_time() -> None:
    told = an_speaks(overrun=Overrun.WARN)
    told.now -= timedelta(seconds=50)
    ended, _ = told.act(EndTurn(), "an")
    assert ended.spoken_ms == 0  # type: ignore[union-attr]

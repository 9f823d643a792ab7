"""Turns (R17): granted, taken, ended, interrupted, made longer; and the right that comes and goes with them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.floor import a_conference, asks, has_turn, queue, refused, speaks, turn_of
from tests.support.meetings import OPEN_FLOOR, Told, a_guest, a_meeting, pid, the_chair

from hoptt.errors import ErrorCode
from hoptt.meeting import commands as c
from hoptt.meeting.events import RightsChanged
from hoptt.meeting.floor.commands import (
    AskMoreTime,
    DeclineFloor,
    EndTurn,
    ExtendTurn,
    GrantFloor,
    HoldTurn,
    ResumeTurn,
    SetFloor,
    TakeFloor,
)
from hoptt.meeting.floor.events import FloorSet, TurnChanged, TurnEnded, TurnGranted, TurnStarted
from hoptt.meeting.role_commands import SetBranch, SetRole
from hoptt.meeting.words import HeldBecause, Overrun, Role, TurnChange, TurnEnd, TurnState

AN, BINH, CHUNG = pid("an"), pid("binh"), pid("chung")


def an_speaks(**rules: object) -> Told:
    told = a_conference(**rules)
    asks(told, "an")
    speaks(told, "an")
    return told


# ---- granted and taken -----------------------------------------------------------------------------


def test_R16_a_granted_turn_opens_nothing_before_the_press() -> None:
    told = a_conference()
    asks(told, "an", "binh")
    [event] = told.act(GrantFloor(AN), "chair")
    assert isinstance(event, TurnGranted)
    assert told.speakers == {"chair"}
    assert queue(told) == ["binh"]
    turn = turn_of(told, "an")
    assert (turn.state, turn.invited, turn.left_ms) == (TurnState.GRANTED, False, 300_000)
    assert turn.lapses_at == told.now + timedelta(seconds=60)


def test_R17_the_press_begins_the_turn_and_gives_the_right() -> None:
    told = a_conference()
    told.act(GrantFloor(AN), "chair")
    started, right = told.act(TakeFloor(), "an", later=10)
    assert isinstance(started, TurnStarted)
    assert right == RightsChanged(told.now, (AN,), None, may_speak=True)
    assert turn_of(told, "an").ends_at == told.now + timedelta(seconds=300)
    assert told.meeting.floor.holder == AN


def test_R17_somebody_who_did_not_ask_is_invited() -> None:
    told = a_conference()
    told.act(GrantFloor(AN), "chair")
    assert turn_of(told, "an").invited


def test_R17_without_a_limit_a_turn_has_no_end() -> None:
    told = an_speaks(turn_s=None)
    assert turn_of(told, "an").ends_at is None
    told.act(c.LetTimePass(), later=100_000)
    assert "an" in told.speakers


def test_R17_nobody_takes_what_was_not_granted() -> None:
    told = a_conference()
    asks(told, "an")
    assert refused(told, TakeFloor(), "an") is ErrorCode.FLOOR_NO_TURN
    assert refused(told, DeclineFloor(), "an") is ErrorCode.FLOOR_NO_TURN


def test_R17_an_observer_is_not_given_the_floor() -> None:
    assert refused(a_conference(), GrantFloor(pid("watcher"))) is ErrorCode.NOT_POSSIBLE
    assert refused(a_conference(), GrantFloor(pid("nobody"))) is ErrorCode.PARTICIPANT_UNKNOWN


def test_R17_who_is_away_is_not_given_the_floor_and_keeps_the_place() -> None:
    told = a_conference()
    asks(told, "an", "binh")
    told.act(c.Lose(), "an")
    assert refused(told, GrantFloor(AN)) is ErrorCode.FLOOR_AWAY
    assert queue(told) == ["an", "binh"]


def test_R17_one_at_a_time_unless_said_otherwise() -> None:
    told = an_speaks()
    assert refused(told, GrantFloor(BINH)) is ErrorCode.FLOOR_TAKEN
    assert told.speakers == {"chair", "an"}


def test_R17_several_at_once_where_the_meeting_has_it_so() -> None:
    told = an_speaks(at_once=2)
    speaks(told, "binh")
    assert told.speakers == {"chair", "an", "binh"}
    assert refused(told, GrantFloor(CHUNG)) is ErrorCode.FLOOR_TAKEN
    assert told.meeting.floor.holder == AN


def test_R17_instead_ends_the_turn_that_has_lasted_longest() -> None:
    told = a_conference(at_once=2)
    speaks(told, "binh")
    told.now += timedelta(seconds=5)
    speaks(told, "an")
    events = told.act(GrantFloor(CHUNG, instead=True), "co", later=5)
    assert [type(e) for e in events] == [TurnEnded, RightsChanged, TurnGranted]
    assert (events[0].participant, events[0].cause, events[0].spoken_ms) == (BINH, TurnEnd.REPLACED, 10_000)  # type: ignore[union-attr]
    assert told.speakers == {"chair", "an"}


def test_R18_a_co_chair_of_one_branch_ends_no_turn_outside_it_by_giving_the_floor_instead() -> None:
    told = an_speaks()
    told.act(SetBranch(BINH, "Huyện Hai"), "chair")
    told.act(SetRole(pid("co"), Role.CO_CHAIR, "Huyện Hai"), "chair")
    assert refused(told, GrantFloor(BINH, instead=True), "co") is ErrorCode.BRANCH_OUTSIDE
    assert has_turn(told, "an")
    told.act(EndTurn(), "an")
    told.act(GrantFloor(BINH, instead=True), "co")


def test_R24_a_turn_begins_only_with_a_line() -> None:
    told = a_conference()
    told.act(GrantFloor(AN), "chair")
    told.act(c.Lose(), "an")
    assert refused(told, TakeFloor(), "an") is ErrorCode.FLOOR_AWAY


def test_R17_a_second_grant_to_the_same_changes_nothing() -> None:
    told = a_conference()
    told.act(GrantFloor(AN), "chair")
    assert told.act(GrantFloor(AN), "co") == ()
    assert told.act(GrantFloor(AN, instead=True), "co") == ()


def test_R17_a_grant_not_taken_lapses_after_a_minute_and_the_place_is_the_first() -> None:
    told = a_conference()
    asks(told, "an", "binh")
    told.act(GrantFloor(AN), "chair")
    told.act(c.LetTimePass(), later=59)
    assert has_turn(told, "an")
    [event] = told.act(c.LetTimePass(), later=1)
    assert event == TurnEnded(told.now, AN, TurnEnd.LAPSED, None, 0, back_in_queue=True)
    assert queue(told) == ["an", "binh"]
    assert told.speakers == {"chair"}


def test_R17_an_invitation_that_lapses_puts_nobody_into_the_queue() -> None:
    told = a_conference()
    told.act(GrantFloor(AN), "chair")
    [event] = told.act(c.LetTimePass(), later=60)
    assert isinstance(event, TurnEnded)
    assert not event.back_in_queue
    assert queue(told) == []


def test_R17_of_several_that_lapse_at_once_the_first_granted_is_first_again() -> None:
    told = a_conference(at_once=2)
    asks(told, "an", "binh", "chung")
    told.act(GrantFloor(AN), "chair")
    told.act(GrantFloor(BINH), "chair")
    told.act(c.LetTimePass(), later=60)
    assert queue(told) == ["an", "binh", "chung"]


def test_R17_a_declined_turn_is_over_and_the_request_gone() -> None:
    told = a_conference()
    asks(told, "an", "binh")
    told.act(GrantFloor(AN), "chair")
    told.act(DeclineFloor(), "an")
    assert queue(told) == ["binh"]
    assert not has_turn(told, "an")


def test_R17_a_turn_that_has_begun_is_not_declined() -> None:
    assert refused(an_speaks(), DeclineFloor(), "an") is ErrorCode.FLOOR_ALREADY


def test_R17_a_second_press_in_the_own_turn_changes_nothing() -> None:
    assert an_speaks().act(TakeFloor(), "an") == ()


# ---- ended -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "by", "cause"),
    [
        (EndTurn(), "an", TurnEnd.FINISHED),
        (EndTurn(AN), "an", TurnEnd.FINISHED),
        (EndTurn(AN), "chair", TurnEnd.ENDED),
        (EndTurn(AN), "co", TurnEnd.ENDED),
    ],
)
def test_R17_the_end_of_a_turn_takes_the_right(command: EndTurn, by: str, cause: TurnEnd) -> None:
    told = an_speaks()
    ended, right = told.act(command, by, later=90)
    assert ended == TurnEnded(told.now, AN, cause, pid(by), 90_000)
    assert right == RightsChanged(told.now, (AN,), pid(by), may_speak=False)
    assert told.speakers == {"chair"}
    assert told.meeting.floor.spoken == {AN: 90_000}
    assert told.meeting.floor.holder == AN, "between turns the last one"


def test_R17_nobody_else_ends_a_turn() -> None:
    assert refused(an_speaks(), EndTurn(AN), "binh") is ErrorCode.NOT_ALLOWED


def test_R17_a_turn_that_is_over_cannot_be_ended_again() -> None:
    told = an_speaks()
    told.act(EndTurn(), "an")
    assert refused(told, EndTurn(AN)) is ErrorCode.FLOOR_NO_TURN


def test_R17_a_grant_taken_back_puts_the_request_first_again() -> None:
    told = a_conference()
    asks(told, "an", "binh")
    told.act(GrantFloor(AN), "chair")
    told.act(EndTurn(AN), "chair")
    assert queue(told) == ["an", "binh"]


def test_R17_time_over_closes() -> None:
    told = an_speaks()
    told.act(c.LetTimePass(), later=299)
    assert "an" in told.speakers
    ended, right = told.act(c.LetTimePass(), later=1)
    assert ended == TurnEnded(told.now, AN, TurnEnd.OVER, None, 300_000)
    assert right == RightsChanged(told.now, (AN,), None, may_speak=False)
    assert told.speakers == {"chair"}


def test_R17_where_time_only_warns_it_runs_over_until_somebody_ends_it() -> None:
    told = an_speaks(overrun=Overrun.WARN)
    assert told.act(c.LetTimePass(), later=400) == ()
    assert "an" in told.speakers
    ended, _ = told.act(EndTurn(AN), "chair")
    assert ended.spoken_ms == 400_000  # type: ignore[union-attr]


def test_R17_who_may_speak_anyway_still_may_after_the_turn() -> None:
    told = a_conference()
    told.act(c.Allow((AN,)), "chair")
    told.act(GrantFloor(AN), "chair")
    [started] = told.act(TakeFloor(), "an")
    assert isinstance(started, TurnStarted)
    [ended] = told.act(EndTurn(), "an")
    assert isinstance(ended, TurnEnded)
    assert "an" in told.speakers


def test_R17_the_chair_has_a_turn_like_everybody_and_may_speak_after_it() -> None:
    told = a_conference()
    speaks(told, "chair")
    told.act(c.LetTimePass(), later=300)
    assert not has_turn(told, "chair")
    assert "chair" in told.speakers


def test_R17_allowed_during_the_turn_the_right_outlasts_it() -> None:
    told = an_speaks()
    [changed] = told.act(c.Allow((AN,)), "chair")
    assert isinstance(changed, TurnChanged)
    assert changed.change is TurnChange.ALLOWED
    told.act(EndTurn(), "an")
    assert "an" in told.speakers


# ---- interrupted -----------------------------------------------------------------------------------


def test_R17_an_interrupted_turn_stands_still_and_is_not_heard() -> None:
    told = an_speaks()
    changed, right = told.act(HoldTurn(AN), "chair", later=100)
    assert isinstance(changed, TurnChanged)
    assert right == RightsChanged(told.now, (AN,), pid("chair"), may_speak=False)
    turn = turn_of(told, "an")
    assert (turn.state, turn.held_because, turn.left_ms, turn.spoken_ms) == (
        TurnState.HELD,
        HeldBecause.CHAIR,
        200_000,
        100_000,
    )
    assert told.act(c.LetTimePass(), later=1_000) == ()
    assert refused(told, TakeFloor(), "an") is ErrorCode.FLOOR_HELD


def test_R17_resumed_it_goes_on_with_the_time_left() -> None:
    told = an_speaks()
    told.act(HoldTurn(AN), "chair", later=100)
    told.act(ResumeTurn(AN), "co", later=500)
    assert "an" in told.speakers
    assert turn_of(told, "an").ends_at == told.now + timedelta(seconds=200)
    ended, _ = told.act(c.LetTimePass(), later=200)
    assert ended.spoken_ms == 300_000  # type: ignore[union-attr]


def test_R17_interrupting_twice_changes_nothing() -> None:
    told = an_speaks()
    told.act(HoldTurn(AN), "chair")
    assert told.act(HoldTurn(AN), "co") == ()
    told.act(ResumeTurn(AN), "chair")
    assert told.act(ResumeTurn(AN), "co") == ()


def test_R17_who_is_interrupted_is_not_allowed_past_it() -> None:
    told = an_speaks()
    told.act(HoldTurn(AN), "chair")
    told.act(c.Allow(), "co")
    assert "an" not in told.speakers
    told.act(EndTurn(AN), "chair")
    assert "an" in told.speakers, "everybody was allowed to"


def test_R17_on_an_open_floor_the_interrupted_one_may_speak_again_after_the_turn() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=OPEN_FLOOR)
    speaks(told, "an")
    told.act(HoldTurn(AN), "chair")
    assert "an" not in told.speakers
    told.act(EndTurn(AN), "chair")
    assert "an" in told.speakers


def test_R17_nobody_interrupts_the_chair() -> None:
    told = a_conference()
    speaks(told, "chair")
    assert refused(told, HoldTurn(pid("chair")), "co") is ErrorCode.NOT_ALLOWED


def test_R17_what_has_not_begun_cannot_be_interrupted() -> None:
    told = a_conference()
    told.act(GrantFloor(AN), "chair")
    assert refused(told, HoldTurn(AN)) is ErrorCode.FLOOR_NO_TURN


# ---- more time, less time --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "left_s"),
    [(60, 260), (180, 380), (-60, 140), (-3_600, 10)],
)
def test_R17_more_time_or_less(seconds: int, left_s: int) -> None:
    told = an_speaks()
    told.now += timedelta(seconds=100)
    told.act(ExtendTurn(AN, seconds), "chair")
    assert turn_of(told, "an").ends_at == told.now + timedelta(seconds=left_s)


def test_R17_more_time_for_one_that_ran_over_counts_from_now() -> None:
    told = an_speaks(overrun=Overrun.WARN)
    told.now += timedelta(seconds=400)
    told.act(ExtendTurn(AN, 60), "chair")
    assert turn_of(told, "an").ends_at == told.now + timedelta(seconds=60)


@pytest.mark.parametrize("begun", [True, False])
def test_R17_more_time_while_the_clock_stands(begun: bool) -> None:
    told = a_conference()
    told.act(GrantFloor(AN), "chair")
    if begun:
        told.act(TakeFloor(), "an")
        told.act(HoldTurn(AN), "chair")
    told.act(ExtendTurn(AN, 60), "chair")
    assert turn_of(told, "an").left_ms == 360_000


@pytest.mark.parametrize("seconds", [0, 9, -9, 3_601])
def test_R17_a_step_of_time_has_bounds(seconds: int) -> None:
    assert refused(an_speaks(), ExtendTurn(AN, seconds)) is ErrorCode.FLOOR_NUMBER


def test_R17_what_has_no_end_cannot_be_made_longer() -> None:
    told = an_speaks(turn_s=None)
    assert refused(told, ExtendTurn(AN, 60)) is ErrorCode.NOT_POSSIBLE
    assert refused(told, AskMoreTime(60), "an") is ErrorCode.NOT_POSSIBLE


def test_R17_the_speaker_asks_for_more_time_and_is_given_it() -> None:
    told = an_speaks()
    [event] = told.act(AskMoreTime(60), "an")
    assert isinstance(event, TurnChanged)
    assert turn_of(told, "an").asked_ms == 60_000
    assert told.act(AskMoreTime(60), "an") == ()
    told.act(ExtendTurn(AN, 60), "chair")
    assert turn_of(told, "an").asked_ms == 0


def test_R17_more_time_is_asked_for_in_the_own_turn_only() -> None:
    told = a_conference()
    assert refused(told, AskMoreTime(60), "an") is ErrorCode.FLOOR_NO_TURN
    told.act(GrantFloor(AN), "chair")
    assert refused(told, AskMoreTime(60), "an") is ErrorCode.FLOOR_NO_TURN


# ---- how turns are given ---------------------------------------------------------------------------


def test_R17_how_turns_are_given_is_changed_for_those_to_come() -> None:
    told = an_speaks()
    before = turn_of(told, "an").ends_at
    [event] = told.act(SetFloor(60, 2, Overrun.CLOSE), "chair")
    assert event == FloorSet(told.now, 60, 2, Overrun.CLOSE, pid("chair"))
    assert turn_of(told, "an").ends_at == before
    speaks(told, "binh")
    assert turn_of(told, "binh").ends_at == told.now + timedelta(seconds=60)
    assert told.act(SetFloor(60, 2, Overrun.CLOSE), "co") == ()


@pytest.mark.parametrize(
    "command", [SetFloor(9, 1, Overrun.CLOSE), SetFloor(86_401, 1, Overrun.CLOSE), SetFloor(60, 0, Overrun.CLOSE),
                SetFloor(60, 11, Overrun.WARN)],
)  # fmt: skip
def test_R17_how_turns_are_given_has_bounds(command: SetFloor) -> None:
    assert refused(a_conference(), command) is ErrorCode.FLOOR_NUMBER


def test_R17_time_that_ran_over_ends_when_it_closes_from_now_on() -> None:
    told = an_speaks(overrun=Overrun.WARN)
    told.act(SetFloor(300, 1, Overrun.CLOSE), "chair", later=400)
    told.act(c.LetTimePass())
    assert not has_turn(told, "an")
    assert told.speakers == {"chair"}

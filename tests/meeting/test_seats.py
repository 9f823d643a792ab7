"""A seat outlives the connection (R12, R24), and time that passes (R6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.clock import NINE
from tests.support.meetings import (
    MUTED,
    OPEN_FLOOR,
    TIMES,
    Told,
    a_beginning,
    a_guest,
    a_link,
    a_meeting,
    pid,
    the_chair,
)

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.commands import (
    Admit,
    Allow,
    EndMeeting,
    Leave,
    LetTimePass,
    Lock,
    Lose,
    OpenMeeting,
    Refuse,
    Remove,
    Restore,
    Return,
)
from hoptt.meeting.events import (
    DoorsOpened,
    LobbyLeft,
    MeetingClosed,
    MeetingOpened,
    ParticipantBack,
    ParticipantLeft,
    ParticipantLost,
)
from hoptt.meeting.settings import Rules
from hoptt.meeting.timers import next_deadline
from hoptt.meeting.words import AdHoc, Cause, EntryRule, LobbyOutcome, MeetingState, Role, Source


def come_back(told: Told, who: str, takeovers: int = 0) -> ErrorCode | None:
    try:
        told.act(Return(takeovers), who)
    except HopttError as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    ("who", "seconds"),
    [(a_guest("x"), 60), (the_chair("x"), 600), (a_link("x", Role.CO_CHAIR), 60), (a_link("x", Role.SECRETARY), 60)],
)
def test_P9_a_lost_seat_is_kept_for_its_time(who: object, seconds: int) -> None:
    told = a_meeting(who)  # type: ignore[arg-type]  # a newcomer
    [lost] = told.act(Lose(), "x")
    assert lost == ParticipantLost(NINE, pid("x"), NINE + timedelta(seconds=seconds))
    assert told.act(LetTimePass(), later=seconds - 1) == ()
    [left] = told.act(LetTimePass(), later=1)
    assert left == ParticipantLeft(told.now, pid("x"), Cause.LOST)


def test_back_in_time_is_the_same_seat_with_the_same_rights() -> None:
    told = a_meeting(the_chair(), a_guest("an"))
    told.act(Allow((pid("an"),)), "chair")
    told.act(Lose(), "an")
    [event] = told.act(Return(0), "an", later=59)
    assert event == ParticipantBack(told.now, pid("an"))
    assert told.seat("an").rights.may_speak
    assert told.act(LetTimePass(), later=600) == ()


def test_losing_a_seat_twice_keeps_the_first_clock() -> None:
    told = a_meeting(a_guest("an"))
    told.act(Lose(), "an")
    assert told.act(Lose(), "an", later=30) == ()


def test_admission_lasts_for_the_meeting_past_lock_and_capacity() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=replace(OPEN_FLOOR, capacity=2))
    told.act(Lose(), "an")
    told.act(LetTimePass(), later=61)
    told.act(a_guest("binh"))
    told.act(Lock(locked=True), "chair")
    assert come_back(told, "an") is None
    assert told.inside == {"chair", "an", "binh"}
    assert told.seat("an").rights.may_speak


def test_S28_tokens_of_those_put_out_are_dead() -> None:
    told = a_meeting(the_chair(), a_guest("an"), a_guest("binh"))
    told.act(Remove(pid("an"), reason="nhầm phòng"), "chair")
    told.act(Remove(pid("binh"), ban=True), "chair")
    assert come_back(told, "an") is ErrorCode.REMOVED
    assert come_back(told, "binh") is ErrorCode.BANNED


def test_S28_the_token_of_a_seat_taken_over_is_dead() -> None:
    told = a_meeting(a_link("minh"))
    told.act(a_link("minh", participant=pid("other"), take_over=True))
    assert come_back(told, "minh", takeovers=0) is ErrorCode.SEAT_TAKEN
    assert come_back(told, "minh", takeovers=1) is None


def test_S28_a_token_of_nobody_opens_nothing() -> None:
    assert come_back(a_meeting(the_chair()), "nobody") is ErrorCode.SEAT_GONE


def test_a_seat_left_and_taken_anew_by_the_link_does_not_come_back_twice() -> None:
    told = a_meeting(a_link("minh"))
    told.act(Leave(), "minh")
    told.act(a_link("minh", participant=pid("minh2")))
    assert come_back(told, "minh") is ErrorCode.SEAT_TAKEN


# ---- the lobby -------------------------------------------------------------------------------------


def test_a_place_in_the_lobby_is_kept_ten_minutes() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=Rules(entry=EntryRule.LOBBY))
    told.act(Lose(), "an")
    assert not told.meeting.lobby[pid("an")].connected
    assert come_back(told, "an") is None
    told.act(Lose(), "an")
    [left] = told.act(LetTimePass(), later=600)
    assert left == LobbyLeft(told.now, pid("an"), LobbyOutcome.LOST)
    assert come_back(told, "an") is ErrorCode.SEAT_GONE


def test_who_was_refused_does_not_come_back_by_token() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=Rules(entry=EntryRule.LOBBY))
    told.act(Refuse(pid("an")), "chair")
    assert come_back(told, "an") is ErrorCode.LOBBY_REFUSED


def test_somebody_admitted_while_the_line_is_away_finds_the_seat() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=Rules(entry=EntryRule.LOBBY))
    told.act(Lose(), "an")
    told.act(Admit((pid("an"),)), "chair")
    assert told.seat("an").lost_until == told.now + TIMES.seat
    assert come_back(told, "an") is None


def test_leaving_the_lobby_says_so() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=Rules(entry=EntryRule.LOBBY))
    [left] = told.act(Leave(), "an")
    assert left == LobbyLeft(NINE, pid("an"), LobbyOutcome.LEFT)


# ---- doors, opening, standing empty ----------------------------------------------------------------


def a_scheduled(**changes: object) -> Told:
    values: dict[str, object] = {
        "ad_hoc": None,
        "state": MeetingState.SCHEDULED,
        "starts_at": NINE + timedelta(hours=2),
        **changes,
    }
    return a_meeting(first=a_beginning(MUTED, **values))  # type: ignore[arg-type]  # builder's keywords


def test_R6_doors_open_thirty_minutes_before() -> None:
    told = a_scheduled()
    told.act(the_chair())
    assert next_deadline(told.meeting, TIMES) == NINE + timedelta(minutes=90)
    assert told.act(LetTimePass(), later=90 * 60 - 1) == ()
    [event] = told.act(LetTimePass(), later=1)
    assert event == DoorsOpened(told.now)
    told.act(a_link("minh"))
    assert told.meeting.state is MeetingState.DOORS_OPEN


def test_R6_the_chair_opens_once() -> None:
    told = a_scheduled()
    told.act(the_chair())
    [event] = told.act(OpenMeeting(), "chair")
    assert event == MeetingOpened(NINE, pid("chair"))
    assert told.act(OpenMeeting(), "chair") == ()
    told.act(a_link("minh"))


def test_R6_an_ad_hoc_meeting_closes_after_standing_empty() -> None:
    told = a_meeting(a_guest("an"))
    told.act(Lose(), "an")
    told.act(LetTimePass(), later=60)
    assert told.act(LetTimePass(), later=299) == ()
    [event] = told.act(LetTimePass(), later=1)
    assert event == MeetingClosed(told.now, None, Cause.EMPTY)


def test_a_seat_in_its_grace_is_not_empty() -> None:
    told = a_meeting(the_chair())
    told.act(Lose(), "chair")
    assert told.act(LetTimePass(), later=599) == ()


def test_those_who_wait_for_a_chair_keep_the_meeting() -> None:
    told = a_meeting(a_guest("an"), first=a_beginning(Rules(entry=EntryRule.LOBBY), ad_hoc=AdHoc.CHAIR))
    assert told.act(LetTimePass(), later=3_600) == ()
    assert told.waiting == {"an"}


def test_a_scheduled_meeting_stands_empty_until_its_planned_end() -> None:
    told = a_scheduled(ends_at=NINE + timedelta(hours=4), state=MeetingState.DOORS_OPEN)
    told.act(the_chair())
    told.act(Leave(), "chair")
    assert told.act(LetTimePass(), later=2 * 3600) == ()
    [event] = told.act(LetTimePass(), later=2 * 3600)
    assert event == MeetingClosed(told.now, None, Cause.EMPTY)


def test_after_the_end_no_time_passes() -> None:
    told = a_meeting(the_chair())
    told.act(EndMeeting(), "chair")
    assert next_deadline(told.meeting, TIMES) is None
    assert told.act(LetTimePass(), later=86_400) == ()


# ---- after the control plane was away --------------------------------------------------------------


def test_F4_clocks_stood_still_while_the_control_plane_was_away() -> None:
    told = a_meeting(the_chair(), a_guest("an"))
    told.act(Lose(), "an")
    told.act(Restore(), later=3_600)
    assert told.seat("an").lost_until == told.now + TIMES.seat
    assert told.seat("chair").lost_until == told.now + TIMES.chair_seat
    assert come_back(told, "an") is None


def test_F4_a_meeting_that_stood_empty_gets_its_whole_time_anew() -> None:
    told = a_meeting(a_guest("an"))
    told.act(Leave(), "an")
    told.act(Restore(), later=3_600)
    assert told.act(LetTimePass(), later=299) == ()
    assert told.act(LetTimePass(), later=1) != ()


def test_F15_what_the_engine_holds_closed_against_the_log_stays_taken() -> None:
    told = a_meeting(the_chair(), a_guest("an"), rules=OPEN_FLOOR)
    told.act(Restore(vetoed=((pid("an"), Source.MICROPHONE), (pid("an"), Source.SCREEN_AUDIO))))
    rights = told.seat("an").rights
    assert (rights.may_speak, rights.may_show, rights.may_share) == (False, True, False)

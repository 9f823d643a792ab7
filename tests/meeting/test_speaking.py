"""Who may be heard (R16), and the chair's acts on cameras and shares (R18)."""

from __future__ import annotations

import pytest
from tests.support.meetings import MUTED, OPEN_FLOOR, Told, a_guest, a_link, a_meeting, pid, the_chair

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.commands import (
    Allow,
    AllowSource,
    Command,
    Leave,
    LiftMute,
    Mute,
    Return,
    StopSource,
    TakeBack,
)
from hoptt.meeting.events import AllMuted, Muted, RightsChanged
from hoptt.meeting.state import Rights
from hoptt.meeting.words import Role, Source

CO = a_link("co", Role.CO_CHAIR)
AN, BINH = a_guest("an"), a_guest("binh")
WATCHER = a_link("watcher", Role.OBSERVER)


def muted_meeting() -> Told:
    return a_meeting(the_chair(), CO, AN, BINH, WATCHER, rules=MUTED)


def open_floor() -> Told:
    return a_meeting(the_chair(), CO, AN, BINH, WATCHER, rules=OPEN_FLOOR)


def refused(told: Told, command: Command, by: str = "chair") -> ErrorCode:
    before = told.meeting
    with pytest.raises(HopttError) as refusal:
        told.act(command, by)
    assert told.meeting is before
    return refusal.value.code


def test_R16_everyone_but_the_chair_enters_muted() -> None:
    assert muted_meeting().speakers == {"chair"}


def test_R16_on_an_open_floor_all_but_observers_may_speak() -> None:
    assert open_floor().speakers == {"chair", "co", "an", "binh"}


def test_the_chair_allows_one_and_takes_back() -> None:
    told = muted_meeting()
    told.act(Allow((pid("an"),)), "chair")
    assert told.speakers == {"chair", "an"}
    told.act(TakeBack((pid("an"),)), "chair")
    assert told.speakers == {"chair"}


def test_allow_all_and_take_back_all_but_those_who_lead() -> None:
    told = muted_meeting()
    told.act(Allow(), "co")
    assert told.speakers == {"chair", "co", "an", "binh"}
    told.act(TakeBack(), "co")
    assert told.speakers == {"chair", "co"}


def test_an_observer_cannot_be_allowed() -> None:
    told = muted_meeting()
    assert refused(told, Allow((pid("watcher"),))) is ErrorCode.NOT_POSSIBLE
    assert refused(told, AllowSource(pid("watcher"), Source.CAMERA)) is ErrorCode.NOT_POSSIBLE


@pytest.mark.parametrize("command", [Mute((pid("chair"),)), TakeBack((pid("chair"),))])
def test_nobody_mutes_the_chair(command: Command) -> None:
    told = open_floor()
    assert refused(told, command, "co") is ErrorCode.NOT_ALLOWED
    told.act(Mute(), "co")
    assert "chair" in told.speakers


def test_mute_one_takes_the_right_until_it_is_given_back() -> None:
    told = open_floor()
    events = told.act(Mute((pid("an"),)), "chair")
    assert [type(e) for e in events] == [Muted, RightsChanged]
    assert "an" not in told.speakers


def test_mute_all_but_some() -> None:
    told = open_floor()
    told.act(Mute(all_but=(pid("binh"),)), "chair")
    assert told.speakers == {"chair", "binh"}


def test_mute_all_on_an_open_floor_binds_those_who_come_later_until_lifted() -> None:
    told = open_floor()
    events = told.act(Mute(), "chair")
    assert any(isinstance(e, AllMuted) and e.on for e in events)
    told.act(a_guest("late"))
    assert told.speakers == {"chair"}
    told.act(LiftMute(), "chair")
    assert told.speakers == {"chair", "co", "an", "binh", "late"}
    told.act(a_guest("later"))
    assert "later" in told.speakers


def test_who_may_reopen_keeps_the_right() -> None:
    told = open_floor()
    [event] = told.act(Mute(may_reopen=True), "chair")
    assert isinstance(event, Muted)
    assert set(event.participants) == {"co", "an", "binh"}
    assert told.speakers == {"chair", "co", "an", "binh"}


def test_reopening_is_for_open_floors_only() -> None:
    told = muted_meeting()
    assert refused(told, Mute(may_reopen=True)) is ErrorCode.NOT_POSSIBLE
    assert refused(told, LiftMute()) is ErrorCode.NOT_POSSIBLE


def test_a_co_chair_who_mutes_all_goes_on_speaking() -> None:
    told = open_floor()
    told.act(Mute(), "co")
    assert told.speakers == {"chair", "co"}


def test_muting_somebody_who_is_not_there_says_so() -> None:
    assert refused(open_floor(), Mute((pid("nobody"),))) is ErrorCode.PARTICIPANT_UNKNOWN


def test_asking_for_what_is_so_already_changes_nothing() -> None:
    told = muted_meeting()
    for command in (Mute((pid("an"),)), TakeBack(), Allow((pid("chair"),)), AllowSource(pid("an"), Source.CAMERA)):
        assert told.act(command, "chair") == ()


# ---- leaving undoes nothing ------------------------------------------------------------------------


def test_S19_who_was_muted_and_comes_in_anew_is_still_muted() -> None:
    told = open_floor()
    told.act(Mute((pid("an"),)), "chair")
    told.act(Leave(), "an")
    told.act(a_guest("an2", browser="browser-an"))
    assert "an2" not in told.speakers


def test_S19_who_left_before_mute_all_comes_back_muted() -> None:
    told = open_floor()
    told.act(Leave(), "an")
    told.act(Mute(), "chair")
    told.act(Return(0), "an")
    assert told.inside >= {"an"}
    assert "an" not in told.speakers


def test_S19_an_old_resume_token_brings_no_right_past_a_mute_of_the_new_seat() -> None:
    told = open_floor()
    told.act(Leave(), "an")
    told.act(a_guest("an2", browser="browser-an"))
    told.act(Mute((pid("an2"),)), "chair")
    told.act(Return(0), "an")
    assert told.speakers.isdisjoint({"an", "an2"})


# ---- cameras and shares ----------------------------------------------------------------------------


def test_a_stopped_camera_stays_off_until_allowed() -> None:
    told = muted_meeting()
    told.act(StopSource(pid("an"), Source.CAMERA), "chair")
    assert not told.seat("an").rights.may_show
    told.act(AllowSource(pid("an"), Source.CAMERA), "chair")
    assert told.seat("an").rights.may_show


def test_sharing_is_free_on_an_open_floor_otherwise_by_leave() -> None:
    assert open_floor().seat("an").rights.may_share
    told = muted_meeting()
    assert not told.seat("an").rights.may_share
    assert told.seat("co").rights.may_share
    told.act(AllowSource(pid("an"), Source.SCREEN), "chair")
    assert told.seat("an").rights.may_share
    told.act(StopSource(pid("an"), Source.SCREEN_AUDIO), "chair")
    assert not told.seat("an").rights.may_share


def test_the_right_to_speak_has_commands_of_its_own() -> None:
    assert refused(open_floor(), StopSource(pid("an"), Source.MICROPHONE)) is ErrorCode.NOT_POSSIBLE


def test_nobody_stops_the_chairs_camera() -> None:
    assert refused(open_floor(), StopSource(pid("chair"), Source.CAMERA), "co") is ErrorCode.NOT_ALLOWED


def test_an_observer_sends_nothing() -> None:
    rights = open_floor().seat("watcher").rights
    assert rights == Rights(may_speak=False, may_show=False, may_share=False)

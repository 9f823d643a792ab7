"""The lobby given to the secretary or to a co-chair, so that the chair has only the meeting to look at (R4, R18)."""

from __future__ import annotations

import pytest
from tests.support.meetings import Told, a_beginning, a_guest, a_link, a_meeting, an_invitation, pid, the_chair

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting import commands as c
from hoptt.meeting.acts import acts_of
from hoptt.meeting.audience import reader_in, sift
from hoptt.meeting.events import LobbyGiven
from hoptt.meeting.role_commands import GiveLobby, SetRole
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, Role

CODE = ErrorCode


def a_meeting_with_a_secretary() -> Told:
    """With a secretary, two co-chairs of whom one leads a branch, and somebody who waits."""
    rules = Rules(entry=EntryRule.LOBBY)
    told = a_meeting(first=a_beginning(rules, an_invitation("i1", branch="Huyện Một")))
    told.act(the_chair())
    told.act(a_link("sec", Role.SECRETARY, invitation="i1"))
    told.act(a_link("co", Role.CO_CHAIR))
    told.act(a_link("branch", Role.CO_CHAIR))
    told.act(SetRole(pid("branch"), Role.CO_CHAIR, "Huyện Một"), "chair")
    told.act(a_guest("an"))
    return told


def refused(told: Told, command: c.Command, by: str) -> ErrorCode:
    with pytest.raises(HopttError) as refusal:
        told.act(command, by)
    return refusal.value.code


def test_R18_the_secretary_admits_only_while_the_lobby_is_given_to_them() -> None:
    told = a_meeting_with_a_secretary()
    assert refused(told, c.Admit((pid("an"),)), "sec") is CODE.NOT_ALLOWED
    assert refused(told, c.Refuse(pid("an")), "sec") is CODE.NOT_ALLOWED
    told.act(GiveLobby(pid("sec")), "chair")
    told.act(c.Admit((pid("an"),)), "sec")
    assert told.seat("an").role is Role.ATTENDEE


def test_the_chair_takes_the_lobby_back() -> None:
    told = a_meeting_with_a_secretary()
    told.act(GiveLobby(pid("sec")), "chair")
    assert told.act(GiveLobby(pid("sec")), "chair") == ()
    told.act(GiveLobby(None), "chair")
    assert refused(told, c.Admit((pid("an"),)), "sec") is CODE.NOT_ALLOWED


def test_whoever_leads_admits_as_before_while_the_secretary_has_the_lobby() -> None:
    told = a_meeting_with_a_secretary()
    told.act(GiveLobby(pid("sec")), "chair")
    told.act(c.Admit((pid("an"),)), "co")
    assert told.seat("an")


def test_the_lobby_gives_no_other_act_of_those_who_lead() -> None:
    told = a_meeting_with_a_secretary()
    told.act(GiveLobby(pid("sec")), "chair")
    for command in (c.Remove(pid("co")), c.Mute(), c.Lock(locked=True), GiveLobby(None)):
        assert refused(told, command, "sec") is CODE.NOT_ALLOWED


@pytest.mark.parametrize(
    ("to", "by", "code"),
    [
        ("chair", "chair", CODE.NOT_POSSIBLE),
        ("branch", "chair", CODE.NOT_POSSIBLE),
        ("an", "chair", CODE.PARTICIPANT_UNKNOWN),
        ("sec", "co", CODE.NOT_ALLOWED),
        ("sec", "sec", CODE.NOT_ALLOWED),
    ],
)
def test_the_lobby_is_given_by_the_chair_to_the_secretary_or_a_co_chair_for_the_whole(
    to: str, by: str, code: ErrorCode
) -> None:
    assert refused(a_meeting_with_a_secretary(), GiveLobby(pid(to)), by) is code


def test_S26_with_the_lobby_comes_the_sight_of_it_and_goes_with_it() -> None:
    told = a_meeting_with_a_secretary()
    knock = [e for e in told.log if e.type == "lobby_entered"]
    assert sift(knock, reader_in(told.meeting, told.seat("sec"))) == ()
    told.act(GiveLobby(pid("sec")), "chair")
    assert sift(knock, reader_in(told.meeting, told.seat("sec"))) == tuple(knock)
    told.act(GiveLobby(None), "chair")
    assert sift(knock, reader_in(told.meeting, told.seat("sec"))) == ()


def test_the_lobby_is_the_chair_s_again_when_its_keeper_leaves_or_has_another_role() -> None:
    told = a_meeting_with_a_secretary()
    told.act(GiveLobby(pid("sec")), "chair")
    told.act(SetRole(pid("sec"), Role.ATTENDEE), "chair")
    assert told.meeting.lobby_keeper is None
    told.act(GiveLobby(pid("co")), "chair")
    told.act(c.Leave(), "co")
    assert told.meeting.lobby_keeper is None


def test_R24_whoever_loses_the_line_keeps_the_lobby() -> None:
    told = a_meeting_with_a_secretary()
    told.act(GiveLobby(pid("sec")), "chair")
    told.act(c.Lose(), "sec")
    told.act(c.Return(0), "sec")
    assert told.meeting.lobby_keeper == "sec"


def test_R18_who_gave_the_lobby_to_whom_is_on_record() -> None:
    told = a_meeting_with_a_secretary()
    told.act(GiveLobby(pid("sec")), "chair")
    told.act(GiveLobby(None), "chair")
    given = [act for act in acts_of(enumerate(told.log)) if act.act.startswith("lobby")]
    assert [(act.act, act.actor.id, [one.id for one in act.targets]) for act in given] == [
        ("lobby_given", "chair", ["sec"]),
        ("lobby_taken_back", "chair", []),
    ]
    assert [e for e in told.log if isinstance(e, LobbyGiven)]

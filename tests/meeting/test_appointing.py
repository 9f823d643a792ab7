"""Roles given in the meeting, and names corrected by those who lead (R13, R18)."""

from __future__ import annotations

import pytest
from tests.support.meetings import (
    MUTED,
    OPEN_FLOOR,
    Told,
    a_beginning,
    a_companion,
    a_guest,
    a_link,
    a_meeting,
    a_name,
    an_invitation,
    pid,
    the_chair,
)

from hoptt.errors import ErrorCode, HopttError, Refusals
from hoptt.meeting import commands as c
from hoptt.meeting.role_commands import Rename, SetRole
from hoptt.meeting.settings import Name
from hoptt.meeting.state import Rights
from hoptt.meeting.words import Role

NOTHING = Rights(may_speak=False, may_show=False, may_share=False)


def refused(told: Told, command: c.Command, by: str) -> HopttError:
    with pytest.raises(HopttError) as refusal:
        told.act(command, by)
    return refusal.value


def test_a_secretary_is_made_and_unmade() -> None:
    told = a_meeting(the_chair(), a_link("an"))
    told.act(SetRole(pid("an"), Role.SECRETARY), "chair")
    assert told.seat("an").role is Role.SECRETARY
    assert told.act(SetRole(pid("an"), Role.SECRETARY), "chair") == ()
    told.act(SetRole(pid("an"), Role.ATTENDEE), "chair")
    assert told.seat("an").role is Role.ATTENDEE


@pytest.mark.parametrize(
    ("who", "role", "code"),
    [
        ("chair", Role.ATTENDEE, ErrorCode.NOT_ALLOWED),
        ("an", Role.CHAIR, ErrorCode.NOT_POSSIBLE),
        ("an", Role.OPERATOR, ErrorCode.NOT_POSSIBLE),
        ("an", Role.COMPANION, ErrorCode.NOT_POSSIBLE),
        ("staff", Role.CO_CHAIR, ErrorCode.NOT_POSSIBLE),
        ("device", Role.ATTENDEE, ErrorCode.NOT_POSSIBLE),
        ("nobody", Role.ATTENDEE, ErrorCode.PARTICIPANT_UNKNOWN),
    ],
)
def test_R13_staff_devices_and_the_chair_keep_the_role_they_have(who: str, role: Role, code: ErrorCode) -> None:
    told = a_meeting(the_chair(), a_link("an"), a_companion("device", "an"), a_link("staff", Role.OPERATOR))
    told.act(c.Admit((pid("staff"),)), "chair")
    assert refused(told, SetRole(pid(who), role), "chair").code is code


def test_R16_an_observer_is_silent_at_once_and_speaks_again_only_when_allowed() -> None:
    told = a_meeting(the_chair(), a_link("an"), rules=MUTED)
    told.act(c.Allow((pid("an"),)), "chair")
    told.act(SetRole(pid("an"), Role.OBSERVER), "chair")
    assert told.seat("an").rights == NOTHING
    told.act(SetRole(pid("an"), Role.ATTENDEE), "chair")
    assert told.seat("an").rights == Rights(may_speak=False, may_show=True, may_share=False)


def test_a_co_chair_shares_and_an_attendee_again_does_not() -> None:
    told = a_meeting(the_chair(), a_link("an"), rules=MUTED)
    told.act(SetRole(pid("an"), Role.CO_CHAIR), "chair")
    assert told.seat("an").rights == Rights(may_speak=False, may_show=True, may_share=True)
    told.act(SetRole(pid("an"), Role.ATTENDEE), "chair")
    assert not told.seat("an").rights.may_share


def test_R18_leaving_and_coming_by_the_own_link_undoes_no_role() -> None:
    told = a_meeting(the_chair(), a_link("co", Role.CO_CHAIR), a_link("an"))
    told.act(SetRole(pid("co"), Role.ATTENDEE), "chair")
    told.act(SetRole(pid("an"), Role.SECRETARY), "chair")
    for who in ("co", "an"):
        told.act(c.Leave(), who)
    told.act(a_link("co", Role.CO_CHAIR, participant=pid("co2")))
    told.act(a_link("an", participant=pid("an2")))
    assert (told.seat("co2").role, told.seat("an2").role) == (Role.ATTENDEE, Role.SECRETARY)


def test_S24_a_browser_alone_leads_nothing() -> None:
    told = a_meeting(the_chair(), a_guest("an", browser="b"), a_guest("binh", browser="o"), rules=OPEN_FLOOR)
    told.act(SetRole(pid("an"), Role.CO_CHAIR), "chair")
    told.act(SetRole(pid("binh"), Role.OBSERVER), "chair")
    for who in ("an", "binh"):
        told.act(c.Leave(), who)
    told.act(a_guest("an", browser="b", participant=pid("an2")))
    told.act(a_guest("binh", browser="o", participant=pid("binh2")))
    assert (told.seat("an2").role, told.seat("binh2").role) == (Role.ATTENDEE, Role.OBSERVER)


def test_only_a_co_chair_leads_a_branch() -> None:
    told = a_meeting(the_chair(), a_link("an"))
    refusal = refused(told, SetRole(pid("an"), Role.SECRETARY, "Huyện"), "chair")
    assert (refusal.code, refusal.field) == (ErrorCode.NOT_POSSIBLE, "branch")


# ---- names -----------------------------------------------------------------------------------------


def test_a_name_is_corrected_by_the_secretary_and_cleaned() -> None:
    told = a_meeting(the_chair(), a_link("sec", Role.SECRETARY), a_guest("an"))
    told.act(Rename(pid("an"), Name("  Sở  TNMT ", "Lê Thị Bình, Phó Giám đốc", "Sở TNMT")), "sec")
    assert told.seat("an").name == Name("Sở TNMT", "Lê Thị Bình, Phó Giám đốc", "Sở TNMT")


def test_R11_a_new_name_holds_to_the_rule_of_the_door_and_takes_nobody_s() -> None:
    mine = an_invitation("i", name=a_name("Nguyễn Văn Minh", "Sở Minh"))
    told = a_meeting(the_chair(), a_guest("an"), first=a_beginning(OPEN_FLOOR, mine))
    with pytest.raises(Refusals) as refusal:
        told.act(Rename(pid("an"), Name("Sở Minh", "Bình", "")), "chair")
    assert [(one.code, one.field) for one in refusal.value.faults] == [
        (ErrorCode.NAME_TOO_SHORT, "name"),
        (ErrorCode.NAME_UNIT_MISSING, "unit"),
        (ErrorCode.NAME_IMPERSONATES, "bridge_point"),
    ]


def test_parts_of_a_name_that_stay_are_not_judged() -> None:
    mine = an_invitation("i", name=Name("Sở Minh", "Minh", ""))
    told = a_meeting(the_chair(), a_link("minh", invitation="i", name=mine.name), first=a_beginning(OPEN_FLOOR, mine))
    told.act(Rename(pid("minh"), Name("Sở Minh", "Minh", "Sở TNMT")), "chair")
    assert told.seat("minh").name.unit == "Sở TNMT"


def test_the_chair_is_renamed_by_the_chair_only_and_a_companion_by_nobody() -> None:
    told = a_meeting(the_chair(), a_link("co", Role.CO_CHAIR), a_companion("device", "co"))
    name = a_name("Phạm Thị Chi", "Xã Chi")
    assert refused(told, Rename(pid("chair"), name), "co").code is ErrorCode.NOT_ALLOWED
    assert refused(told, Rename(pid("device"), name), "chair").code is ErrorCode.NOT_POSSIBLE
    told.act(Rename(pid("chair"), name), "chair")
    assert told.seat("chair").name == name

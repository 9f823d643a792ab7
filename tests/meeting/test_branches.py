"""Branches of bridge points, and the co-chair whose acts reach one of them only (R14, R18)."""

from __future__ import annotations

import pytest
from tests.support.meetings import (
    OPEN_FLOOR,
    Told,
    a_beginning,
    a_guest,
    a_link,
    a_meeting,
    a_name,
    an_invitation,
    pid,
    the_chair,
)

from hoptt.errors import ErrorCode, HopttError
from hoptt.live.picture import picture
from hoptt.meeting import commands as c
from hoptt.meeting.audience import reader_of, sift
from hoptt.meeting.branches import ON_EVERYBODY, READS
from hoptt.meeting.events import LobbyEntered
from hoptt.meeting.role_commands import ReadActs, Rename, SetBranch, SetRole
from hoptt.meeting.roles import MAY, Standing
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, Layout, Role, Source

TAM_DUONG, SIN_HO = "Huyện Tam Đường", "Huyện Sìn Hồ"
LIST = (
    an_invitation("lead", Role.CO_CHAIR, a_name("Lê Văn Lead", "Huyện uỷ"), branch=TAM_DUONG),
    an_invitation("an", name=a_name("Lê Văn An", "Xã An"), branch=TAM_DUONG),
    an_invitation("binh", name=a_name("Lê Văn Bình", "Xã Bình"), branch=SIN_HO),
)


def a_meeting_of_branches(rules: Rules = OPEN_FLOOR) -> Told:
    return a_meeting(
        the_chair(),
        a_link("lead", Role.CO_CHAIR, invitation="lead"),
        a_link("an", invitation="an"),
        a_link("binh", invitation="binh"),
        a_guest("guest"),
        first=a_beginning(rules, *LIST),
    )


def refused(told: Told, command: c.Command, by: str) -> ErrorCode:
    before = told.meeting
    with pytest.raises(HopttError) as refusal:
        told.act(command, by)
    assert told.meeting is before
    return refusal.value.code


def test_R14_the_branch_stands_on_the_invitation_list() -> None:
    told = a_meeting_of_branches()
    assert (told.seat("an").branch, told.seat("binh").branch, told.seat("chair").branch) == (TAM_DUONG, SIN_HO, "")
    assert told.seat("lead").leads_branch == TAM_DUONG


def test_S26_a_co_chair_of_one_branch_is_told_who_waits_of_that_branch_and_of_nobody_else() -> None:
    told = a_meeting(
        the_chair(), a_link("lead", Role.CO_CHAIR, invitation="lead"), first=a_beginning(OPEN_FLOOR, *LIST)
    )
    told.act(c.Lock(locked=True), "chair")
    for who in ("an", "binh"):
        told.act(a_link(who, invitation=who, knock=True))
    told.act(a_guest("guest", knock=True))
    for who, seen in {"lead": {"an"}, "chair": {"an", "binh", "guest"}}.items():
        reader = reader_of(told.seat(who))
        entered = {e.applicant.id for e in sift(told.log, reader) if isinstance(e, LobbyEntered)}
        drawn = {one.id for one in picture(told.meeting, 1, told.now, reader, {}).lobby}
        assert entered == drawn == {pid(one) for one in seen}


def test_S24_what_a_guest_types_makes_no_branch() -> None:
    told = a_meeting_of_branches()
    told.act(a_guest("sly", name=a_name("Trần Thị Sly", "Xã Sly", TAM_DUONG)))
    assert told.seat("sly").branch == ""
    assert refused(told, c.Mute((pid("sly"),)), "lead") is ErrorCode.BRANCH_OUTSIDE


OUTSIDE: list[c.Command] = [
    c.Mute((pid("binh"),)),
    c.Mute((pid("an"), pid("binh"))),
    c.Allow((pid("binh"),)),
    c.TakeBack((pid("guest"),)),
    c.Remove(pid("binh")),
    c.StopSource(pid("binh"), Source.CAMERA),
    c.AllowSource(pid("binh"), Source.SCREEN),
    Rename(pid("binh"), a_name("Phạm Thị Chi", "Xã Chi")),
    SetBranch(pid("an"), SIN_HO),
    SetBranch(pid("guest"), TAM_DUONG),
    c.LiftMute(),
    c.SetLayout(Layout.GRID),
    c.SetStage((pid("an"),)),
]


@pytest.mark.parametrize("command", OUTSIDE, ids=lambda command: type(command).__name__)
def test_S25_an_act_beyond_the_own_branch_is_refused(command: c.Command) -> None:
    assert refused(a_meeting_of_branches(), command, "lead") is ErrorCode.BRANCH_OUTSIDE


INSIDE: list[c.Command] = [
    c.Mute((pid("an"),)),
    c.Allow((pid("an"),)),
    c.TakeBack((pid("an"),)),
    c.StopSource(pid("an"), Source.CAMERA),
    c.Remove(pid("an")),
    Rename(pid("an"), a_name("Phạm Thị Chi", "Xã Chi")),
    ReadActs(),
    c.Leave(),
]


@pytest.mark.parametrize("command", INSIDE, ids=lambda command: type(command).__name__)
def test_acts_within_the_own_branch_are_carried_out(command: c.Command) -> None:
    a_meeting_of_branches().act(command, "lead")


def test_an_act_on_everybody_reaches_the_branch_alone() -> None:
    told = a_meeting_of_branches()
    told.act(c.Mute(), "lead")
    assert "an" not in told.speakers
    assert {"chair", "lead", "binh", "guest"} <= told.speakers
    assert not told.meeting.muted_all, "those who come later are of other branches, too"
    told.act(c.TakeBack(), "chair")
    told.act(c.Allow(), "lead")
    assert "an" in told.speakers
    assert "binh" not in told.speakers


def test_those_invited_of_the_branch_are_admitted_together() -> None:
    told = a_meeting(
        the_chair(), a_link("lead", Role.CO_CHAIR, invitation="lead"), first=a_beginning(OPEN_FLOOR, *LIST)
    )
    told.act(c.Lock(locked=True), "chair")
    for who in ("an", "binh"):
        told.act(a_link(who, invitation=who, knock=True))
    assert refused(told, c.Admit((pid("binh"),)), "lead") is ErrorCode.BRANCH_OUTSIDE
    assert refused(told, c.Refuse(pid("binh")), "lead") is ErrorCode.BRANCH_OUTSIDE
    told.act(c.Admit(all_invited=True), "lead")
    assert told.waiting == {"binh"}


def test_a_ban_of_another_branch_is_not_lifted() -> None:
    told = a_meeting_of_branches()
    told.act(c.Remove(pid("binh"), ban=True), "chair")
    assert refused(told, c.LiftBan(pid("binh")), "lead") is ErrorCode.BRANCH_OUTSIDE


def test_whoever_stands_on_no_list_is_put_into_a_branch_by_who_leads_the_whole() -> None:
    told = a_meeting_of_branches()
    told.act(SetBranch(pid("guest"), f"  {TAM_DUONG} "), "chair")
    assert told.seat("guest").branch == TAM_DUONG
    told.act(c.Mute((pid("guest"),)), "lead")
    assert refused(told, SetBranch(pid("an"), SIN_HO), "chair") is ErrorCode.NOT_POSSIBLE


def test_a_branch_that_nobody_belongs_to_is_not_given_to_a_co_chair() -> None:
    told = a_meeting_of_branches()
    assert refused(told, SetRole(pid("an"), Role.CO_CHAIR, "Huyện Tam Duong"), "chair") is ErrorCode.BRANCH_UNKNOWN
    told.act(SetRole(pid("an"), Role.CO_CHAIR, SIN_HO), "chair")
    assert told.seat("an").leads_branch == SIN_HO
    told.act(SetRole(pid("an"), Role.CO_CHAIR), "chair")
    assert told.seat("an").leads_branch is None


def test_S25_every_act_of_those_who_lead_is_judged_by_branch() -> None:
    """What names nobody acts on the whole meeting: a new command has to say so, or it is not for a branch."""
    leading = {kind for kind, who in MAY.items() if Standing.CO_CHAIR in who and Standing.ATTENDEE not in who}
    names_somebody = {"participant", "participants", "applicant", "applicants"}
    unnamed = {k for k in leading if not names_somebody & set(getattr(k, "__dataclass_fields__", {}))}
    allowed = unnamed & (ON_EVERYBODY | READS)
    assert {k.__name__ for k in allowed} == {"ReadActs"}
    assert {k.__name__ for k in ON_EVERYBODY} == {"Admit", "Allow", "TakeBack", "Mute"}


@pytest.mark.parametrize("entry", EntryRule)
def test_a_co_chair_of_the_list_without_a_branch_leads_the_whole(entry: EntryRule) -> None:
    whole = an_invitation("whole", Role.CO_CHAIR, a_name("Lê Văn Cả", "Sở Cả"))
    told = a_meeting(a_link("whole", Role.CO_CHAIR, invitation="whole"), first=a_beginning(Rules(entry=entry), whole))
    assert told.seat("whole").leads_branch is None

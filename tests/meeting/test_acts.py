"""Who did what (R18, R34): acts with who did them, to whom, when and why, as names were then."""

from __future__ import annotations

from tests.support.clock import NINE
from tests.support.meetings import OPEN_FLOOR, Told, a_guest, a_link, a_meeting, a_name, pid, the_chair

from hoptt.meeting import commands as c
from hoptt.meeting.acts import Act, acts_of, concerns, matches
from hoptt.meeting.events import Event
from hoptt.meeting.role_commands import AnswerChair, OfferChair, Rename, SetBranch, TakeChair
from hoptt.meeting.words import Role


def acts(told: Told) -> list[Act]:
    return list(acts_of(enumerate(told.log, 1)))


def words(told: Told) -> list[tuple[str, str, list[str]]]:
    return [(a.act, a.actor.id, [t.id for t in a.targets]) for a in acts(told)]


def a_busy_meeting() -> Told:
    told = a_meeting(the_chair(), a_link("co", Role.CO_CHAIR), a_guest("an"), a_guest("binh"), rules=OPEN_FLOOR)
    told.act(c.Mute((pid("an"),)), "co", later=60)
    told.act(c.Lock(locked=True), "chair")
    told.act(a_guest("chi", knock=True))
    told.act(c.Refuse(pid("chi"), "ngoài danh sách"), "co")
    told.act(c.Remove(pid("binh"), ban=True, reason="gây ồn"), "chair")
    return told


def test_each_act_has_who_did_it_to_whom_and_when() -> None:
    told = a_busy_meeting()
    assert words(told)[-4:] == [
        ("muted", "co", ["an"]),
        ("locked", "chair", []),
        ("refused", "co", ["chi"]),
        ("banned", "chair", ["binh"]),
    ]
    assert [a.reason for a in acts(told)][-2:] == ["ngoài danh sách", "gây ồn"]
    assert (acts(told)[-4].at - NINE).seconds == 60
    assert acts(told)[-1].targets[0].name.name == "Trần Thị Binh", "also of who is gone"


def test_what_follows_from_an_act_is_no_act_of_its_own() -> None:
    told = a_meeting(the_chair(), a_link("an"))
    told.act(OfferChair(pid("an")), "chair")
    told.act(AnswerChair(accept=True), "an")
    told.act(c.Lose(), "an")
    told.act(TakeChair(), "chair")
    told.act(c.Return(0), "an")
    assert words(told)[-3:] == [
        ("chair_offered", "chair", ["an"]),
        ("chair_accepted", "an", []),
        ("chair_stands_in", "chair", ["an"]),
    ]


def test_names_are_those_of_then() -> None:
    told = a_busy_meeting()
    told.act(Rename(pid("an"), a_name("Phạm Thị Dung", "Xã Dung")), "chair")
    before, after = acts(told)[-5], acts(told)[-1]
    assert before.targets[0].name.name == "Trần Thị An"
    assert after.details["after"].startswith("Xã Dung · Phạm Thị Dung")


def test_a_search_ignores_case_and_marks() -> None:
    told = a_busy_meeting()
    assert [a.act for a in acts(told) if matches(a, "TRAN thi binh")] == ["banned"]
    assert [a.act for a in acts(told) if matches(a, "gay on")] == ["banned"]


def test_of_a_branch_are_the_own_acts_and_what_concerns_it() -> None:
    told = a_busy_meeting()
    told.act(SetBranch(pid("an"), "Huyện Một"), "chair")
    told.act(c.Allow((pid("an"),)), "chair")
    mine = [a.act for a in acts(told) if concerns(a, pid("co"), "Huyện Một")]
    assert mine == ["muted", "refused", "allowed"]


def test_every_event_can_be_asked_whether_it_is_an_act() -> None:
    """The list is made from any event, also of features to come: one without an author is none."""
    told = a_busy_meeting()
    told.act(c.EndMeeting(), "chair")
    everything: list[tuple[int, Event]] = list(enumerate(told.log, 1))
    assert acts(told)[-1].act == "meeting_closed"
    assert len(list(acts_of(everything))) < len(everything)

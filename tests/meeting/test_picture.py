"""One picture in every room (R23)."""

from __future__ import annotations

import pytest
from tests.support.meetings import Told, a_guest, a_link, a_meeting, pid, the_chair

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.commands import Leave, Lose, Return, SetLayout, SetStage
from hoptt.meeting.evolve import replay
from hoptt.meeting.picture import MAX_STAGE
from hoptt.meeting.words import Layout, Role

GUESTS = ("an", "binh", "chi", "dung", "em", "phuc")


def a_house() -> Told:
    told = a_meeting(the_chair(), a_link("co", Role.CO_CHAIR), a_link("seer", Role.OBSERVER), *map(a_guest, GUESTS))
    assert told.meeting.layout is Layout.FREE
    assert told.meeting.stage == ()
    return told


@pytest.mark.parametrize("by", ["chair", "co"])
def test_whoever_leads_sets_the_layout_of_all_and_frees_it(by: str) -> None:
    told = a_house()
    for layout in (Layout.CONFERENCE, Layout.FREE):
        told.act(SetLayout(layout), by)
        assert told.meeting.layout is layout


def test_what_is_so_already_changes_nothing() -> None:
    told = a_house()
    told.act(SetLayout(Layout.GRID), "chair")
    told.act(SetStage((pid("an"),)), "chair")
    assert told.act(SetLayout(Layout.GRID), "co") == ()
    assert told.act(SetStage((pid("an"),)), "co") == ()


def test_the_stage_has_the_order_in_which_it_was_said_and_each_once() -> None:
    told = a_house()
    told.act(SetStage((pid("chi"), pid("an"), pid("chi"))), "chair")
    assert told.meeting.stage == (pid("chi"), pid("an"))


def test_the_later_word_of_two_who_lead_holds_whole() -> None:
    told = a_house()
    told.act(SetStage((pid("an"), pid("binh"))), "chair")
    told.act(SetStage((pid("chi"),)), "co")
    assert told.meeting.stage == (pid("chi"),)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (GUESTS[: MAX_STAGE + 1], ErrorCode.NOT_POSSIBLE),
        (("seer",), ErrorCode.NOT_POSSIBLE),
        (("an", "nobody"), ErrorCode.PARTICIPANT_UNKNOWN),
    ],
    ids=["too many", "an observer", "somebody who is not there"],
)
def test_a_stage_that_cannot_be_is_refused_whole(who: tuple[str, ...], code: ErrorCode) -> None:
    told = a_house()
    told.act(SetStage((pid("an"),)), "chair")
    with pytest.raises(HopttError) as refusal:
        told.act(SetStage(tuple(map(pid, who))), "chair")
    assert refusal.value.code is code
    assert told.meeting.stage == (pid("an"),)


def test_a_lost_line_keeps_the_place_on_the_stage_and_leaving_gives_it_up() -> None:
    told = a_house()
    told.act(SetStage((pid("an"), pid("binh"))), "chair")
    for command, stage in (
        (Lose(), ("an", "binh")),
        (Return(0), ("an", "binh")),
        (Leave(), ("binh",)),
        (Return(0), ("binh",)),
    ):
        told.act(command, "an", later=1)
        assert told.meeting.stage == tuple(map(pid, stage))


def test_the_log_gives_the_same_picture() -> None:
    told = a_house()
    told.act(SetLayout(Layout.TWO_COLUMNS), "co")
    told.act(SetStage((pid("an"), pid("binh"))), "chair")
    told.act(Leave(), "binh")
    again = replay(told.log)
    assert again is not None
    assert (again.layout, again.stage) == (Layout.TWO_COLUMNS, (pid("an"),))

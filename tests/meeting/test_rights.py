"""What the chair took from somebody stays taken when they come in anew, and nothing else does (R16)."""

from __future__ import annotations

from dataclasses import replace

from tests.support.meetings import OPEN_FLOOR, a_link, a_meeting, pid, the_chair

from hoptt.meeting.commands import Enter, Leave, StopSource
from hoptt.meeting.rights import withheld
from hoptt.meeting.role_commands import SetRole
from hoptt.meeting.state import Rights
from hoptt.meeting.words import Role, Source

ALL, NOTHING = Rights(may_speak=True, may_show=True, may_share=True), Rights(False, False, False)
NO_CAMERA = replace(ALL, may_show=False)


def again(who: str, seat: str, role: Role = Role.ATTENDEE) -> Enter:
    """The same person by the same link, on another seat."""
    return replace(a_link(who, role), participant=pid(seat))


def test_R16_watching_by_a_player_first_takes_nothing_from_the_own_page() -> None:
    told = a_meeting(the_chair(), again("an", "player", Role.OBSERVER), rules=OPEN_FLOOR)
    told.act(Leave(), "player")
    told.act(again("an", "page"))
    assert told.seat("page").rights == ALL


def test_R16_a_player_in_between_gives_nothing_back_that_the_chair_took() -> None:
    told = a_meeting(the_chair(), a_link("an"), rules=OPEN_FLOOR)
    told.act(StopSource(pid("an"), Source.CAMERA), "chair")
    told.act(Leave(), "an")
    told.act(again("an", "player", Role.OBSERVER))
    told.act(Leave(), "player")
    told.act(again("an", "page"))
    assert told.seat("page").rights == NO_CAMERA


def test_R16_whom_the_chair_made_an_observer_gets_nothing_back_with_an_older_seat() -> None:
    told = a_meeting(the_chair(), a_link("an"), rules=OPEN_FLOOR)
    told.act(Leave(), "an")
    told.act(again("an", "page"))
    told.act(SetRole(pid("page"), Role.OBSERVER), "chair")
    told.act(Leave(), "page")
    assert withheld(told.meeting, a_link("an").identity, ALL) == NOTHING


def test_whom_the_chair_lets_take_part_again_comes_back_with_all_of_it() -> None:
    told = a_meeting(the_chair(), a_link("an"), rules=OPEN_FLOOR)
    told.act(SetRole(pid("an"), Role.OBSERVER), "chair")
    told.act(SetRole(pid("an"), Role.ATTENDEE), "chair")
    told.act(Leave(), "an")
    told.act(again("an", "page"))
    assert told.seat("page").rights == ALL

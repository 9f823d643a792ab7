"""Acts that cross each other (R17), each in 1,000 orders drawn from a seed, over commits that land, wait and fail."""

from __future__ import annotations

import pytest
from tests.support.floor import a_conference
from tests.support.meetings import a_guest, pid
from tests.support.orders import Script, tell_orders

from hoptt.meeting import commands as c
from hoptt.meeting.floor import commands as f
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import HeldBecause, TurnState

AN, BINH = pid("an"), pid("binh")
STORIES: dict[str, list[Script]] = {
    "two grants": [
        ("chair", [f.GrantFloor(AN), f.GrantFloor(BINH)]),
        ("co", [f.GrantFloor(BINH), f.GrantFloor(AN, instead=True), f.EndTurn(AN)]),
        ("an", [f.AskFloor(), f.TakeFloor(), f.EndTurn()]),
        ("binh", [f.AskFloor(), f.TakeFloor()]),
    ],
    "grant and leave": [
        ("chair", [f.GrantFloor(AN), f.GrantFloor(BINH, instead=True), f.GrantFloor(AN)]),
        ("an", [f.AskFloor(), f.TakeFloor(), c.Leave(), c.Return(0), f.TakeFloor()]),
        ("binh", [f.TakeFloor(), c.Lose(), c.Return(0)]),
    ],
    "end while joining": [
        ("chair", [f.GrantFloor(AN), c.EndMeeting()]),
        ("late", [a_guest("late"), f.AskFloor()]),
        ("an", [f.TakeFloor(), f.EndTurn()]),
    ],
    "interrupted while it ends": [
        ("chair", [f.GrantFloor(AN), f.HoldTurn(AN), f.ResumeTurn(AN)]),
        ("co", [f.EndTurn(AN), c.Mute((AN,)), c.Allow((AN,))]),
        ("an", [f.TakeFloor(), f.TakeFloor(), f.EndTurn()]),
    ],
    "lines that come and go": [
        ("chair", [f.GrantFloor(AN), f.HoldTurn(AN), f.ResumeTurn(AN), c.Lose(), c.Return(0)]),
        ("an", [f.TakeFloor(), c.Lose(), c.Return(0)]),
        ("co", [c.Remove(AN)]),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_R17_no_order_leaves_a_half_state(story: str) -> None:
    tell_orders(story, STORIES[story], lambda: a_conference().meeting, check)


def check(meeting: Meeting) -> None:
    floor = meeting.floor
    turns = [turn.participant for turn in floor.turns]
    places = [request.participant for request in floor.queue]
    assert len(turns) <= 1, "one at a time"
    assert len({*turns, *places}) == len(turns) + len(places), "one turn or one place each"
    assert {*turns, *places} <= set(meeting.participants), "of those who are there"
    by_leave = {AN} if meeting.participants.get(AN) and AN not in turns else set()
    for who, seat in meeting.participants.items():
        turn = floor.turn_of(who)
        if turn is not None and turn.held_because is HeldBecause.CHAIR:
            assert not seat.rights.may_speak, "interrupted"
        elif turn is not None and turn.begun:
            assert seat.rights.may_speak, "whose turn it is"
        elif turn is not None and not turn.standing:
            assert turn.state is TurnState.GRANTED
        elif turn is None and who not in by_leave and who != pid("chair"):
            assert not seat.rights.may_speak, f"{who} has no turn"

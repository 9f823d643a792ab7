"""A meeting with a floor, told in a few words."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.meetings import Told, a_guest, a_link, a_meeting, pid, the_chair

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.commands import Command
from hoptt.meeting.floor.commands import AskFloor, GrantFloor, TakeFloor
from hoptt.meeting.floor.state import Turn
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, Role

GUESTS = ("an", "binh", "chung", "dung")


def a_conference(*guests: str, **rules: Any) -> Told:
    """A chair, a co-chair, guests, an observer; one at a time, five minutes each."""
    values: dict[str, Any] = {"entry": EntryRule.OPEN, "turn_s": 300} | rules
    people = [a_guest(who) for who in guests or GUESTS]
    co, watcher = a_link("co", Role.CO_CHAIR), a_link("watcher", Role.OBSERVER)
    return a_meeting(the_chair(), co, watcher, *people, rules=Rules(**values))


def asks(told: Told, *who: str) -> None:
    """Let these ask for the floor, one second after the other."""
    for one in who:
        told.act(AskFloor(), one, later=1)


def speaks(told: Told, who: str) -> None:
    """Give somebody the floor, and let them take it."""
    told.act(GrantFloor(pid(who)), "chair")
    told.act(TakeFloor(), who)


def queue(told: Told) -> list[str]:
    return [str(request.participant) for request in told.meeting.floor.queue]


def turn_of(told: Told, who: str) -> Turn:
    turn = told.meeting.floor.turn_of(pid(who))
    assert turn is not None, f"{who} has no turn"
    return turn


def has_turn(told: Told, who: str) -> bool:
    return told.meeting.floor.turn_of(pid(who)) is not None


def refused(told: Told, command: Command, by: str = "chair") -> ErrorCode:
    """Give the code of a refusal, which changes nothing."""
    before = told.meeting
    with pytest.raises(HopttError) as refusal:
        told.act(command, by)
    assert told.meeting is before
    return refusal.value.code

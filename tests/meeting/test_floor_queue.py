"""The queue of speaking requests (R17)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.clock import NINE
from tests.support.floor import a_conference, asks, queue, refused, speaks
from tests.support.meetings import TIMES, Told, a_guest, a_link, pid

from hoptt.errors import ErrorCode
from hoptt.meeting import commands as c
from hoptt.meeting.decide import decide
from hoptt.meeting.evolve import evolve
from hoptt.meeting.floor.commands import (
    AskFloor,
    GrantFloor,
    MoveRequest,
    RefuseRequest,
    SkipRequest,
    WithdrawFloor,
)
from hoptt.meeting.floor.events import FloorAsked, FloorWithdrawn
from hoptt.meeting.floor.numbers import MAX_QUEUE
from hoptt.meeting.floor.state import Request
from hoptt.meeting.words import RequestEnd, Role


def three_ask() -> Told:
    told = a_conference()
    asks(told, "an", "binh", "chung")
    return told


def test_R17_the_queue_has_the_order_of_asking() -> None:
    told = three_ask()
    assert queue(told) == ["an", "binh", "chung"]
    assert told.log[-1] == FloorAsked(told.now, pid("chung"), 2)


def test_R17_asking_again_keeps_the_place() -> None:
    told = three_ask()
    assert told.act(AskFloor(), "an", later=60) == ()
    assert queue(told) == ["an", "binh", "chung"]


def test_R17_asking_opens_nothing() -> None:
    assert three_ask().speakers == {"chair"}


def test_R17_whoever_leads_asks_too() -> None:
    told = three_ask()
    asks(told, "co", "chair")
    assert queue(told)[-2:] == ["co", "chair"]


def test_R17_who_has_the_floor_does_not_ask() -> None:
    told = three_ask()
    told.act(GrantFloor(pid("an")), "chair")
    assert refused(told, AskFloor(), "an") is ErrorCode.FLOOR_ALREADY


def test_R13_technical_staff_does_not_ask_and_speaks_when_invited() -> None:
    told = a_conference()
    told.act(a_link("tech", Role.TECHNICIAN))
    told.act(c.Admit((pid("tech"),)), "chair")
    assert refused(told, AskFloor(), "tech") is ErrorCode.NOT_ALLOWED
    speaks(told, "tech")
    assert "tech" in told.speakers


def test_R17_withdrawing_gives_the_place_up() -> None:
    told = three_ask()
    told.act(WithdrawFloor(), "binh")
    assert queue(told) == ["an", "chung"]
    assert refused(told, WithdrawFloor(), "binh") is ErrorCode.FLOOR_NOT_ASKED


def test_R17_a_refused_request_says_why_and_may_be_asked_again() -> None:
    told = three_ask()
    [event] = told.act(RefuseRequest(pid("an"), "để cuối buổi"), "co")
    assert event == FloorWithdrawn(told.now, pid("an"), RequestEnd.REFUSED, pid("co"), "để cuối buổi")
    asks(told, "an")
    assert queue(told) == ["binh", "chung", "an"]


def test_R17_who_is_skipped_goes_last() -> None:
    told = three_ask()
    told.act(SkipRequest(pid("an")), "chair")
    assert queue(told) == ["binh", "chung", "an"]
    assert told.act(SkipRequest(pid("an")), "chair") == (), "already last"


@pytest.mark.parametrize(
    ("who", "place", "then"),
    [
        ("chung", 0, ["chung", "an", "binh"]),
        ("an", 1, ["binh", "an", "chung"]),
        ("an", 99, ["binh", "chung", "an"]),
        ("binh", 1, ["an", "binh", "chung"]),
    ],
)
def test_R17_a_request_is_moved(who: str, place: int, then: list[str]) -> None:
    told = three_ask()
    told.act(MoveRequest(pid(who), place), "co")
    assert queue(told) == then


@pytest.mark.parametrize("command", [RefuseRequest(pid("dung")), SkipRequest(pid("dung")), MoveRequest(pid("dung"), 0)])
def test_R17_who_did_not_ask_has_no_place(command: c.Command) -> None:
    assert refused(three_ask(), command) is ErrorCode.FLOOR_NOT_ASKED


def test_R24_who_lost_the_line_keeps_the_place_while_the_seat_is_kept() -> None:
    told = three_ask()
    told.act(c.Lose(), "an")
    told.act(c.LetTimePass(), later=59)
    assert queue(told) == ["an", "binh", "chung"]
    events = told.act(c.LetTimePass(), later=2)
    assert queue(told) == ["binh", "chung"]
    assert FloorWithdrawn(told.now, pid("an"), RequestEnd.LOST, None) in events


@pytest.mark.parametrize(
    ("command", "by", "cause"),
    [(c.Leave(), "an", RequestEnd.LEFT), (c.Remove(pid("an"), ban=True), "chair", RequestEnd.REMOVED)],
)
def test_R17_who_gives_the_seat_up_gives_the_place_up(command: c.Command, by: str, cause: RequestEnd) -> None:
    told = three_ask()
    events = told.act(command, by)
    assert queue(told) == ["binh", "chung"]
    assert [e.cause for e in events if isinstance(e, FloorWithdrawn)] == [cause]


def test_R17_500_requests_stand_in_the_order_of_asking() -> None:
    told = a_conference(capacity=600)
    crowd = [f"g{n}" for n in range(500)]
    for who in crowd:
        told.act(a_guest(who, typed=False))
    asks(told, *crowd)
    assert queue(told) == crowd
    told.act(MoveRequest(pid("g499"), 0), "chair")
    assert queue(told) == ["g499", *crowd[:-1]]


def test_R17_the_queue_has_an_end() -> None:
    told = a_conference()
    full = tuple(Request(pid(f"g{n}"), NINE) for n in range(MAX_QUEUE))
    told.meeting = replace(told.meeting, floor=replace(told.meeting.floor, queue=full))
    assert refused(told, AskFloor(), "an") is ErrorCode.FLOOR_FULL


def test_R17_two_who_ask_in_one_batch_are_told_places_that_add_up() -> None:
    meeting = a_conference().meeting
    for place, who in enumerate(("an", "binh")):
        [event] = decide(meeting, AskFloor(), NINE, TIMES, by=pid(who))
        assert isinstance(event, FloorAsked)
        assert event.place == place
        meeting = evolve(meeting, event)

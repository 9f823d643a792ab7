"""Acts that cross each other (R17), each in 1,000 orders drawn from a seed, over commits that land, wait and fail."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence

import pytest
from tests.support.clock import NINE
from tests.support.floor import a_conference
from tests.support.meetings import TIMES, a_guest, pid

from hoptt.errors import HopttError
from hoptt.live.deliveries import Switches
from hoptt.live.gates import gates_of
from hoptt.live.ledger import Entry, Ledger
from hoptt.meeting import commands as c
from hoptt.meeting.floor import commands as f
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import HeldBecause, Source, TurnState

Script = tuple[str, Sequence[c.Command]]
AN, BINH = pid("an"), pid("binh")
ON = Switches(microphone=True)
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
    for seed in range(1_000):
        try:
            tell(STORIES[story], random.Random(f"{story}{seed}"))
        except AssertionError as fault:
            raise AssertionError(f"order {seed} of {story}: {fault}") from fault


def tell(scripts: list[Script], chance: random.Random) -> None:
    """Tell one order: each script keeps its own order, commits land and fail in between."""
    ledger: Ledger[None] = Ledger(a_conference().meeting, 1, TIMES)
    left = [(pid(who), list(commands)) for who, commands in scripts]
    while any(commands for _, commands in left):
        who, commands = chance.choice([script for script in left if script[1]])
        ask(ledger, commands.pop(0), who)
        if chance.random() < 0.3:
            commit(ledger, chance)
        check(ledger.draft)
        check(ledger.state)
        check_gates(ledger)
    while ledger.waiting or ledger.flying:
        commit(ledger, chance)
    check(ledger.state)
    check_gates(ledger)
    assert ledger.state == ledger.draft


def ask(ledger: Ledger[None], command: c.Command, who: object) -> None:
    with contextlib.suppress(HopttError):  # the other was there first
        ledger.decide(Entry(command, pid(str(who)), None), NINE)


def commit(ledger: Ledger[None], chance: random.Random) -> None:
    """Begin a commit, or let the one that is under way land or fail."""
    if ledger.flying is None:
        ledger.take_batch()
    elif chance.random() < 0.8:
        ledger.recorded()
    else:
        _, again = ledger.failed()
        for entry in again:
            ask(ledger, entry.command, entry.by)


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


def check_gates(ledger: Ledger[None]) -> None:
    """R16: what is open is recorded, and what was taken away since is closed."""
    for who, seat in ledger.state.participants.items():
        decided = ledger.draft.participants.get(who)
        is_open = gates_of(seat, decided, ON)[who, Source.MICROPHONE].open
        assert is_open is (seat.rights.may_speak and decided is not None and decided.rights.may_speak)

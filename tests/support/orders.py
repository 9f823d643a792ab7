"""What several hands do, told in an order drawn by chance, over commits that land, wait and fail."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tests.support.clock import NINE
from tests.support.meetings import TIMES, pid

from hoptt.errors import HopttError
from hoptt.live.deliveries import Switches
from hoptt.live.gates import gates_of
from hoptt.live.ledger import Entry, Ledger
from hoptt.meeting.commands import Command
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Source

Script: TypeAlias = tuple[str, Sequence[Command]]
"""Somebody, and what they do one after the other."""
Check: TypeAlias = Callable[[Meeting], None]
"""Says with an AssertionError what is half done in a meeting."""
ORDERS = 1_000
ON = Switches(microphone=True)


def tell_orders(name: str, scripts: Sequence[Script], begin: Callable[[], Meeting], check: Check) -> None:
    """Tell 1,000 orders, the same at each run; names the one that leaves something half done."""
    for seed in range(ORDERS):
        try:
            _tell(scripts, begin(), check, random.Random(f"{name}{seed}"))
        except AssertionError as fault:
            raise AssertionError(f"order {seed} of {name}: {fault}") from fault


def _tell(scripts: Sequence[Script], meeting: Meeting, check: Check, chance: random.Random) -> None:
    """Tell one order: each script keeps its own order, commits land and fail in between."""
    ledger: Ledger[None] = Ledger(meeting, 1, TIMES)
    left = [(pid(who), list(commands)) for who, commands in scripts]
    while any(commands for _, commands in left):
        who, commands = chance.choice([script for script in left if script[1]])
        _ask(ledger, commands.pop(0), who)
        if chance.random() < 0.3:
            _commit(ledger, chance)
        _stands_whole(ledger, check)
    while ledger.waiting or ledger.flying:
        _commit(ledger, chance)
    _stands_whole(ledger, check)
    assert ledger.state == ledger.draft


def _ask(ledger: Ledger[None], command: Command, who: object) -> None:
    with contextlib.suppress(HopttError):  # the other was there first
        ledger.decide(Entry(command, pid(str(who)), None), NINE)


def _commit(ledger: Ledger[None], chance: random.Random) -> None:
    """Begin a commit, or let the one that is under way land or fail."""
    if ledger.flying is None:
        ledger.take_batch()
    elif chance.random() < 0.8:
        ledger.recorded()
    else:
        _, again = ledger.failed()
        for entry in again:
            _ask(ledger, entry.command, entry.by)


def _stands_whole(ledger: Ledger[None], check: Check) -> None:
    """R16: what is open is recorded, and what was taken away since is closed."""
    check(ledger.draft)
    check(ledger.state)
    for who, seat in ledger.state.participants.items():
        decided = ledger.draft.participants.get(who)
        is_open = gates_of(seat, decided, ON)[who, Source.MICROPHONE].open
        assert is_open is (seat.rights.may_speak and decided is not None and decided.rights.may_speak)

"""The books: state, draft, what is under way and what is tried again. No loop, no disk."""

from __future__ import annotations

import pytest
from tests.support.clock import NINE
from tests.support.meetings import MUTED, TIMES, a_beginning, a_guest, a_meeting, pid, the_chair

from hoptt.errors import ErrorCode, HopttError
from hoptt.live.ledger import Entry, Ledger, takes_away
from hoptt.meeting.commands import Allow, Command, EndMeeting, Leave, Lock, Lose, Mute, Remove, TakeBack


def a_ledger() -> Ledger[str]:
    told = a_meeting(the_chair(), a_guest("an"), a_guest("binh"), rules=MUTED)
    return Ledger(told.meeting, len(told.log), TIMES)


def decided(ledger: Ledger[str], command: Command, by: str = "chair") -> Entry[str]:
    entry = Entry(command, pid(by), "slip")
    ledger.decide(entry, NINE)
    return entry


def may_speak(ledger: Ledger[str]) -> set[str]:
    return {p.id for p in ledger.state.participants.values() if p.rights.may_speak}


def test_what_is_decided_counts_once_it_is_recorded() -> None:
    ledger = a_ledger()
    decided(ledger, Allow((pid("an"),)))
    assert may_speak(ledger) == {"chair"}
    batch = ledger.take_batch()
    assert batch is not None
    assert (len(batch.events), batch.after) == (1, 5)
    ledger.recorded()
    assert may_speak(ledger) == {"chair", "an"}
    assert ledger.seq == 6


def test_what_is_decided_during_a_commit_waits_for_its_own() -> None:
    ledger = a_ledger()
    decided(ledger, Allow((pid("an"),)))
    ledger.take_batch()
    decided(ledger, Allow((pid("binh"),)))
    assert ledger.take_batch() is None, "one commit at a time"
    ledger.recorded()
    assert may_speak(ledger) == {"chair", "an"}
    ledger.take_batch()
    ledger.recorded()
    assert may_speak(ledger) == {"chair", "an", "binh"}


def test_a_failed_commit_drops_what_gives_and_keeps_what_takes() -> None:
    ledger = a_ledger()
    giving = decided(ledger, Allow((pid("an"),)))
    taking = decided(ledger, Remove(pid("binh")))
    leaving = decided(ledger, Leave(), "an")
    ledger.take_batch()
    later = decided(ledger, Lock(locked=True))
    dropped, again = ledger.failed()
    assert dropped == [giving]
    assert list(again) == [taking, leaving, later]
    assert ledger.draft is ledger.state


def test_a_refusal_leaves_the_draft_as_it_was() -> None:
    ledger = a_ledger()
    draft = ledger.draft
    with pytest.raises(HopttError) as refusal:
        decided(ledger, Remove(pid("chair")))
    assert refusal.value.code is ErrorCode.NOT_ALLOWED
    assert ledger.draft is draft
    assert ledger.take_batch() is None


def test_a_command_is_judged_by_those_before_it() -> None:
    ledger = a_ledger()
    decided(ledger, EndMeeting())
    with pytest.raises(HopttError) as refusal:
        decided(ledger, Lock(locked=True))
    assert refusal.value.code is ErrorCode.MEETING_ENDED


def test_a_beginning_is_stored_with_the_first_who_comes_in_or_not_at_all() -> None:
    first = a_beginning(MUTED)
    ledger: Ledger[str] = Ledger.beginning(first, TIMES)
    entry = Entry(the_chair(), pid("chair"), "slip")
    ledger.decide(entry, NINE)
    batch = ledger.take_batch()
    assert batch is not None
    assert batch.events[0] is first
    dropped, again = ledger.failed()
    assert (list(dropped), list(again)) == ([entry], [])


@pytest.mark.parametrize(
    ("command", "takes"),
    [
        (Mute(), True),
        (TakeBack(), True),
        (Remove(pid("an")), True),
        (EndMeeting(), True),
        (Lock(locked=True), True),
        (Lock(locked=False), False),
        (Allow(), False),
        (Lose(), False),
    ],
)
def test_which_acts_take_away(command: Command, takes: bool) -> None:
    assert takes_away(command) is takes

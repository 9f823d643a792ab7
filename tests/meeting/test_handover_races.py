"""The chair handed over and lost at once (R18), in 1,000 orders drawn from a seed, over commits that land and fail."""

from __future__ import annotations

import pytest
from tests.support.meetings import a_guest, a_link, a_meeting, pid, the_chair
from tests.support.orders import Script, tell_orders

from hoptt.meeting import commands as c
from hoptt.meeting.role_commands import AnswerChair, NameDeputy, OfferChair, SetRole, TakeChair, WithdrawChairOffer
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Role

AN, CO, CHAIR = pid("an"), pid("co"), pid("chair")
STORIES: dict[str, list[Script]] = {
    "hand-over while the chair drops": [
        ("chair", [OfferChair(AN), c.Lose(), c.Return(0), WithdrawChairOffer()]),
        ("an", [AnswerChair(accept=True), AnswerChair(accept=True), c.Lose(), c.Return(0)]),
        ("co", [TakeChair(), OfferChair(AN), TakeChair()]),
    ],
    "hand-over while the chair is put out of the way": [
        ("chair", [OfferChair(AN), c.Lose(), c.Return(0)]),
        ("an", [AnswerChair(accept=True), SetRole(CO, Role.ATTENDEE), c.Remove(CHAIR)]),
        ("co", [TakeChair(), SetRole(AN, Role.OBSERVER), c.Mute((AN,)), c.Remove(AN)]),
    ],
    "a deputy who drops, too": [
        ("chair", [NameDeputy(AN), c.Lose(), c.Return(0), OfferChair(AN)]),
        ("an", [TakeChair(), c.Lose(), c.Return(0), AnswerChair(accept=True)]),
        ("co", [TakeChair(), TakeChair()]),
    ],
    "hand-over while the meeting ends": [
        ("chair", [OfferChair(AN), c.EndMeeting()]),
        ("an", [AnswerChair(accept=True), c.EndMeeting()]),
        ("late", [a_guest("late")]),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_R18_no_order_of_a_hand_over_leaves_two_chairs_or_none(story: str) -> None:
    tell_orders(story, STORIES[story], begin, check)


def begin() -> Meeting:
    return a_meeting(the_chair(), a_link("co", Role.CO_CHAIR), a_link("an"), a_guest("binh")).meeting


def check(meeting: Meeting) -> None:
    if meeting.closed:
        return
    chairs = [who for who, seat in meeting.participants.items() if seat.role is Role.CHAIR]
    assert len(chairs) == 1, f"one chair, not {chairs}"
    assert meeting.participants[chairs[0]].rights.may_speak, "a chair may speak"
    if meeting.chair_offer is not None:
        assert meeting.chair_offer.by in chairs, "offered by who has it"
    if meeting.stand_in is not None:
        assert chairs == [meeting.stand_in.participant]
        away = meeting.participants.get(meeting.stand_in.chair)
        assert away is None or not away.connected, "nobody stands in for a chair who is here"

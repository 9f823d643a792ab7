"""Which meeting is at a room's address, and who may begin one (R6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.clock import NINE
from tests.support.meetings import TIMES, a_plan, a_room, an_invitation

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import InvitationId, MeetingId
from hoptt.meeting.beginning import Past, begin_ad_hoc, begin_scheduled, current, next_of
from hoptt.meeting.events import MeetingBegun
from hoptt.meeting.settings import ScheduledMeeting
from hoptt.meeting.words import AdHoc, MeetingState, Role

SOON = a_plan(an_invitation("i1"), starts_at=NINE + timedelta(minutes=20), key="soon")
LATER = a_plan(an_invitation("i2"), starts_at=NINE + timedelta(hours=5), key="later")
FAR = a_plan(starts_at=NINE + timedelta(days=3), key="far")
OVER = a_plan(an_invitation("i3"), starts_at=NINE - timedelta(hours=3), ends_at=NINE - timedelta(hours=1), key="over")


@pytest.mark.parametrize(
    ("plans", "invitation", "role", "found"),
    [
        ([SOON, LATER], None, Role.ATTENDEE, "soon"),
        ([SOON, LATER], "i2", Role.ATTENDEE, "later"),
        ([LATER], None, Role.ATTENDEE, None),
        ([LATER], None, Role.CHAIR, "later"),
        ([FAR], None, Role.CHAIR, None),
        ([OVER, FAR], None, Role.ATTENDEE, None),
        ([OVER, SOON], None, Role.ATTENDEE, "soon"),
        ([OVER], "i3", Role.ATTENDEE, "over"),
        ([], None, Role.CHAIR, None),
    ],
)
def test_R6_the_meeting_somebody_means(
    plans: list[ScheduledMeeting], invitation: str | None, role: Role, found: str | None
) -> None:
    meeting = current(plans, None if invitation is None else InvitationId(invitation), role, NINE, TIMES)
    assert (None if meeting is None else meeting.id) == found


def test_the_door_announces_the_next_meeting() -> None:
    assert next_of([OVER, LATER, FAR], NINE, TIMES) is LATER


def test_a_scheduled_meeting_begins_with_doors_open_or_not_yet() -> None:
    assert begin_scheduled(SOON, "Phòng", NINE).state is MeetingState.DOORS_OPEN
    assert begin_scheduled(LATER, "Phòng", NINE).state is MeetingState.SCHEDULED


def ad_hoc(
    rule: AdHoc, role: Role, *, past: Past | None = None, announced: ScheduledMeeting | None = None
) -> MeetingBegun | ErrorCode:
    try:
        return begin_ad_hoc(a_room(ad_hoc=rule), MeetingId("m"), role, NINE, past=past or Past(), announced=announced)
    except HopttError as refusal:
        return refusal.code


@pytest.mark.parametrize(
    ("rule", "role", "past", "announced", "what"),
    [
        (AdHoc.NEVER, Role.CHAIR, None, None, ErrorCode.MEETING_NOT_OPEN),
        (AdHoc.CHAIR, Role.CHAIR, None, None, None),
        (AdHoc.CHAIR, Role.ATTENDEE, None, None, None),
        (AdHoc.CHAIR, Role.ATTENDEE, None, LATER, ErrorCode.MEETING_NOT_OPEN),
        (AdHoc.CHAIR, Role.CHAIR, None, FAR, None),
        (AdHoc.ANYONE, Role.ATTENDEE, None, LATER, None),
        (AdHoc.ANYONE, Role.ATTENDEE, Past(ended_at=NINE), None, ErrorCode.MEETING_ENDED),
        (AdHoc.ANYONE, Role.CHAIR, Past(ended_at=NINE), None, None),
    ],
)
def test_R6_who_may_begin_a_meeting_that_nobody_scheduled(
    rule: AdHoc, role: Role, past: Past | None, announced: ScheduledMeeting | None, what: ErrorCode | None
) -> None:
    begun = ad_hoc(rule, role, past=past, announced=announced)
    assert (begun if isinstance(begun, ErrorCode) else None) is what


def test_the_refusal_says_when_the_doors_open() -> None:
    with pytest.raises(HopttError) as refusal:
        begin_ad_hoc(a_room(ad_hoc=AdHoc.NEVER), MeetingId("m"), Role.CHAIR, NINE, past=Past(), announced=LATER)
    assert refusal.value.details["doors_at"] == int((NINE + timedelta(hours=4.5)).timestamp() * 1000)

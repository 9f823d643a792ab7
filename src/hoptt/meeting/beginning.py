"""How a meeting comes to be: from the calendar, or by somebody coming in (R6). Which one is at a room's address now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId, InvitationId, MeetingId, ParticipantId
from hoptt.meeting.accounts import OF_NO_UNIT, Account
from hoptt.meeting.events import MeetingBegun
from hoptt.meeting.settings import Invitation, Room, ScheduledMeeting
from hoptt.meeting.state import LEADS, Ban
from hoptt.meeting.timers import Times
from hoptt.meeting.words import AdHoc, MeetingState, Role


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier meetings of a room leave behind."""

    ended_at: datetime | None = None
    """When the chair ended the last one."""
    bans: Mapping[ParticipantId, Ban] = field(default_factory=dict)
    """Of ad-hoc meetings, as long as they stand."""


def current(
    scheduled: Sequence[ScheduledMeeting], invitation: InvitationId | None, role: Role, now: datetime, times: Times
) -> ScheduledMeeting | None:
    """Give the scheduled meeting that somebody means who opens the room's address now.

    The one they are invited to; else the one whose doors are open; else, for those who lead, the next one within a
    day; else None. A meeting whose time is over is found by those invited to it only.
    """
    for meeting in scheduled:
        if invitation is not None and any(i.id == invitation for i in meeting.invitations):
            return meeting
    ahead = [m for m in scheduled if not is_over(m, now, times)]
    for meeting in ahead:
        if doors_of(meeting) <= now or (role in LEADS and meeting.starts_at - times.ahead <= now):
            return meeting
    return None


def invitation_of(
    scheduled: Sequence[ScheduledMeeting], account: AccountId, now: datetime, times: Times
) -> Invitation | None:
    """Give the row of a list by which an account is expected here now: of the meeting whose doors are open, else of
    the next one, else of one that lasts beyond its planned end.
    """
    ahead = [m for m in scheduled if not is_over(m, now, times)]
    opened = [m for m in ahead if doors_of(m) <= now]
    for meeting in opened or ahead or reversed(scheduled):
        for invitation in meeting.invitations:
            if invitation.account == account:
                return invitation
    return None


def role_of_account(room: Room, meant: ScheduledMeeting | None, account: Account, invited: Invitation | None) -> Role:
    """Give the role in which an account comes in: as the list says; the room's owner leads where nobody else does;
    staff of the installation are technicians, whom the chair lets in (R13).
    """
    if invited is not None:
        return invited.role
    led = meant is not None and any(i.role is Role.CHAIR for i in meant.invitations)
    if room.owner == account.id and not led:
        return Role.CHAIR
    return Role.OPERATOR if account.role in OF_NO_UNIT else Role.ATTENDEE


def next_of(scheduled: Sequence[ScheduledMeeting], now: datetime, times: Times) -> ScheduledMeeting | None:
    """Give the meeting to be announced at the door: the earliest that is not over."""
    return next((m for m in scheduled if not is_over(m, now, times)), None)


def doors_of(meeting: ScheduledMeeting) -> datetime:
    """Tell when the doors open."""
    return meeting.starts_at - timedelta(seconds=meeting.rules.doors_before_s)


def is_over(meeting: ScheduledMeeting, now: datetime, times: Times) -> bool:
    """Tell whether its planned time has passed."""
    return now >= (meeting.ends_at or meeting.starts_at + times.overdue)


def begin_scheduled(meeting: ScheduledMeeting, room_name: str, now: datetime) -> MeetingBegun:
    """Begin the log of a scheduled meeting, when its doors open or its chair comes early."""
    return MeetingBegun(
        now,
        meeting.id,
        meeting.room,
        room_name,
        meeting.title,
        meeting.rules,
        ad_hoc=None,
        invitations=meeting.invitations,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        state=MeetingState.DOORS_OPEN if doors_of(meeting) <= now else MeetingState.SCHEDULED,
        bans={},
    )


def begin_ad_hoc(
    room: Room, meeting: MeetingId, role: Role, now: datetime, *, past: Past, announced: ScheduledMeeting | None
) -> MeetingBegun:
    """Begin the log of a meeting that nobody scheduled.

    Where the room wants a chair, those who come before one find doors open and no meeting opened yet: `open` and
    `password` entrants are in, the others wait. Somebody with chair rights may begin at any time; anyone else not
    within a minute of the last one's end, and not while a scheduled meeting is announced that a chair has to begin.
    """
    if room.ad_hoc is AdHoc.NEVER or (announced is not None and room.ad_hoc is AdHoc.CHAIR and role not in LEADS):
        raise _not_open(announced)
    if role not in LEADS and past.ended_at is not None:
        raise HopttError(
            ErrorCode.MEETING_ENDED,
            "the meeting has ended; the chair may begin another",
            details={"ended_at": _ms(past.ended_at)},
        )
    return MeetingBegun(
        now,
        meeting,
        room.slug,
        room.name,
        room.name,
        room.rules,
        ad_hoc=room.ad_hoc,
        invitations=(),
        starts_at=None,
        ends_at=None,
        state=MeetingState.DOORS_OPEN,
        bans=dict(past.bans),
    )


def _not_open(announced: ScheduledMeeting | None) -> HopttError:
    details = {}
    if announced is not None:
        details = {"doors_at": _ms(doors_of(announced)), "starts_at": _ms(announced.starts_at)}
    return HopttError(ErrorCode.MEETING_NOT_OPEN, "no meeting takes place here now", details=details)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)

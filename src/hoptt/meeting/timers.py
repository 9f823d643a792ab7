"""Every deadline of a meeting, with its default, in one place.

`next_deadline` says when to look again; `due` gives what has happened by then. Both only read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hoptt import patience
from hoptt.meeting.events import DoorsOpened, Event, LobbyLeft, MeetingClosed, ParticipantLeft
from hoptt.meeting.floor import following
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Cause, LobbyOutcome, MeetingState, Role


@dataclass(frozen=True, slots=True)
class Times:
    """How long what is kept or waited for. When doors open is a rule of the meeting (`Rules.doors_before_s`)."""

    seat: timedelta = patience.SEAT
    """A lost participant's seat (P9)."""
    chair_seat: timedelta = patience.CHAIR_SEAT
    """A lost chair's seat."""
    lobby_place: timedelta = patience.LOBBY_PLACE
    """A lost applicant's place in the lobby."""
    empty: timedelta = patience.EMPTY
    """An ad-hoc meeting without a seat held."""
    overdue: timedelta = timedelta(hours=12)
    """A scheduled meeting without a planned end counts as over this long after its start: it closes once empty."""
    missed: timedelta = timedelta(days=7)
    """A scheduled meeting that nobody held is closed so long after its time; those invited may begin it until then."""
    again: timedelta = timedelta(seconds=60)
    """After the chair ended a meeting, before anyone else may begin an ad-hoc one."""
    turn_taken: timedelta = patience.TURN_TAKEN
    """A turn that was granted and not taken lapses (R17)."""
    ad_hoc_ban: timedelta = timedelta(hours=24)
    """A ban in ad-hoc rooms, counted over meetings."""
    ahead: timedelta = timedelta(hours=24)
    """How long before its start a scheduled meeting is what its chair finds at the room's address."""

    def seat_of(self, role: Role) -> timedelta:
        """Give how long a lost seat of this role is kept."""
        return self.chair_seat if role is Role.CHAIR else self.seat


def doors_at(meeting: Meeting) -> datetime | None:
    """Tell when the doors of a scheduled meeting open (R6)."""
    if meeting.starts_at is None:
        return None
    return meeting.starts_at - timedelta(seconds=meeting.rules.doors_before_s)


def next_deadline(meeting: Meeting, times: Times) -> datetime | None:
    """Tell when something will be due if nothing else happens before; None for never."""
    return min(_deadlines(meeting, times), default=None)


def due(meeting: Meeting, now: datetime, times: Times) -> tuple[Event, ...]:
    """Give what has become true by `now`."""
    if meeting.closed:
        return ()
    events: list[Event] = []
    doors = doors_at(meeting)
    if meeting.state is MeetingState.SCHEDULED and doors is not None and doors <= now:
        events.append(DoorsOpened(now))
    events += following.due(meeting, now)
    events += [
        ParticipantLeft(now, p.id, Cause.LOST)
        for p in meeting.participants.values()
        if p.lost_until is not None and p.lost_until <= now
    ]
    events += [
        LobbyLeft(now, a.id, LobbyOutcome.LOST)
        for a in meeting.lobby.values()
        if a.lost_until is not None and a.lost_until <= now
    ]
    over = _over_at(meeting, times)
    if over is not None and over <= now:
        events.append(MeetingClosed(now, None, Cause.EMPTY))
    return tuple(events)


def _deadlines(meeting: Meeting, times: Times) -> Iterator[datetime]:
    if meeting.closed:
        return
    doors = doors_at(meeting)
    if meeting.state is MeetingState.SCHEDULED and doors is not None:
        yield doors
    for seat in meeting.participants.values():
        if seat.lost_until is not None:
            yield seat.lost_until
    for applicant in meeting.lobby.values():
        if applicant.lost_until is not None:
            yield applicant.lost_until
    yield from following.deadlines(meeting.floor)
    over = _over_at(meeting, times)
    if over is not None:
        yield over


def _over_at(meeting: Meeting, times: Times) -> datetime | None:
    """Tell when a meeting that stands empty closes.

    Whoever waits in the lobby for a chair to begin keeps an ad-hoc meeting; a scheduled one waits for its planned end.
    """
    if meeting.empty_since is None or (meeting.opened_at is None and meeting.lobby):
        return None
    after_empty = meeting.empty_since + times.empty
    if meeting.starts_at is None:
        return after_empty
    return max(after_empty, meeting.ends_at or meeting.starts_at + times.overdue)

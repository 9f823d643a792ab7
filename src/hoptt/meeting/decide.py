"""What a command makes happen: events, or a refusal. Each rule has a file of its own."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting import (
    admission,
    branches,
    chat,
    companions,
    ending,
    hand,
    handover,
    locking,
    picture,
    removal,
    roles,
    seats,
    sources,
    speaking,
    timers,
)
from hoptt.meeting.chat_words import CloseChat, Say
from hoptt.meeting.commands import (
    Admit,
    Allow,
    AllowSource,
    ByAnybody,
    ByTheServer,
    ByThoseWhoLead,
    Cancel,
    Command,
    CorrectName,
    EndMeeting,
    Enter,
    Leave,
    LetTimePass,
    LiftBan,
    LiftMute,
    Lock,
    Lose,
    Mute,
    OpenMeeting,
    Refuse,
    Remove,
    Restore,
    Return,
    SetLayout,
    SetStage,
    SignOut,
    StopSource,
    TakeBack,
)
from hoptt.meeting.events import Event
from hoptt.meeting.floor import decide as floor
from hoptt.meeting.floor import following
from hoptt.meeting.floor.commands import FloorCommand
from hoptt.meeting.role_commands import RoleCommand
from hoptt.meeting.state import Meeting
from hoptt.meeting.timers import Times
from hoptt.meeting.words import MeetingState


def decide(
    meeting: Meeting, command: Command, now: datetime, times: Times, *, by: ParticipantId | None = None
) -> tuple[Event, ...]:
    """Give the events of a command, none when it changes nothing; raise HopttError when it is refused.

    `by` is the participant or applicant who asks; None is the server itself. Somebody at the door has no seat yet:
    `Enter` carries the id they get.
    """
    if meeting.closed:
        if by is None:
            return ()
        raise ended(meeting)
    roles.check(meeting, command, by)
    branches.check(meeting, command, by)
    if isinstance(command, FloorCommand):
        assert by is not None, "roles.MAY gives the server none of these"
        return floor.decide(meeting, command, by, now, times)
    events = companions.follow(meeting, _decide(meeting, command, now, times, by), now)
    return following.follow(meeting, command, handover.follow(meeting, events, now), now)


def _decide(
    meeting: Meeting,
    command: ByAnybody | ByTheServer | ByThoseWhoLead | RoleCommand,
    now: datetime,
    times: Times,
    by: ParticipantId | None,
) -> tuple[Event, ...]:
    if isinstance(command, ByTheServer):
        return _by_the_server(meeting, command, now, times)
    assert by is not None, "roles.MAY gives the server none of these"
    if isinstance(command, ByAnybody):
        return _by_anybody(meeting, command, by, now, times)
    if isinstance(command, RoleCommand):
        return hand.decide(meeting, command, by, now)
    return _by_those_who_lead(meeting, command, by, now, times)


def ended(meeting: Meeting) -> HopttError:
    """Say that the meeting is over, and since when."""
    cancelled = meeting.state is MeetingState.CANCELLED
    at = {} if meeting.closed_at is None else {"ended_at": int(meeting.closed_at.timestamp() * 1000)}
    if cancelled:
        return HopttError(ErrorCode.MEETING_POSTPONED, "the meeting was cancelled")
    return HopttError(ErrorCode.MEETING_ENDED, "the meeting has ended", details=at)


def _by_the_server(meeting: Meeting, command: ByTheServer, now: datetime, times: Times) -> tuple[Event, ...]:
    match command:
        case LetTimePass():
            return timers.due(meeting, now, times)
        case Restore():
            return seats.restore(meeting, command, now, times)
        case Cancel():
            return ending.cancel(now)
        case SignOut():
            return seats.sign_out(meeting, command, now)
        case _:
            assert_never(command)


def _by_anybody(
    meeting: Meeting, command: ByAnybody, by: ParticipantId, now: datetime, times: Times
) -> tuple[Event, ...]:
    match command:
        case Enter():
            return admission.enter(meeting, command, now)
        case Return():
            return seats.come_back(meeting, command, by, now)
        case Leave():
            return seats.leave(meeting, by, now)
        case Lose():
            return seats.lose(meeting, by, now, times)
        case CorrectName():
            return admission.correct_name(meeting, command, by, now)
        case Say():
            return chat.say(meeting, command, by, now)
        case _:
            assert_never(command)


def _by_those_who_lead(  # noqa: PLR0911, PLR0912 - the dispatcher: one line a case
    meeting: Meeting, command: ByThoseWhoLead, by: ParticipantId, now: datetime, times: Times
) -> tuple[Event, ...]:
    match command:
        case Admit():
            return admission.admit(meeting, command, by, now, times)
        case Refuse():
            return admission.refuse(meeting, command, by, now)
        case Remove():
            return removal.remove(meeting, command, by, now)
        case LiftBan():
            return removal.lift_ban(meeting, command, by, now)
        case Allow():
            return speaking.allow(meeting, command, by, now)
        case TakeBack():
            return speaking.take_back(meeting, command, by, now)
        case Mute():
            return speaking.mute(meeting, command, by, now)
        case LiftMute():
            return speaking.lift_mute(meeting, by, now)
        case StopSource():
            return sources.stop(meeting, command, by, now)
        case AllowSource():
            return sources.allow(meeting, command, by, now)
        case Lock():
            return locking.lock(meeting, command, by, now)
        case OpenMeeting():
            return ending.open_meeting(meeting, by, now)
        case EndMeeting():
            return ending.end(by, now)
        case SetLayout() | SetStage():
            return picture.decide(meeting, command, by, now)
        case CloseChat():
            return chat.close(meeting, command, by, now)
        case _:
            assert_never(command)

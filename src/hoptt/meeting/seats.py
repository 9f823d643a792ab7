"""A seat outlives the connection (R12, R24): lost, back, taken over, given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting import companions
from hoptt.meeting.appointing import come_with_all, role_on_return
from hoptt.meeting.commands import Enter, Restore, Return, SignOut
from hoptt.meeting.events import (
    ControlRestored,
    Event,
    LobbyEntered,
    LobbyLeft,
    ParticipantBack,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantLost,
    RightsChanged,
    SeatsForgotten,
    SeatTakenOver,
)
from hoptt.meeting.handover import kept_as
from hoptt.meeting.rights import rights_on_return
from hoptt.meeting.state import Meeting
from hoptt.meeting.timers import Times
from hoptt.meeting.welcome import refuse_banned, refuse_turned_away
from hoptt.meeting.words import Cause, LobbyOutcome, Role, SecondSeat, Source


def already_here(meeting: Meeting, command: Enter, now: datetime) -> tuple[Event, ...] | None:
    """One person, one seat (R12): give what a second visit of a proved identity makes; None when it is the first.

    A seat or place whose line is lost is simply found again; one that is in use is taken over only on request.
    """
    person = command.identity.person
    if person is None:
        return None
    for seat in meeting.participants.values():
        if seat.identity.person == person:
            if seat.connected and (not command.take_over or meeting.rules.second_seat is SecondSeat.REFUSE):
                raise taken(seat.joined_at, stays=meeting.rules.second_seat is SecondSeat.REFUSE)
            back = () if seat.connected else (ParticipantBack(now, seat.id),)
            return (SeatTakenOver(now, seat.id), *back, *come_with_all(meeting, seat, command, now))
    for applicant in meeting.lobby.values():
        if applicant.identity.person == person:
            if applicant.connected and (not command.take_over or meeting.rules.second_seat is SecondSeat.REFUSE):
                raise taken(applicant.since, stays=meeting.rules.second_seat is SecondSeat.REFUSE)
            return (LobbyEntered(now, replace(applicant, lost_until=None, takeovers=applicant.takeovers + 1)),)
    return None


def come_back(meeting: Meeting, command: Return, who: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Back with a resume token, past lobby, lock and capacity: admission lasts for the meeting.

    Gives nothing when the seat was never noticed to be lost. Tokens of a seat taken over since, and of somebody
    removed, banned, refused or signed out, are dead: also those of a seat that they had left before that. What the
    chair took from whoever came in anew meanwhile, role or right, the older seat has not got either.
    """
    seat = meeting.participants.get(who)
    if seat is not None:
        _check_takeovers(command, seat.takeovers, seat.joined_at)
        return () if seat.connected else (ParticipantBack(now, who),)
    applicant = meeting.lobby.get(who)
    if applicant is not None:
        _check_takeovers(command, applicant.takeovers, applicant.since)
        return () if applicant.connected else (LobbyEntered(now, replace(applicant, lost_until=None)),)
    former = meeting.former.get(who)
    if former is None:
        raise HopttError(ErrorCode.SEAT_GONE, "the seat is no longer kept")
    refuse_banned(meeting, former.identity)
    refuse_turned_away(meeting, former)
    if former.seat is None:
        raise HopttError(ErrorCode.SEAT_GONE, "the seat is no longer kept")
    _check_takeovers(command, former.seat.takeovers, former.seat.joined_at)
    inside = [p.identity for p in meeting.participants.values()] + [a.identity for a in meeting.lobby.values()]
    person = former.identity.person
    if person is not None and any(identity.person == person for identity in inside):
        raise HopttError(ErrorCode.SEAT_TAKEN, "another page of the same person sits in the meeting")
    if former.seat.role is Role.COMPANION and companions.seat_of(meeting, former.identity.companion_of) is None:
        raise HopttError(ErrorCode.SEAT_GONE, "the seat that this device belongs to is not in the meeting")
    role, leads_branch = role_on_return(meeting, former.seat)
    rights = rights_on_return(meeting, former.seat, role)
    seat = replace(former.seat, role=role, leads_branch=leads_branch, joined_at=now, rights=rights)
    return (ParticipantJoined(now, seat),)


def leave(meeting: Meeting, who: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Give the seat or the place in the lobby back."""
    if who in meeting.lobby:
        return (LobbyLeft(now, who, LobbyOutcome.LEFT),)
    return (ParticipantLeft(now, who, Cause.LEFT),)


def lose(meeting: Meeting, who: ParticipantId, now: datetime, times: Times) -> tuple[Event, ...]:
    """Start the clock of a seat or place whose connection is gone."""
    seat = meeting.participants.get(who)
    if seat is not None:
        return (ParticipantLost(now, who, now + times.seat_of(kept_as(meeting, seat))),) if seat.connected else ()
    applicant = meeting.lobby[who]
    if not applicant.connected:
        return ()
    return (LobbyEntered(now, replace(applicant, lost_until=now + times.lobby_place)),)


def restore(meeting: Meeting, command: Restore, now: datetime, times: Times) -> tuple[Event, ...]:
    """Go on after the control plane was away: clocks stood still, so every seat gets its whole time anew.

    What the engine still holds closed against the log was taken by an act that could not be recorded: it stays taken.
    """
    events: list[Event] = [ControlRestored(now)]
    events += [
        ParticipantLost(now, p.id, now + times.seat_of(kept_as(meeting, p))) for p in meeting.participants.values()
    ]
    events += [LobbyEntered(now, replace(a, lost_until=now + times.lobby_place)) for a in meeting.lobby.values()]
    for right, sources in _RIGHTS.items():
        concerned = tuple(
            dict.fromkeys(who for who, source in command.vetoed if source in sources and who in meeting.participants)
        )
        if concerned:
            events.append(
                RightsChanged(
                    now,
                    concerned,
                    None,
                    may_speak=False if right == "may_speak" else None,
                    may_show=False if right == "may_show" else None,
                    may_share=False if right == "may_share" else None,
                )
            )
    return tuple(events)


_RIGHTS = {
    "may_speak": (Source.MICROPHONE,),
    "may_show": (Source.CAMERA,),
    "may_share": (Source.SCREEN, Source.SCREEN_AUDIO),
}


def taken(since: datetime, *, stays: bool = False) -> HopttError:
    """Say that the seat is in use, and since when; `stays`: it cannot be taken over here."""
    details: dict[str, str | int | float] = {"since": int(since.timestamp() * 1000)}
    return HopttError(
        ErrorCode.SEAT_TAKEN,
        "this bridge point is already in the meeting on another device",
        details=details | ({"second_seat": SecondSeat.REFUSE.value} if stays else {}),
    )


def sign_out(meeting: Meeting, command: SignOut, now: datetime) -> tuple[Event, ...]:
    """Give up the seats and places of an account that signed out or was disabled (S27), those that it had left, too."""
    gone: list[Event] = [
        ParticipantLeft(now, seat.id, Cause.SIGNED_OUT)
        for seat in meeting.participants.values()
        if seat.identity.person == command.person and seat.id not in command.keep
    ]
    gone += [
        LobbyLeft(now, applicant.id, LobbyOutcome.SIGNED_OUT)
        for applicant in meeting.lobby.values()
        if applicant.identity.person == command.person and applicant.id not in command.keep
    ]
    left = tuple(
        who
        for who, former in meeting.former.items()
        if former.identity.person == command.person and former.dead is None and who not in command.keep
    )
    return (*gone, SeatsForgotten(now, left)) if left else tuple(gone)


def _check_takeovers(command: Return, takeovers: int, since: datetime) -> None:
    if command.takeovers != takeovers:
        raise taken(since)

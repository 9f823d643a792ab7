"""Companions (R12): further devices of a seat, with no microphone and no vote, there only while the seat is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.commands import Enter
from hoptt.meeting.events import Event, MeetingClosed, ParticipantJoined, ParticipantLeft
from hoptt.meeting.rights import entrance_rights
from hoptt.meeting.settings import Name
from hoptt.meeting.state import Meeting, Participant
from hoptt.meeting.words import Role

MAX_OF_A_SEAT = 4
"""Cameras, a screen and a display; more is no bridge point any more."""


def enter(meeting: Meeting, command: Enter, now: datetime) -> tuple[Event, ...]:
    """Let a companion in beside its seat. Lobby and lock have let the seat in already; the number of seats counts it.

    It is shown under the bridge point of its seat, with the word its token has for it.
    """
    seat = seat_of(meeting, command.identity.companion_of)
    if seat is None:
        raise HopttError(ErrorCode.SEAT_GONE, "the seat that this device belongs to is not in the meeting")
    if sum(_belongs(other, seat) for other in meeting.participants.values()) >= MAX_OF_A_SEAT:
        raise HopttError(ErrorCode.NOT_POSSIBLE, f"a seat has {MAX_OF_A_SEAT} companions at most")
    if len(meeting.participants) >= meeting.rules.capacity:
        raise HopttError(ErrorCode.ROOM_FULL, "all seats are taken", details={"capacity": meeting.rules.capacity})
    word = command.name.name or command.name.bridge_point
    point = f"{seat.name.bridge_point} · {word}" if word else seat.name.bridge_point
    device = Participant(
        command.participant,
        Role.COMPANION,
        Name(point, seat.name.name, seat.name.unit),
        seat.kind,
        command.identity,
        seat.invited,
        order=seat.order,
        joined_at=now,
        rights=entrance_rights(meeting, Role.COMPANION, command.identity),
        branch=seat.branch,
    )
    return (ParticipantJoined(now, device),)


def follow(meeting: Meeting, events: tuple[Event, ...], now: datetime) -> tuple[Event, ...]:
    """Add what happens to companions: they go with their seat, for the same reason."""
    if any(isinstance(event, MeetingClosed) for event in events):
        return events
    left = {event.participant: event for event in events if isinstance(event, ParticipantLeft)}
    more: list[Event] = []
    for gone, event in left.items():
        seat = meeting.participants.get(gone)
        if seat is None or seat.identity.person is None:
            continue
        more += [
            replace(event, participant=device.id)
            for device in meeting.participants.values()
            if _belongs(device, seat) and device.id not in left
        ]
    return (*events, *more)


def seat_of(meeting: Meeting, person: str | None) -> Participant | None:
    """Give the seat that a person's devices belong to; None while it is not in the meeting (the lobby is not: S26)."""
    if person is None:
        return None
    seats = meeting.participants.values()
    return next((p for p in seats if p.identity.person == person and p.role is not Role.COMPANION), None)


def _belongs(device: Participant, seat: Participant) -> bool:
    return device.role is Role.COMPANION and device.identity.companion_of == seat.identity.person

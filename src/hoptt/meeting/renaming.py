"""Renaming somebody in the meeting (R11, R18): the same rule as at the door, for what is written anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from hoptt.errors import ErrorCode, HopttError, Refusals
from hoptt.ids import ParticipantId
from hoptt.meeting import names
from hoptt.meeting.appointing import spare_the_absent_chair
from hoptt.meeting.events import Event, NameChanged
from hoptt.meeting.role_commands import Rename
from hoptt.meeting.settings import Name
from hoptt.meeting.speaking import present, spare_the_chair
from hoptt.meeting.state import Meeting, Participant
from hoptt.meeting.words import Role


def rename(meeting: Meeting, command: Rename, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Show somebody under another name; the chair is renamed by the chair only.

    Raises Refusals with everything that is to be corrected. Parts that stay as they are are not judged: the invitation
    list may hold names that the rule of the door would not let through.
    """
    [seat] = present(meeting, [command.participant])
    if seat.id != by:
        spare_the_chair([seat])
        spare_the_absent_chair(meeting, seat.id)
    if seat.role is Role.COMPANION:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "a companion is called after its seat")
    name = names.clean(command.name)
    if name == seat.name:
        return ()
    others = replace(meeting, participants=_without(meeting, seat))
    found = names.faults(name, meeting.rules.name_rule)
    found += names.impersonations(others, name, seat.identity.invitation)
    found = [fault for fault in found if _is_new(fault, name, seat.name)]
    if found:
        raise Refusals(found)
    return (NameChanged(now, seat.id, name, by),)


def _is_new(fault: HopttError, name: Name, before: Name) -> bool:
    """Tell whether a fault is of a part that was changed; the position is a part of the name."""
    field = "name" if fault.field == "position" else fault.field or ""
    return field not in names.FIELDS or getattr(name, field) != getattr(before, field)


def _without(meeting: Meeting, seat: Participant) -> MappingProxyType[ParticipantId, Participant]:
    """Give the others: nobody impersonates oneself, nor an own companion."""
    person = seat.identity.person
    return MappingProxyType(
        {
            who: other
            for who, other in meeting.participants.items()
            if who != seat.id and (person is None or other.identity.companion_of != person)
        }
    )

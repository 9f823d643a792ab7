"""Who may be heard (R16): the chair's acts on the right to speak.

The gate of a microphone is open exactly when its owner may speak, has it switched on, and no veto stands. The acts here
change only the first of these; allowing never opens a microphone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.branches import led_by, reaches
from hoptt.meeting.commands import Allow, Mute, TakeBack
from hoptt.meeting.events import AllMuted, Event, Muted, RightsChanged
from hoptt.meeting.floor import turns
from hoptt.meeting.roles import SILENT
from hoptt.meeting.state import LEADS, Meeting, Participant
from hoptt.meeting.words import Role


def allow(meeting: Meeting, command: Allow, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Allow these, or all, to speak, also beyond a turn. Whoever only receives cannot be allowed."""
    if command.participants:
        chosen = present(meeting, command.participants)
        if any(p.role in SILENT for p in chosen):
            raise HopttError(ErrorCode.NOT_POSSIBLE, "observers and companions have no microphone here")
    else:
        chosen = [p for p in meeting.participants.values() if p.role not in SILENT and reaches(meeting, by, p.branch)]
    return _give(meeting, chosen, by, now)


def take_back(meeting: Meeting, command: TakeBack, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Take the right to speak from these, or from all but those who lead; their microphones close at once."""
    if command.participants:
        chosen = spare_the_chair(present(meeting, command.participants))
    else:
        chosen = [p for p in everybody(meeting) if p.role not in LEADS and reaches(meeting, by, p.branch)]
    return _take(meeting, chosen, by, now)


def mute(meeting: Meeting, command: Mute, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Mute one, some, all, or all but some; never the chair, nor the one who asks for all, nor who has the floor.

    Takes the right until it is given back, and with it a turn of those named. In an open-floor meeting `may_reopen`
    only turns the switch off, and muting all binds those who come later, until it is lifted.
    """
    open_floor = not meeting.rules.muted_until_allowed
    if command.may_reopen and not open_floor:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "only where the floor is open may somebody reopen a microphone")
    if command.participants:
        chosen = spare_the_chair(present(meeting, command.participants))
    else:
        spared = {by, *command.all_but}
        bound = [
            p
            for p in everybody(meeting)
            if p.role is not Role.CHAIR and p.id not in spared and reaches(meeting, by, p.branch)
        ]
        chosen = [p for p in bound if not turns.speaks(meeting, p.id)]
    events: list[Event] = []
    here = tuple(p.id for p in chosen if p.rights.may_speak and p.id in meeting.participants)
    if here:
        events.append(Muted(now, here, by))
    if not command.may_reopen:
        if command.participants:
            events += _take(meeting, chosen, by, now)
        else:
            events += _speak([p for p in chosen if p.rights.may_speak], by, now, may=False)
            events += turns.ending_with_turn(meeting, (p.id for p in bound), by, now)
        whole = not command.participants and led_by(meeting, by) is None
        if open_floor and whole and not meeting.muted_all:
            events.append(AllMuted(now, on=True, by=by))
    return tuple(events)


def lift_mute(meeting: Meeting, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """End `mute all`: where the floor is open, everyone may open the own microphone again."""
    if meeting.rules.muted_until_allowed:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "in this meeting the chair allows each one to speak")
    if not meeting.muted_all:
        return ()
    all_of_them = [p for p in everybody(meeting) if p.role not in SILENT]
    return (AllMuted(now, on=False, by=by), *_give(meeting, all_of_them, by, now))


def present(meeting: Meeting, named: Sequence[ParticipantId]) -> list[Participant]:
    """Give the participants named; refused when one of them is not there."""
    unknown = [who for who in named if who not in meeting.participants]
    if unknown:
        raise HopttError(ErrorCode.PARTICIPANT_UNKNOWN, "not in this meeting")
    return [meeting.participants[who] for who in dict.fromkeys(named)]


def spare_the_chair(chosen: list[Participant]) -> list[Participant]:
    """Refuse an act against the chair."""
    if any(p.role is Role.CHAIR for p in chosen):
        raise HopttError(ErrorCode.NOT_ALLOWED, "not against the chair")
    return chosen


def everybody(meeting: Meeting) -> list[Participant]:
    """Give all seats, and those that were left and may come back with what they had."""
    left = [f.seat for f in meeting.former.values() if f.seat is not None and f.dead is None]
    return [*meeting.participants.values(), *left]


def _give(meeting: Meeting, chosen: Sequence[Participant], by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Give the right, also beyond a turn that runs; who was interrupted gets it when the turn goes on or ends."""
    closed = [p for p in chosen if not p.rights.may_speak and not turns.interrupted(meeting, p.id)]
    return (*_speak(closed, by, now, may=True), *turns.outlasting(meeting, (p.id for p in chosen), by, now))


def _take(meeting: Meeting, chosen: Sequence[Participant], by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Take the right, and the turn with it."""
    open_ = [p for p in chosen if p.rights.may_speak]
    return (*turns.taken(meeting, (p.id for p in chosen), by, now), *_speak(open_, by, now, may=False))


def _speak(chosen: Sequence[Participant], by: ParticipantId, now: datetime, *, may: bool) -> tuple[RightsChanged, ...]:
    if not chosen:
        return ()
    return (RightsChanged(now, tuple(p.id for p in chosen), by, may_speak=may),)

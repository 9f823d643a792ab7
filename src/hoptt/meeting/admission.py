"""Who comes in, who waits, who is sent away (R3, R4, R6, R12, R13, R18)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from hoptt.errors import ErrorCode, HopttError, Refusals
from hoptt.ids import ParticipantId
from hoptt.meeting import companions, names
from hoptt.meeting.appointing import role_on_coming
from hoptt.meeting.branches import invited_branch, reaches
from hoptt.meeting.commands import Admit, CorrectName, Enter, Identity, IdentityKind, Refuse
from hoptt.meeting.events import (
    Event,
    LobbyEntered,
    LobbyLeft,
    MeetingOpened,
    ParticipantJoined,
)
from hoptt.meeting.rights import entrance_rights
from hoptt.meeting.seats import already_here
from hoptt.meeting.settings import Invitation, Rules
from hoptt.meeting.state import LEADS, Applicant, Meeting, Participant
from hoptt.meeting.timers import Times, doors_at
from hoptt.meeting.welcome import refuse_banned, was_removed
from hoptt.meeting.words import AdHoc, EntryRule, LobbyOutcome, MeetingState, Role


class Way(StrEnum):
    """What the entry table makes of somebody."""

    IN = "in"
    LOBBY = "lobby"
    REFUSED_PASSWORD = "refused_password"
    REFUSED_NOT_INVITED = "refused_not_invited"


def enter(meeting: Meeting, command: Enter, now: datetime) -> tuple[Event, ...]:
    """Let somebody in, or seat them in the lobby (R3, R4, R6, R12).

    Whoever leads the meeting passes a lock and a full house: a meeting its chair cannot reach is one nobody can run.
    All faults of a form are told at once; the invitation list is compared with only once the password is right.
    """
    refuse_banned(meeting, command.identity)
    here = already_here(meeting, command, now)
    if here is not None:
        return here
    if command.role is Role.COMPANION:
        return companions.enter(meeting, command, now)
    role, leads_branch = role_on_coming(meeting, command.identity, command.role)
    command = replace(command, role=role)
    _check_doors(meeting, command)
    invited = is_invited(meeting, command.identity)
    passes = _passes(meeting, command)
    way = _way(meeting, command, invited=invited, passes=passes)
    name = names.clean(command.name)
    _check_form(meeting, command, way, own=command.identity)
    if meeting.locked and not passes:
        if not command.knock:
            raise HopttError(ErrorCode.ROOM_LOCKED, "the chair has locked this room")
        way = Way.LOBBY
    resembles = names.resembled(meeting, name, command.identity) if command.typed else ""
    if resembles and not passes and _may_compare(meeting.rules, command):
        way = Way.LOBBY
    if way is Way.LOBBY:
        if len(meeting.lobby) >= meeting.rules.lobby_capacity:
            raise HopttError(ErrorCode.LOBBY_FULL, f"all {meeting.rules.lobby_capacity} places in the lobby are taken")
        return (
            LobbyEntered(
                now,
                Applicant(
                    command.participant,
                    command.role,
                    name,
                    command.kind,
                    command.identity,
                    invited,
                    since=now,
                    without_password=_password_asked(meeting.rules, command.identity) and not command.password_right,
                    resembles=resembles,
                    branch=invited_branch(meeting, command.identity),
                    typed=command.typed,
                ),
            ),
        )
    _check_capacity(meeting, command.role, coming=1)
    seat = Participant(
        command.participant,
        command.role,
        name,
        command.kind,
        command.identity,
        invited,
        order=_order(meeting, command.identity, nth=0),
        joined_at=now,
        rights=entrance_rights(meeting, command.role, command.identity),
        branch=invited_branch(meeting, command.identity),
        leads_branch=leads_branch,
    )
    return (*_begins(meeting, command.role, command.participant, now), ParticipantJoined(now, seat))


def correct_name(meeting: Meeting, command: CorrectName, who: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Correct the own name while waiting; the place in the lobby is kept (R11).

    A name that a link or an account proves is no typed one: whoever admits reads it as proved.
    """
    applicant = meeting.lobby[who]
    if not applicant.typed:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "the name is that of the link or the account, and stays")
    name = names.clean(command.name)
    faults = names.faults(name, meeting.rules.name_rule)
    if not applicant.without_password:
        faults += names.impersonations(meeting, name, applicant.identity.invitation)
    if faults:
        raise Refusals(faults)
    resembles = names.resembled(meeting, name, applicant.identity)
    return (LobbyEntered(now, replace(applicant, name=name, resembles=resembles)),)


def admit(meeting: Meeting, command: Admit, by: ParticipantId, now: datetime, times: Times) -> tuple[Event, ...]:
    """Let people in from the lobby (R18). A lock does not bind the chair's own hand; the number of seats does."""
    chosen = [meeting.lobby[a] for a in dict.fromkeys(command.applicants) if a in meeting.lobby]
    if command.all_invited:
        chosen += [
            a
            for a in meeting.lobby.values()
            if a.invited and a not in chosen and reaches(meeting, by, invited_branch(meeting, a.identity))
        ]
    elif not chosen:
        raise HopttError(ErrorCode.PARTICIPANT_UNKNOWN, "nobody of this name waits in the lobby")
    _check_capacity(meeting, Role.ATTENDEE, coming=sum(a.role not in LEADS for a in chosen))
    events: list[Event] = []
    for nth, applicant in enumerate(chosen):
        seat = Participant(
            applicant.id,
            applicant.role,
            applicant.name,
            applicant.kind,
            applicant.identity,
            applicant.invited,
            order=_order(meeting, applicant.identity, nth=nth),
            joined_at=now,
            rights=entrance_rights(meeting, applicant.role, applicant.identity),
            lost_until=None if applicant.connected else now + times.seat_of(applicant.role),
            takeovers=applicant.takeovers,
            branch=invited_branch(meeting, applicant.identity),
            leads_branch=role_on_coming(meeting, applicant.identity, applicant.role)[1],
        )
        events += [LobbyLeft(now, applicant.id, LobbyOutcome.ADMITTED, by), ParticipantJoined(now, seat)]
    return tuple(events)


def refuse(meeting: Meeting, command: Refuse, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Turn somebody in the lobby away, with a reason they read (R18)."""
    if command.applicant not in meeting.lobby:
        raise HopttError(ErrorCode.PARTICIPANT_UNKNOWN, "nobody of this name waits in the lobby")
    return (LobbyLeft(now, command.applicant, LobbyOutcome.REFUSED, by, command.reason),)


def is_invited(meeting: Meeting, identity: Identity) -> bool:
    """Tell whether somebody is expected in a meeting (R4)."""
    return is_expected(identity, meeting.invitations)


def is_expected(identity: Identity, invitations: Iterable[Invitation]) -> bool:
    """Tell whether somebody is on the list by account or link, or holds a link of no list (R4)."""
    if identity.kind is IdentityKind.GUEST:
        return False
    if identity.invitation is None:
        return identity.kind is IdentityKind.LINK
    return any(i.id == identity.invitation for i in invitations)


def entry_way(rules: Rules, kind: IdentityKind, *, invited: bool, password_right: bool, knock: bool) -> Way:  # noqa: PLR0911 - one line a cell
    """Read the entry table (R3)."""
    if invited:
        return Way.IN
    match rules.entry:
        case EntryRule.OPEN:
            return Way.IN
        case EntryRule.PASSWORD:
            if password_right:
                return Way.IN
            proved = kind is not IdentityKind.GUEST
            return Way.LOBBY if proved or knock else Way.REFUSED_PASSWORD
        case EntryRule.LOBBY:
            if kind is not IdentityKind.GUEST or password_right or not rules.password_set:
                return Way.LOBBY
            return Way.REFUSED_PASSWORD
        case EntryRule.INVITED:
            if kind is not IdentityKind.GUEST or password_right:
                return Way.LOBBY
            return Way.REFUSED_PASSWORD if rules.password_set else Way.REFUSED_NOT_INVITED


def _passes(meeting: Meeting, command: Enter) -> bool:
    """Tell whether somebody passes table and lock: those who lead, but not a co-chair whom the chair removed."""
    return command.role is Role.CHAIR or (command.role in LEADS and not was_removed(meeting, command.identity))


def _way(meeting: Meeting, command: Enter, *, invited: bool, passes: bool) -> Way:
    """Give the table's word, after what stands above it: technicians ask (R13), who was removed asks again."""
    if passes:
        return Way.IN
    way = entry_way(
        meeting.rules,
        command.identity.kind,
        invited=invited,
        password_right=command.password_right,
        knock=command.knock,
    )
    asks = command.role in (Role.OPERATOR, Role.TECHNICIAN) or was_removed(meeting, command.identity)
    return Way.LOBBY if asks and way is Way.IN else way


def _check_form(meeting: Meeting, command: Enter, way: Way, own: Identity) -> None:
    faults: list[HopttError] = []
    name = names.clean(command.name)
    if command.typed:
        faults += names.faults(name, meeting.rules.name_rule)
    if way is Way.REFUSED_PASSWORD:
        faults.append(HopttError(ErrorCode.PASSWORD_MISSING, "this room has a password", field="password"))
    elif way is Way.REFUSED_NOT_INVITED:
        faults.append(HopttError(ErrorCode.NOT_INVITED, "this meeting is for invited people"))
    elif command.typed and _may_compare(meeting.rules, command):
        faults += names.impersonations(meeting, name, own.invitation)
    if faults:
        raise Refusals(faults)


def _may_compare(rules: Rules, command: Enter) -> bool:
    """The list is told only to those who gave the password or proved who they are: else names could be tried."""
    return not _password_asked(rules, command.identity) or command.password_right


def _password_asked(rules: Rules, identity: Identity) -> bool:
    return rules.password_set and identity.kind is IdentityKind.GUEST and rules.entry is not EntryRule.OPEN


def _check_doors(meeting: Meeting, command: Enter) -> None:
    """Refuse whoever comes before the doors open; the chair may enter any time (R6)."""
    if meeting.state is not MeetingState.SCHEDULED or command.role in LEADS:
        return
    raise not_open(meeting)


def not_open(meeting: Meeting) -> HopttError:
    """Say when the doors open."""
    doors = doors_at(meeting)
    details = {}
    if doors is not None and meeting.starts_at is not None:
        details = {"doors_at": _ms(doors), "starts_at": _ms(meeting.starts_at)}
    return HopttError(ErrorCode.MEETING_NOT_OPEN, "the doors are not open yet", details=details)


def _check_capacity(meeting: Meeting, role: Role, *, coming: int) -> None:
    capacity = meeting.rules.capacity
    if coming and role not in LEADS and len(meeting.participants) + coming > capacity:
        raise HopttError(
            ErrorCode.ROOM_FULL,
            f"of {capacity} seats {max(0, capacity - len(meeting.participants))} are free",
            details={"capacity": capacity},
        )


def _order(meeting: Meeting, identity: Identity, *, nth: int) -> int:
    for place, invitation in enumerate(meeting.invitations):
        if invitation.id == identity.invitation:
            return place
    return len(meeting.invitations) + meeting.seats_given + nth


def _begins(meeting: Meeting, role: Role, who: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """An ad-hoc meeting begins with whoever the room lets begin it (R6)."""
    if meeting.ad_hoc is None or meeting.opened_at is not None:
        return ()
    if role in LEADS or meeting.ad_hoc is AdHoc.ANYONE:
        return (MeetingOpened(now, who),)
    return ()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)

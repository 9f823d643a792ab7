"""Roles and branches given in the meeting (R13, R14, R18)."""

from __future__ import annotations

from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting import branches
from hoptt.meeting.commands import Identity, IdentityKind
from hoptt.meeting.events import BranchSet, Event, RightsChanged, RoleChanged
from hoptt.meeting.floor import turns
from hoptt.meeting.floor.events import FloorWithdrawn
from hoptt.meeting.rights import person_key
from hoptt.meeting.role_commands import SetBranch, SetRole
from hoptt.meeting.roles import RECEIVES_ONLY
from hoptt.meeting.speaking import present, spare_the_chair
from hoptt.meeting.state import LEADS, Meeting, Participant
from hoptt.meeting.words import RequestEnd, Role

GIVEN = frozenset({Role.CO_CHAIR, Role.SECRETARY, Role.ATTENDEE, Role.OBSERVER, Role.TECHNICIAN})
"""Roles that the chair gives. The chair itself is handed over; staff of the installation stay what they are."""
FIXED = frozenset({Role.OPERATOR, Role.COMPANION})
"""Who keeps the role they came with: staff are always to be seen as staff (R13), a device belongs to its seat."""


def set_role(meeting: Meeting, command: SetRole, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Give somebody another role. What is so already changes nothing.

    Whoever becomes an observer is silent at once; whoever stops being one may show a picture again, and speaks once
    the chair allows it, or where the floor is open.
    """
    [seat] = present(meeting, [command.participant])
    spare_the_chair([seat])
    spare_the_absent_chair(meeting, seat.id)
    if command.role not in GIVEN:
        raise HopttError(ErrorCode.NOT_POSSIBLE, f"the role {command.role} is not given: the chair is handed over")
    if seat.role in FIXED:
        raise HopttError(ErrorCode.NOT_POSSIBLE, f"the role {seat.role} stays what it is")
    branch = _led(meeting, command)
    if (seat.role, seat.leads_branch) == (command.role, branch):
        return ()
    return (
        RoleChanged(now, seat.id, command.role, branch, by),
        *_off_the_floor(meeting, seat, command.role, by, now),
        *_rights(meeting, seat, command.role, now),
    )


def set_branch(meeting: Meeting, command: SetBranch, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Say to which branch somebody belongs whom no list names: of the others the list says it (S24)."""
    [seat] = present(meeting, [command.participant])
    if branches.invited_branch(meeting, seat.identity):
        raise HopttError(ErrorCode.NOT_POSSIBLE, "the invitation list says to which branch they belong")
    if seat.role is Role.COMPANION:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "a companion belongs where its seat does")
    branch = branches.clean(command.branch)
    return () if seat.branch == branch else (BranchSet(now, seat.id, branch, by),)


def role_on_coming(meeting: Meeting, identity: Identity, role: Role) -> tuple[Role, str | None]:
    """Give the role in which somebody comes in, and the branch it is limited to.

    What the chair gave in this meeting counts more than link, account or list: leaving and coming again undoes nothing.
    A guest is known by the browser alone, which leads nothing.
    """
    key = person_key(identity)
    given = None if key is None else meeting.given.get(key)
    if given is None or role in FIXED or (identity.kind is IdentityKind.GUEST and given.role in LEADS):
        return role, branches.invited_to_lead(meeting, identity, role)
    return given.role, given.leads_branch


def spare_the_absent_chair(meeting: Meeting, who: ParticipantId) -> None:
    """Refuse an act against the chair for whom somebody stands in: a line that is lost costs nobody the chair."""
    if meeting.stand_in is not None and meeting.stand_in.chair == who:
        raise HopttError(ErrorCode.NOT_ALLOWED, "not against the chair, whose line is lost")


def _led(meeting: Meeting, command: SetRole) -> str | None:
    if command.branch is None:
        return None
    if command.role is not Role.CO_CHAIR:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "only a co-chair leads a branch", field="branch")
    branch = branches.clean(command.branch)
    if branch not in branches.all_branches(meeting):
        raise HopttError(
            ErrorCode.BRANCH_UNKNOWN,
            "nobody invited or present belongs to this branch",
            field="branch",
            details={"branch": branch},
        )
    return branch


def _off_the_floor(
    meeting: Meeting, seat: Participant, role: Role, by: ParticipantId, now: datetime
) -> tuple[Event, ...]:
    """Take turn and place in the queue from whoever is to be silent."""
    if role not in RECEIVES_ONLY:
        return ()
    turn = turns.taken(meeting, (seat.id,), by, now)
    if meeting.floor.place_of(seat.id) is None:
        return turn
    return (*turn, FloorWithdrawn(now, seat.id, RequestEnd.REFUSED, by))


def _rights(meeting: Meeting, seat: Participant, role: Role, now: datetime) -> tuple[RightsChanged, ...]:
    """Give what a change of role changes of the rights, and nothing else of them."""
    old, open_floor = seat.rights, not meeting.rules.muted_until_allowed
    speak, show, share = old.may_speak, old.may_show, old.may_share
    if role in RECEIVES_ONLY:
        speak = show = share = False
    elif seat.role in RECEIVES_ONLY:
        speak, show, share = open_floor and not meeting.muted_all, True, open_floor or role in LEADS
    elif role in LEADS:
        share = True
    elif seat.role in LEADS:
        share = share and open_floor
    if (speak, show, share) == (old.may_speak, old.may_show, old.may_share):
        return ()
    return (
        RightsChanged(
            now,
            (seat.id,),
            None,
            may_speak=None if speak is old.may_speak else speak,
            may_show=None if show is old.may_show else show,
            may_share=None if share is old.may_share else share,
        ),
    )

"""Roles and branches given in the meeting (R13, R14, R18)."""

from __future__ import annotations

from datetime import datetime

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting import branches
from hoptt.meeting.commands import Enter, Identity, IdentityKind
from hoptt.meeting.events import BranchSet, DeputyNamed, Event, RoleChanged
from hoptt.meeting.floor import turns
from hoptt.meeting.floor.events import FloorWithdrawn
from hoptt.meeting.handover import NEVER_CHAIR
from hoptt.meeting.rights import changed, entrance_rights, person_key
from hoptt.meeting.role_commands import SetBranch, SetRole
from hoptt.meeting.roles import RECEIVES_ONLY
from hoptt.meeting.speaking import present, spare_the_chair
from hoptt.meeting.state import LEADS, Meeting, Participant, Rights
from hoptt.meeting.words import RequestEnd, Role

GIVEN = frozenset({Role.CO_CHAIR, Role.SECRETARY, Role.ATTENDEE, Role.OBSERVER, Role.TECHNICIAN})
"""Roles that the chair gives. The chair itself is handed over; staff of the installation stay what they are."""
_LISTED = LEADS | {Role.SECRETARY}
"""Roles that a link alone does not give in a meeting that has a list."""
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
        *_no_deputy(meeting, seat, command.role, by, now),
        *_off_the_floor(meeting, seat, command.role, by, now),
        *changed(seat, _rights(meeting, seat, command.role), now),
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
        role = _as_listed(meeting, identity, role)
        return role, branches.invited_to_lead(meeting, identity, role)
    return given.role, given.leads_branch


def role_on_return(meeting: Meeting, seat: Participant) -> tuple[Role, str | None]:
    """Give the role in which a seat comes back, and the branch it is limited to: the one given last to whoever had it,
    also on a seat that they took meanwhile. A guest who led leads again, for a seat is known by its token.
    """
    key = person_key(seat.identity)
    given = None if key is None else meeting.given.get(key)
    led_by_guest = seat.identity.kind is IdentityKind.GUEST and given is not None and given.role in LEADS
    if given is None or seat.role in FIXED or led_by_guest:
        return seat.role, seat.leads_branch
    return given.role, given.leads_branch


def come_with_all(meeting: Meeting, seat: Participant, command: Enter, now: datetime) -> tuple[Event, ...]:
    """Give what makes a seat that only received, a player's, the person's own when they come with a page (R12)."""
    role, leads_branch = role_on_coming(meeting, command.identity, command.role)
    if seat.role not in RECEIVES_ONLY or role in RECEIVES_ONLY:
        return ()
    wanted = entrance_rights(meeting, role, command.identity)
    return (RoleChanged(now, seat.id, role, leads_branch, None), *changed(seat, wanted, now))


def spare_the_absent_chair(meeting: Meeting, who: ParticipantId) -> None:
    """Refuse an act against the chair for whom somebody stands in: a line that is lost costs nobody the chair."""
    if meeting.stand_in is not None and meeting.stand_in.chair == who:
        raise HopttError(ErrorCode.NOT_ALLOWED, "not against the chair, whose line is lost")


def _as_listed(meeting: Meeting, identity: Identity, role: Role) -> Role:
    """Give what a link's leading role is worth: as much as the list of this meeting still gives it.

    A row that was struck off, or stands on the list of another meeting, gives none; a meeting without a list asks none.
    """
    by_link = identity.kind is IdentityKind.LINK and identity.invitation is not None
    if meeting.ad_hoc is not None or not by_link or role not in _LISTED:
        return role
    row = next((one for one in meeting.invitations if one.id == identity.invitation), None)
    return Role.ATTENDEE if row is None else row.role


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


def _no_deputy(
    meeting: Meeting, seat: Participant, role: Role, by: ParticipantId, now: datetime
) -> tuple[DeputyNamed, ...]:
    """A deputy who cannot take the chair any more is none: else nobody could while they are here."""
    return (DeputyNamed(now, None, by),) if meeting.deputy == seat.id and role in NEVER_CHAIR else ()


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


def _rights(meeting: Meeting, seat: Participant, role: Role) -> Rights:
    """Give what somebody may send in another role: what does not hang on it stays as it is."""
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
    return Rights(speak, show, share)

"""Branches of bridge points (city, district), and the co-chair whose acts reach one of them only (R14, R18).

The branch of a bridge point stands on the invitation list, or is said by who leads; what somebody types at the door
never counts (S24).
"""

from __future__ import annotations

from collections.abc import Iterator

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting import names
from hoptt.meeting.commands import Admit, Allow, Command, Identity, Mute, SetStage, TakeBack
from hoptt.meeting.role_commands import ReadActs, SetBranch
from hoptt.meeting.roles import MAY, Standing
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Role

MAX_BRANCH = 80
"""Characters of a branch's name."""

ON_EVERYBODY: frozenset[type[Command]] = frozenset({Admit, Allow, TakeBack, Mute})
"""Acts that reach everybody when they name nobody: of a co-chair of a branch, everybody in the branch."""
READS: frozenset[type[Command]] = frozenset({ReadActs})
"""What changes nothing; what is shown is limited to the branch."""
OF_THE_WHOLE: frozenset[type[Command]] = frozenset({SetBranch, SetStage})
"""Acts that name somebody and change more than that one: who may move others between branches has no limit, and a stage
is said as a whole."""


PEOPLE = frozenset({"participant", "participants", "applicant", "applicants"})
"""Fields by which a command names on whom it acts."""


def check(meeting: Meeting, command: Command, by: ParticipantId | None) -> None:
    """Refuse an act of a co-chair of one branch that reaches beyond it. Raises HopttError(BRANCH_OUTSIDE).

    What names nobody acts on the whole meeting, unless it is one of `ON_EVERYBODY` or anybody may ask it for oneself.
    """
    led = led_by(meeting, by)
    if led is None or by is None:
        return
    kind = type(command)
    named = [who for who in _named(command) if who != by]
    known = [branch for branch in (branch_of(meeting, who) for who in named) if branch is not None]
    if any(branch != led for branch in known):
        raise _outside(led, "somebody named is outside the branch")
    if is_of_the_whole(kind) or (not named and is_leading(kind) and kind not in ON_EVERYBODY | READS):
        raise _outside(led, "this concerns the whole meeting")


def is_leading(kind: type[Command]) -> bool:
    """Tell whether a command is an act of those who lead; what an attendee may ask is about oneself."""
    return Standing.CO_CHAIR in MAY[kind] and Standing.ATTENDEE not in MAY[kind]


def is_of_the_whole(kind: type[Command]) -> bool:
    """Tell whether an act is never for a co-chair of one branch."""
    names_nobody = not PEOPLE & set(getattr(kind, "__dataclass_fields__", {}))
    return is_leading(kind) and (kind in OF_THE_WHOLE or (names_nobody and kind not in ON_EVERYBODY | READS))


def led_by(meeting: Meeting, who: ParticipantId | None) -> str | None:
    """Give the branch to which somebody's acts are limited; None: to none."""
    seat = None if who is None else meeting.participants.get(who)
    return None if seat is None else seat.leads_branch


def reaches(meeting: Meeting, by: ParticipantId, branch: str) -> bool:
    """Tell whether an act on everybody by this one reaches a branch."""
    led = led_by(meeting, by)
    return led is None or led == branch


def branch_of(meeting: Meeting, who: ParticipantId) -> str | None:
    """Give the branch of somebody in the meeting, in its lobby, or gone; empty: none; None: nobody of this id."""
    seat = meeting.participants.get(who)
    if seat is not None:
        return seat.branch
    applicant = meeting.lobby.get(who)
    if applicant is not None:
        return invited_branch(meeting, applicant.identity)
    former = meeting.former.get(who)
    if former is None:
        return None
    return former.seat.branch if former.seat is not None else invited_branch(meeting, former.identity)


def invited_branch(meeting: Meeting, identity: Identity) -> str:
    """Give the branch that the invitation list says; empty for who stands on none."""
    if identity.invitation is None:
        return ""
    return next((i.branch for i in meeting.invitations if i.id == identity.invitation), "")


def invited_to_lead(meeting: Meeting, identity: Identity, role: Role) -> str | None:
    """Give the branch that a co-chair of the list leads: the one of the row, or the whole where it names none."""
    return (invited_branch(meeting, identity) or None) if role is Role.CO_CHAIR else None


def all_branches(meeting: Meeting) -> frozenset[str]:
    """Give the branches of those who are invited or present."""
    named = {i.branch for i in meeting.invitations} | {p.branch for p in meeting.participants.values()}
    return frozenset(named - {""})


def clean(text: str) -> str:
    """Give the name of a branch with its spaces folded. Raises HopttError(NOT_POSSIBLE)."""
    branch = names.tidy(text)
    if len(branch) > MAX_BRANCH or not branch.isprintable():
        raise HopttError(
            ErrorCode.NOT_POSSIBLE,
            f"the name of a branch has {MAX_BRANCH} characters at most, and none that cannot be shown",
            field="branch",
        )
    return branch


def _named(command: Command) -> Iterator[ParticipantId]:
    """Give whom a command names, whatever it asks. Those it spares (`all_but`) are not acted on."""
    for field in ("participant", "applicant"):
        one = getattr(command, field, None)
        if one is not None:
            yield one
    for field in ("participants", "applicants"):
        yield from getattr(command, field, ())


def _outside(led: str, why: str) -> HopttError:
    return HopttError(ErrorCode.BRANCH_OUTSIDE, f"this co-chair leads the branch {led}: {why}", details={"branch": led})

"""What a newcomer may send (R16), and what stays taken from somebody who comes in anew."""

from __future__ import annotations

from datetime import datetime

from hoptt.ids import ParticipantId
from hoptt.meeting.commands import Identity
from hoptt.meeting.events import Event, RightsChanged
from hoptt.meeting.roles import RECEIVES_ONLY, SILENT
from hoptt.meeting.state import LEADS, Meeting, Participant, Rights
from hoptt.meeting.words import Role

FULL = Rights(may_speak=True, may_show=True, may_share=True)
NONE = Rights(may_speak=False, may_show=False, may_share=False)


def entrance_rights(meeting: Meeting, role: Role, identity: Identity) -> Rights:
    """Give what somebody may send on coming in: everyone but the chair enters muted, unless the floor is open."""
    sends = role not in RECEIVES_ONLY
    open_floor = not meeting.rules.muted_until_allowed
    rights = Rights(
        may_speak=role is Role.CHAIR or (role not in SILENT and open_floor and not meeting.muted_all),
        may_show=sends,
        may_share=sends and (role in LEADS or open_floor),
    )
    return rights if role is Role.CHAIR else withheld(meeting, identity, rights)


def rights_on_return(meeting: Meeting, seat: Participant, role: Role) -> Rights:
    """Give what a seat that was left may send when it comes back in a role: what it had, less what was taken since."""
    if role is Role.CHAIR:
        return FULL
    return NONE if role in RECEIVES_ONLY else withheld(meeting, seat.identity, seat.rights)


def withheld(meeting: Meeting, identity: Identity, rights: Rights) -> Rights:
    """Take from `rights` what the chair took from the same person or browser: leaving and coming again undoes nothing.

    The seats they hold count, and the one they left last. A seat that only receives, as a player's, has nothing that
    could be taken: it counts where the chair made it one.
    """
    silenced = _was_silenced(meeting, identity)
    held = [p for p in meeting.participants.values() if same_person(p.identity, identity)]
    left = [f.seat for f in meeting.former.values() if f.seat is not None and same_person(f.identity, identity)]
    held, left = ([seat for seat in seats if silenced or seat.role not in RECEIVES_ONLY] for seats in (held, left))
    for seat in [*held, *left[-1:]]:
        rights = _both(rights, seat)
    return rights


def changed(seat: Participant, wanted: Rights, now: datetime, by: ParticipantId | None = None) -> tuple[Event, ...]:
    """Give the event that makes the rights of a seat what they are to be, and says nothing of those that stay."""
    old = seat.rights
    if old == wanted:
        return ()
    return (
        RightsChanged(
            now,
            (seat.id,),
            by,
            may_speak=None if wanted.may_speak is old.may_speak else wanted.may_speak,
            may_show=None if wanted.may_show is old.may_show else wanted.may_show,
            may_share=None if wanted.may_share is old.may_share else wanted.may_share,
        ),
    )


def same_person(one: Identity, other: Identity) -> bool:
    """Tell whether both are the same proved person, or guests in the same browser."""
    if one.person is not None or other.person is not None:
        return one.person == other.person
    return one.ban_key is not None and one.ban_key == other.ban_key


def person_key(identity: Identity) -> str | None:
    """Give what somebody is known by when they come again: the proved person, else the browser; None: by nothing."""
    if identity.person is not None:
        return identity.person
    return None if identity.ban_key is None else f"@browser:{identity.ban_key}"


def _was_silenced(meeting: Meeting, identity: Identity) -> bool:
    """Tell whether the chair gave them a role that only receives, and no other one since."""
    key = person_key(identity)
    given = None if key is None else meeting.given.get(key)
    return given is not None and given.role in RECEIVES_ONLY


def _both(rights: Rights, seat: Participant) -> Rights:
    return Rights(
        rights.may_speak and seat.rights.may_speak,
        rights.may_show and seat.rights.may_show,
        rights.may_share and seat.rights.may_share,
    )

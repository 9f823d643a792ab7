"""Builders: a meeting in a few words, and the people in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.support.clock import NINE

from hoptt.ids import InvitationId, MeetingId, ParticipantId, RoomSlug
from hoptt.meeting.commands import Command, Enter, Identity, IdentityKind
from hoptt.meeting.decide import decide
from hoptt.meeting.events import Event, MeetingBegun
from hoptt.meeting.evolve import begun, evolve
from hoptt.meeting.settings import Invitation, Name, Room, Rules, ScheduledMeeting
from hoptt.meeting.state import Meeting
from hoptt.meeting.timers import Times
from hoptt.meeting.words import AdHoc, EntryRule, MeetingState, Role

TIMES = Times()
SLUG = RoomSlug("duan")
OPEN_FLOOR = Rules(entry=EntryRule.OPEN, muted_until_allowed=False)
MUTED = Rules(entry=EntryRule.OPEN)


def pid(name: str) -> ParticipantId:
    return ParticipantId(name)


def a_name(name: str = "Nguyễn Văn An, Phó Giám đốc", point: str = "Sở TNMT Lai Châu", unit: str = "Sở TNMT") -> Name:
    return Name(point, name, unit)


def a_guest(who: str, *, browser: str | None = None, **changes: Any) -> Enter:
    """Somebody with a typed name, each at a bridge point of their own."""
    values: dict[str, Any] = {
        "participant": pid(who),
        "identity": Identity(IdentityKind.GUEST, ban_key=browser or f"browser-{who}"),
        "role": Role.ATTENDEE,
        "name": a_name(f"Trần Thị {_letters(who)}", f"Xã {_letters(who)}", f"Đơn vị {_letters(who)}"),
    }
    return Enter(**{**values, **changes})


def a_link(who: str, role: Role = Role.ATTENDEE, *, invitation: str | None = None, **changes: Any) -> Enter:
    """Somebody with a personal link, named in it."""
    values: dict[str, Any] = {
        "participant": pid(who),
        "identity": Identity(
            IdentityKind.LINK,
            person=f"link-{who}",
            invitation=None if invitation is None else InvitationId(invitation),
            unit=f"Sở {_letters(who)}",
        ),
        "role": role,
        "name": a_name(f"Lê Văn {_letters(who)}", f"Sở {_letters(who)}", f"Sở {_letters(who)}"),
        "typed": False,
    }
    return Enter(**{**values, **changes})


def a_companion(who: str, of: str, **changes: Any) -> Enter:
    """Another device of the seat of somebody with a personal link."""
    identity = Identity(IdentityKind.LINK, person=f"device-{who}", companion_of=f"link-{of}")
    values: dict[str, Any] = {"identity": identity, "name": Name("", "camera 2", "")}
    return a_link(who, Role.COMPANION, **{**values, **changes})


def an_account(who: str, *, invitation: str | None = None, **changes: Any) -> Enter:
    """Somebody logged in."""
    identity = Identity(
        IdentityKind.ACCOUNT,
        person=f"account-{who}",
        invitation=None if invitation is None else InvitationId(invitation),
        unit=f"Sở {_letters(who)}",
    )
    return a_link(who, **{"identity": identity, **changes})


def the_chair(who: str = "chair", **changes: Any) -> Enter:
    return a_link(who, Role.CHAIR, **changes)


def an_invitation(key: str, role: Role = Role.ATTENDEE, name: Name | None = None, *, branch: str = "") -> Invitation:
    return Invitation(InvitationId(key), role, name or a_name(), branch=branch)


def a_room(rules: Rules = MUTED, ad_hoc: AdHoc = AdHoc.ANYONE) -> Room:
    return Room(SLUG, "Phòng họp dự án", rules, ad_hoc)


def a_plan(
    *invitations: Invitation,
    rules: Rules = MUTED,
    starts_at: datetime = NINE + timedelta(minutes=10),
    ends_at: datetime | None = None,
    key: str = "planned",
) -> ScheduledMeeting:
    return ScheduledMeeting(MeetingId(key), SLUG, "Họp giao ban", starts_at, ends_at, rules, invitations)


def a_beginning(
    rules: Rules = MUTED,
    *invitations: Invitation,
    ad_hoc: AdHoc | None = AdHoc.ANYONE,
    state: MeetingState = MeetingState.DOORS_OPEN,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> MeetingBegun:
    return MeetingBegun(
        NINE,
        MeetingId("m"),
        SLUG,
        "Phòng họp dự án",
        "Họp giao ban",
        rules,
        ad_hoc,
        invitations,
        starts_at,
        ends_at,
        state,
        bans={},
    )


@dataclass
class Told:
    """A meeting told step by step: each act is decided, what happened is applied and kept."""

    meeting: Meeting
    log: list[Event]
    now: datetime = NINE

    def act(self, command: Command, by: str | None = None, *, later: float = 0.0) -> tuple[Event, ...]:
        """Carry out a command `later` seconds after the one before; a newcomer acts as who comes in."""
        self.now += timedelta(seconds=later)
        if isinstance(command, Enter):
            by = command.participant
        events = decide(self.meeting, command, self.now, TIMES, by=None if by is None else pid(by))
        for event in events:
            self.meeting = evolve(self.meeting, event)
        self.log += events
        return events

    def seat(self, who: str) -> Any:
        return self.meeting.participants[pid(who)]

    @property
    def inside(self) -> set[str]:
        return set(self.meeting.participants)

    @property
    def waiting(self) -> set[str]:
        return set(self.meeting.lobby)

    @property
    def speakers(self) -> set[str]:
        return {p.id for p in self.meeting.participants.values() if p.rights.may_speak}


def a_meeting(*people: Enter, rules: Rules = MUTED, first: MeetingBegun | None = None) -> Told:
    """A meeting with these people in it (or in its lobby)."""
    event = first or a_beginning(rules)
    told = Told(begun(event), [event])
    for person in people:
        told.act(person)
    return told


def _letters(who: str) -> str:
    return "".join(c if c.isalpha() else chr(ord("a") + int(c)) for c in who if c.isalnum()).capitalize() or "A"

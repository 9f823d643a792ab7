"""Who did what (R18, R34): the acts of a meeting as people read them, made from its events.

An act has somebody who did it: what follows from an act, and what time brings, is no act of its own. Names are those
under which people were shown when it happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hoptt.ids import ParticipantId
from hoptt.meeting import names
from hoptt.meeting.events import (
    AllMuted,
    ChairAnswered,
    ChairOffered,
    ChairStandsIn,
    DeputyNamed,
    Event,
    LobbyGiven,
    LobbyLeft,
    MeetingBegun,
    Muted,
    NameChanged,
    ParticipantLeft,
    RightsChanged,
    RoleChanged,
    RoomLocked,
)
from hoptt.meeting.evolve import begun, evolve
from hoptt.meeting.settings import Name
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Cause, LobbyOutcome


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as they were shown then, and the branch they belonged to."""

    id: ParticipantId
    name: Name
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `seq` is the number of its event."""

    seq: int
    at: datetime
    act: str
    """What was done: `muted`, `admitted`, `role_changed` …: a word of ours, not a text."""
    actor: Named
    targets: tuple[Named, ...] = ()
    reason: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def acts_of(events: Iterable[tuple[int, Event]], meeting: Meeting | None = None) -> Iterator[Act]:
    """Give the acts among numbered events, which happen to `meeting` (None: they begin it)."""
    last: Act | None = None
    for seq, event in events:
        if isinstance(event, MeetingBegun):
            meeting = begun(event)
            continue
        if meeting is None:
            continue
        after = evolve(meeting, event)
        act = _act(seq, event, meeting, after)
        if act is not None and not _follows(act, last):
            last = act
            yield act
        meeting = after


def matches(act: Act, search: str) -> bool:
    """Tell whether somebody in an act, or its reason, has this text in their names: read without case and marks."""
    wanted = names.plain(search)
    if not wanted:
        return True
    texts = [act.reason]
    for one in (act.actor, *act.targets):
        texts += [one.name.bridge_point, one.name.name, one.name.unit]
    return any(wanted in names.plain(text) for text in texts)


def concerns(act: Act, who: ParticipantId, branch: str) -> bool:
    """Tell whether an act is one's own, or concerns somebody of a branch."""
    return act.actor.id == who or any(one.branch == branch for one in act.targets)


def _act(seq: int, event: Event, before: Meeting, after: Meeting) -> Act | None:
    actor = event.participant if isinstance(event, ChairAnswered | ChairStandsIn) else getattr(event, "by", None)
    if actor is None:
        return None
    targets = tuple(_named(before, after, who) for who in _targets(event))
    return Act(
        seq,
        event.at,
        _word(event),
        _named(before, after, actor),
        targets,
        getattr(event, "reason", ""),
        _details(event, before),
    )


def _targets(event: Event) -> tuple[ParticipantId, ...]:
    match event:
        case RightsChanged() | Muted():
            return event.participants
        case ChairAnswered():
            return ()
        case ChairStandsIn():
            return (event.chair,)
        case LobbyLeft():
            return (event.applicant,)
        case _:
            turn = getattr(event, "turn", None)
            one = getattr(event, "participant", None) or getattr(turn, "participant", None)
            return tuple(getattr(event, "participants", ())) if one is None else (one,)


def _word(event: Event) -> str:  # noqa: PLR0911 - one line a case
    match event:
        case ParticipantLeft():
            return "banned" if event.cause is Cause.BANNED else "removed"
        case LobbyLeft():
            return "admitted" if event.outcome is LobbyOutcome.ADMITTED else "refused"
        case RightsChanged(may_speak=speak) if speak is not None:
            return "allowed" if speak else "taken_back"
        case RightsChanged(may_show=show) if show is not None:
            return "camera_allowed" if show else "camera_stopped"
        case RightsChanged():
            return "share_allowed" if event.may_share else "share_stopped"
        case AllMuted():
            return "all_muted" if event.on else "all_mute_lifted"
        case RoomLocked():
            return "locked" if event.locked else "unlocked"
        case ChairAnswered():
            return "chair_accepted" if event.accepted else "chair_declined"
        case ChairOffered() if event.participant is None:
            return "chair_offer_withdrawn"
        case DeputyNamed() if event.participant is None:
            return "deputy_withdrawn"
        case LobbyGiven() if event.participant is None:
            return "lobby_taken_back"
        case _:
            return event.type


def _details(event: Event, before: Meeting) -> dict[str, str]:
    match event:
        case RoleChanged():
            return {"role": event.role} | ({} if event.leads_branch is None else {"branch": event.leads_branch})
        case NameChanged():
            seat = before.participants.get(event.participant)
            old = "" if seat is None else _line(seat.name)
            return {"before": old, "after": _line(event.name)}
        case _:
            told = {key: getattr(event, key, None) for key in _TOLD}
            return {key: str(value) for key, value in told.items() if value is not None}


_TOLD = ("branch", "layout", "change", "cause", "closed", "turn_s", "at_once")
"""Fields of events that say more about an act."""


def _line(name: Name) -> str:
    return " · ".join(part for part in (name.bridge_point, name.name, name.unit) if part)


def _follows(act: Act, last: Act | None) -> bool:
    """Tell whether an act only says again what the one before it said: who is muted loses the right, too."""
    if last is None or (act.at, act.actor.id) != (last.at, last.actor.id):
        return False
    return act.act == "taken_back" and last.act == "muted"


def _named(before: Meeting, after: Meeting, who: ParticipantId) -> Named:
    for meeting in (before, after):
        seat = meeting.participants.get(who)
        if seat is None and who in meeting.former:
            seat = meeting.former[who].seat
        if seat is not None:
            return Named(who, seat.name, seat.branch)
        if who in meeting.lobby:
            return Named(who, meeting.lobby[who].name)
    return Named(who, Name("", "", ""))

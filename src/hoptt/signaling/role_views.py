"""Who is what, and who did what, as it stands on the wire."""

from __future__ import annotations

from typing import assert_never

from hoptt.live.act_book import ActPage
from hoptt.meeting import events as happened
from hoptt.meeting.acts import Act, Named
from hoptt.signaling import messages as wire
from hoptt.signaling.basic_views import ms, name

MAX_NAMED = 5
"""Of those whom an act concerns, so many are named."""


def event(one: happened.RoleEvent) -> wire.RoleEvent:  # noqa: PLR0911 - one line a case
    """Give an event as its readers get it."""
    at = ms(one.at)
    match one:
        case happened.RoleChanged():
            return wire.RoleChanged(
                at=at, participant=one.participant, role=one.role, branch=one.leads_branch, by=one.by
            )
        case happened.BranchSet():
            return wire.BranchSet(at=at, participant=one.participant, branch=one.branch, by=one.by)
        case happened.NameChanged():
            return wire.NameChanged(at=at, participant=one.participant, name=name(one.name), by=one.by)
        case happened.ChairOffered():
            return wire.ChairOffered(at=at, participant=one.participant, by=one.by)
        case happened.ChairAnswered():
            return wire.ChairAnswered(at=at, participant=one.participant, accepted=one.accepted)
        case happened.DeputyNamed():
            return wire.DeputyNamed(at=at, participant=one.participant, by=one.by)
        case happened.ChairStandsIn():
            return wire.ChairStandsIn(at=at, participant=one.participant, chair=one.chair)
        case happened.ChairRestored():
            return wire.ChairRestored(at=at, participant=one.participant)
        case happened.LobbyGiven():
            return wire.LobbyGiven(at=at, participant=one.participant, by=one.by)
        case _:
            assert_never(one)


def acts(page: ActPage) -> wire.Acts:
    """Give a page of acts."""
    return wire.Acts(rows=[_act(one) for one in page.acts], more=page.more)


def _act(act: Act) -> wire.ActRow:
    return wire.ActRow(
        seq=act.seq,
        at=ms(act.at),
        act=act.act,
        actor=_named(act.actor),
        targets=[_named(one) for one in act.targets[:MAX_NAMED]],
        concerned=len(act.targets),
        reason=act.reason,
        details=dict(act.details),
    )


def _named(one: Named) -> wire.ActPerson:
    return wire.ActPerson(id=one.id, name=name(one.name))

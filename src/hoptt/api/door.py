"""`GET /api/rooms/{slug}/door`: what a page needs to draw its door."""

from __future__ import annotations

from datetime import datetime

from hoptt.auth.tokens import Bearer
from hoptt.ids import RoomSlug
from hoptt.live.clock import Clock
from hoptt.live.house import DoorView, House
from hoptt.signaling.basic_views import ms, name
from hoptt.signaling.doorkeeper import Doorkeeper, Visit
from hoptt.signaling.messages import Door, Identity, NameRuleView, RoomView


async def door(house: House, keeper: Doorkeeper, clock: Clock, slug: RoomSlug, proof: str | Visit) -> Door:
    """Say what stands at the door, and to whom: the bearer of a token, or whoever is signed in on a visit.

    Raises HopttError: LINK_UNKNOWN, TOKEN_INVALID, TOKEN_EXPIRED.
    """
    bearer = keeper.bearer(proof, slug) if isinstance(proof, str) else await keeper.account_bearer(proof, slug)
    view = await house.door(slug, None if bearer is None else bearer.identity)
    rule = view.rules.name_rule
    return Door(
        room=RoomView(slug=view.room.slug, name=view.room.name),
        title=view.title,
        state=view.state,
        entry=view.rules.entry,
        password=view.rules.password_set,
        muted_until_allowed=view.rules.muted_until_allowed,
        name_rule=NameRuleView(require=list(rule.require), min_words=rule.min_words, max_length=rule.max_length),
        now=ms(clock.now()),
        starts_at=_ms(view.starts_at),
        ends_at=_ms(view.ends_at),
        doors_at=_ms(view.doors_at),
        ended_at=_ms(view.ended_at),
        chair=view.chair,
        identity=None if bearer is None else _identity(bearer, view),
    )


def _identity(bearer: Bearer, view: DoorView) -> Identity:
    return Identity(role=bearer.role, name=None if bearer.name is None else name(bearer.name), invited=view.invited)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else ms(at)

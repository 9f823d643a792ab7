"""REST: a link for another device of the own seat (R12): a second camera, a screen, a room display."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import segno
from aiohttp import web

from hoptt.api.requests import Requests, bearer_token
from hoptt.api.rest_words import Companion, NewCompanion
from hoptt.api.status import json_answer
from hoptt.auth.tokens import Tokens
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import RoomSlug, random_id
from hoptt.meeting.settings import Name
from hoptt.meeting.words import BridgePointKind, Role
from hoptt.signaling.basic_views import ms
from hoptt.signaling.doorkeeper import Doorkeeper

TTL = timedelta(hours=12)
"""A long day of meetings; without its seat the device does not come in anyway."""


@dataclass(frozen=True, slots=True)
class CompanionDoor:
    """`POST /api/rooms/{slug}/companions`."""

    requests: Requests
    keeper: Doorkeeper
    tokens: Tokens
    now: Callable[[], datetime]

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Say which routes are ours."""
        router.add_post("/api/rooms/{slug}/companions", self.create)

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Make a companion's link for whoever proves to be somebody: by a personal link's token, or signed in."""
        self.requests.check_change(request)
        room = RoomSlug(request.match_info["slug"])
        token = bearer_token(request)
        asked = await self.requests.body(request, NewCompanion)
        visit, _ = self.requests.visit(request)
        bearer = self.keeper.bearer(token, room) if token else await self.keeper.account_bearer(visit, room)
        if bearer is None or bearer.identity.person is None or bearer.role is Role.COMPANION:
            raise HopttError(ErrorCode.LOGIN_NEEDED, "a seat of a personal link or an account has companions")
        now = self.now()
        made = self.tokens.join(
            room=room,
            person=random_id("c"),
            role=Role.COMPANION,
            name=Name("", asked.word.strip(), "") if asked.word.strip() else None,
            now=now,
            ttl=TTL,
            kind=BridgePointKind.ROOM,
            companion_of=bearer.identity.person,
        )
        link = f"{request.headers['Origin']}/{room}#token={made}"  # ours: `check_change` has compared it
        return json_answer(Companion(link=link, until=ms(now + TTL), picture=_picture(link)), status=201)


def _picture(text: str) -> str:
    return str(segno.make(text, error="l").svg_data_uri(border=2, scale=4, dark="#000", light="#fff"))

"""REST: signing in and out, and who is signed in (S27, S30, S33, S39)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import hdrs, web

from hoptt.api.people_office import PeopleOffice
from hoptt.api.requests import CALLER, Requests
from hoptt.api.rest_words import ChangePassword, Me, SignIn
from hoptt.api.status import json_answer
from hoptt.auth.sessions import Session, Sessions, set_session_cookie
from hoptt.auth.signing_in import SigningIn
from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.accounts import Account, manages
from hoptt.signaling.basic_views import name
from hoptt.signaling.doorkeeper import Visit
from hoptt.signaling.signing_out import SigningOut
from hoptt.store.accounts import AccountStore


@dataclass(frozen=True, slots=True)
class Signed:
    """Tells who is signed in; what every door behind the sign-in asks first."""

    requests: Requests
    sessions: Sessions
    now: Callable[[], datetime]

    async def session(self, request: web.Request) -> tuple[Session, Visit]:
        """Give who asks. Raises HopttError(LOGIN_NEEDED)."""
        visit, _ = self.requests.visit(request)
        session = await self.sessions.find(visit.session, now=self.now())
        if session is None:
            raise HopttError(ErrorCode.LOGIN_NEEDED, "sign in first")
        return session, visit


@dataclass(frozen=True, slots=True)
class PeopleDoor:
    """`/api/login`, `/api/logout`, `/api/me`, `/api/me/password`."""

    signed: Signed
    signing_in: SigningIn
    signing_out: SigningOut
    accounts: AccountStore
    office: PeopleOffice

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Say which routes are ours."""
        router.add_post("/api/login", self.sign_in)
        router.add_post("/api/logout", self.sign_out)
        router.add_get("/api/me", self.me, allow_head=False)
        router.add_post("/api/me/password", self.change_password)

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Begin a session: always a new one, whatever cookie came along (S27)."""
        self.signed.requests.check_change(request)
        asked = await self.signed.requests.body(request, SignIn)
        visit, given = self.signed.requests.visit(request)
        cookie, account = await self.signing_in.sign_in(
            asked.login, asked.password, asked.code, address=visit.address, browser=visit.browser
        )
        former = await self.signed.sessions.find(visit.session, now=self.signed.now())
        if former is not None:
            await self.signing_out.replaced(former)
        answer = json_answer(await self._me(account))
        answer.headers.extend(given)
        self._give(request, answer, cookie)
        return answer

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """End the session, and give up the seats that stood on it."""
        self.signed.requests.check_change(request)
        session, _ = await self.signed.session(request)
        await self.signing_out.one(session)
        answer = web.Response(status=204)
        self._give(request, answer, "")
        return answer

    async def me(self, request: web.Request) -> web.StreamResponse:
        """Tell who is signed in."""
        session, _ = await self.signed.session(request)
        return json_answer(await self._me(session.account))

    async def change_password(self, request: web.Request) -> web.StreamResponse:
        """Keep another password for who asks. Every session ends, and this browser gets a new one."""
        self.signed.requests.check_change(request)
        asked = await self.signed.requests.body(request, ChangePassword)
        session, visit = await self.signed.session(request)
        login = session.account.login
        await self.signing_in.check_password(login, asked.old, address=visit.address, browser=visit.browser)
        await self.office.set_password(session.account, asked.new)
        cookie = await self.signed.sessions.start(session.account, now=self.signed.now())
        answer = web.Response(status=204)
        self._give(request, answer, cookie or "")
        return answer

    async def _me(self, account: Account) -> Me:
        units = await self.accounts.units()
        unit = None if account.unit is None else units.get(account.unit)
        return Me(
            login=account.login,
            name=name(account.name),
            role=account.role,
            unit=None if unit is None else unit.name,
            manages=bool(manages(account, units)),
        )

    def _give(self, request: web.Request, answer: web.Response, cookie: str) -> None:
        answer.headers.add(hdrs.SET_COOKIE, set_session_cookie(cookie, secure=request[CALLER].secure))

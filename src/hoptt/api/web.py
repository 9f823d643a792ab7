"""The web application: the page, the door, the WebSocket; nothing else is served."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aiohttp import web

from hoptt.api import page as built
from hoptt.api.callers import caller_of, is_own_page
from hoptt.api.door import door
from hoptt.api.headers import protect
from hoptt.api.line_test import LineTesting, line_test
from hoptt.api.requests import CALLER, Requests, bearer_token
from hoptt.api.runner import Runner
from hoptt.api.status import http_answer, json_answer, refusal_answer
from hoptt.config import Http
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import RoomSlug
from hoptt.live.clock import Clock, SteadyClock
from hoptt.live.house import House
from hoptt.live.observe import Observer, Unobserved
from hoptt.signaling.doorkeeper import Doorkeeper
from hoptt.signaling.lines import Lines

PAGE = Path(__file__).parents[1] / "page"
MAX_BODY = 1024 * 1024
MAX_HEADERS = 16 * 1024
MAX_LINE = 8 * 1024
KEEP_ALIVE_S = 30.0
STOP_S = 6.0
"""For connections to end when the server stops: a little more than the last word is given."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Routes(Protocol):
    """A door with routes of its own."""

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Say which they are."""
        ...


def make_web(
    *,
    house: House,
    keeper: Doorkeeper,
    requests: Requests,
    line_tests: LineTesting,
    lines: Lines | None = None,
    page: Path = PAGE,
    doors: Sequence[Routes] = (),
    clock: Clock | None = None,
    observer: Observer | None = None,
) -> web.Application:
    """Make the application; `make_runner` runs it. Raises HopttError(CONFIG_INVALID) when the page is not built.

    `doors` are those besides the page, the room's door and the WebSocket. The application opens and closes `lines`,
    its WebSockets; hand them in to read their counts.
    """
    observer = observer or Unobserved()
    web_side = _Web(
        house=house,
        keeper=keeper,
        requests=requests,
        line_tests=line_tests,
        lines=lines or Lines(house=house, keeper=keeper, observer=observer),
        page=built.load_page(page),
        clock=clock or SteadyClock(),
        observer=observer,
    )
    app = web.Application(middlewares=[web_side.guard], client_max_size=MAX_BODY)
    app.on_response_prepare.append(web_side.protect)
    app.cleanup_ctx.append(web_side.open_lines)
    app.on_shutdown.append(web_side.close_lines)
    app.router.add_get("/api/rooms/{slug}/door", web_side.door)
    app.router.add_post("/api/line-test", web_side.line_test)
    for each in doors:
        each.add_routes(app.router)
    app.router.add_get("/ws", web_side.socket, allow_head=False)
    app.router.add_get("/{path:.*}", web_side.page_file)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """Give the runner of the application: add sites to it, and `cleanup` at the end. Keeps no access log (S49)."""
    return Runner(
        app,
        access_log=None,
        handle_signals=False,
        keepalive_timeout=KEEP_ALIVE_S,
        max_line_size=MAX_LINE,
        max_field_size=MAX_LINE,
        shutdown_timeout=STOP_S,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Web:
    house: House
    keeper: Doorkeeper
    requests: Requests
    line_tests: LineTesting
    lines: Lines
    page: built.Page
    clock: Clock
    observer: Observer

    # ---- routes ------------------------------------------------------------------------------------

    async def door(self, request: web.Request) -> web.StreamResponse:
        """What a page needs before the door. Gives the browser its pseudonym, by which a ban finds a guest again."""
        slug = RoomSlug(request.match_info["slug"])
        visit, given = self.requests.visit(request)
        token = bearer_token(request)
        proof = visit if token is None else token
        answer = json_answer(await door(self.house, self.keeper, self.clock, slug, proof))
        answer.headers.update(given)
        return answer

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """Upgrade, for pages of the listed origins and for programs that show a join token (S34)."""
        self._check_origin(request)
        visit, given = self.requests.visit(request)
        return await self.lines.serve(request, visit, given)

    async def line_test(self, request: web.Request) -> web.StreamResponse:
        """Open a line test, for pages of ours and who comes as one (S34, S39)."""
        self.requests.check_change(request)
        told = await line_test(self.line_tests, request[CALLER].address, self.http.trusted_networks)
        return json_answer(told)

    async def page_file(self, request: web.Request) -> web.StreamResponse:
        """Give a file of the page; the page of rooms at `/` and at every address that may be a room's, and
        that of a bridge point's large screen at `/SLUG/room` (R23)."""
        path = request.path
        file = self.page.at(path)
        if file is not None:
            return self._page(file, request)
        if path == "/" or _SLUG.fullmatch(path):
            return self._page(self.page.start, request)
        if _DISPLAY.fullmatch(path):
            return self._page(self.page.display, request)
        if _SLUG.fullmatch(path.rstrip("/")) or _DISPLAY.fullmatch(path.rstrip("/")):
            raise web.HTTPPermanentRedirect(path.rstrip("/"))
        raise web.HTTPNotFound

    def _page(self, file: built.File, request: web.Request) -> web.Response:
        """Give a file. A page gives the browser its pseudonym before any script asks for anything.

        What is asked side by side without one, door and WebSocket, would get one each, and a removal would hold for the
        one that the browser forgets.
        """
        answer = built.answer(file, request)
        given = self.requests.visit(request)[1] if file.policy is not None else {}
        if given:
            answer.headers.update({**given, "Cache-Control": "private, no-cache"})
        return answer

    # ---- around every request ----------------------------------------------------------------------

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Stand before every route: who may ask at all, and what a refusal looks like."""
        try:
            self._admit(request)
            return await handler(request)
        except HopttError as refusal:
            return refusal_answer(refusal)
        except web.HTTPRedirection:
            raise
        except web.HTTPException as known:
            return http_answer(known)
        except Exception as bug:
            self.observer.bug(bug)
            return refusal_answer(HopttError(ErrorCode.INTERNAL, "a fault of the server"))

    async def protect(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Set the headers that every answer has (S38)."""
        caller = request.get(CALLER)
        secure = request.secure if caller is None else caller.secure
        protect(answer, secure=secure)

    # ---- life --------------------------------------------------------------------------------------

    async def open_lines(self, _: web.Application) -> AsyncIterator[None]:
        """Look after the WebSockets while the application runs."""
        async with self.lines:
            yield

    async def close_lines(self, _: web.Application) -> None:
        """Tell every page to come back, before the application waits for its connections to end."""
        await self.lines.say_goodbye()

    # ---- within ------------------------------------------------------------------------------------

    @property
    def http(self) -> Http:
        return self.requests.http()

    def _admit(self, request: web.Request) -> None:
        caller = request[CALLER] = caller_of(request, self.http.trusted_proxies)
        if not caller.allowed:
            raise HopttError(ErrorCode.NOT_ALLOWED, "plain http is served on this machine only: use https")
        if sum(len(name) + len(value) for name, value in request.raw_headers) > MAX_HEADERS:
            raise web.HTTPRequestHeaderFieldsTooLarge

    def _check_origin(self, request: web.Request) -> None:
        """Let through pages of the listed origins, and programs that show a join token (S34)."""
        own = is_own_page(request, request[CALLER], self.http.origins)
        if own is None:
            token = bearer_token(request)
            if token is None:
                raise self._foreign()
            self.keeper.check_bearer(token)
        elif not own:
            raise self._foreign()

    def _foreign(self) -> HopttError:
        self.lines.counts.turned_back[ErrorCode.ORIGIN] += 1
        return HopttError(ErrorCode.ORIGIN, "not from a page of this server: see http.origins")


_SLUG = re.compile(r"/[a-z0-9-]{2,64}")
_DISPLAY = re.compile(r"/[a-z0-9-]{2,64}/room")

"""`/whip/{slug}` and `/whep/{slug}`: the HTTP of RFC 9725 and draft-ietf-wish-whep over the sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import hdrs, web

from hoptt.api.callers import is_own_page, normal_origin
from hoptt.api.requests import CALLER, Requests, bearer_token
from hoptt.api.status import refusal_answer
from hoptt.api.whip.ice_servers import link_headers
from hoptt.api.whip.session import Kind, Session
from hoptt.api.whip.sessions import Sessions, Wish
from hoptt.api.whip.showing import choice_of
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import RoomSlug
from hoptt.sfu.sdp import UnacceptableError, parse_fragment
from hoptt.sfu.sdp.lines import MAX_BYTES as MAX_OFFER
from hoptt.signaling.doorkeeper import Doorkeeper

SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
MAX_FRAGMENT = 64 * 1024
BODY_S = 10.0
"""For a body to arrive."""
EXPOSED = "Location, ETag, Link, Accept-Patch, Retry-After, WWW-Authenticate"

Handler = Callable[[web.Request, Kind], Awaitable[web.StreamResponse]]


class RefusedError(HopttError):
    """Refused with a status that RFC 9725 names."""

    def __init__(self, status: HTTPStatus, message: str, code: ErrorCode = ErrorCode.MESSAGE_MALFORMED) -> None:
        super().__init__(code, message)
        self.status = status


class WhipDoor:
    """The routes of both protocols."""

    def __init__(self, requests: Requests, keeper: Doorkeeper, sessions: Sessions) -> None:
        self.sessions = sessions
        self._requests = requests
        self._keeper = keeper

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Say which routes are ours; every other method is answered with 405 (RFC 9725 §4.1)."""
        for kind in Kind:
            endpoint, session = f"/{kind}/{{slug}}", f"/{kind}/{{slug}}/{{session}}"
            router.add_post(endpoint, self._served(self._post, kind))
            router.add_get(endpoint, self._served(self._nothing_to_get, kind))
            router.add_options(endpoint, self._served(self._options, kind))
            router.add_patch(session, self._served(self._patch, kind))
            router.add_delete(session, self._served(self._delete, kind))
            router.add_get(session, self._served(self._nothing_to_get, kind))
            router.add_options(session, self._served(self._options, kind))

    # ---- the endpoint ------------------------------------------------------------------------------

    async def _post(self, request: web.Request, kind: Kind) -> web.StreamResponse:
        room = RoomSlug(request.match_info["slug"])
        token = _token(request)
        bearer = self._keeper.bearer(token, room)
        offer = await _body(request, SDP, MAX_OFFER)
        wish = Wish(
            kind,
            room,
            offer,
            choice=choice_of(request.query.get("track") if kind is Kind.WHEP else None),
            take_over=request.query.get("take_over") == "true",
        )
        opened = await self.sessions.open(wish, bearer, token)
        answer = web.Response(text=opened.answer, status=HTTPStatus.CREATED, content_type=SDP)
        answer.headers[hdrs.LOCATION] = f"/{kind}/{room}/{opened.session.id}"
        answer.headers[hdrs.ETAG] = opened.session.etag
        answer.headers["Accept-Patch"] = FRAGMENT
        for link in link_headers(opened.ice_servers):
            answer.headers.add("Link", link)
        return answer

    async def _options(self, request: web.Request, kind: Kind) -> web.StreamResponse:
        answer = web.Response()
        if "session" in request.match_info:
            answer.headers["Accept-Patch"] = FRAGMENT
            methods = "PATCH, DELETE, GET, OPTIONS"
        else:
            answer.headers["Accept-Post"] = SDP
            methods = "POST, GET, OPTIONS"
        answer.headers[hdrs.ALLOW] = methods
        if hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers and hdrs.ORIGIN in request.headers:
            answer.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = methods
            answer.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = "Authorization, Content-Type, If-Match"
            answer.headers[hdrs.ACCESS_CONTROL_MAX_AGE] = "600"
        return answer

    async def _nothing_to_get(self, request: web.Request, kind: Kind) -> web.StreamResponse:
        """Answer a GET: these addresses stand for nothing that could be fetched."""
        if "session" in request.match_info:
            self.sessions.known(kind, request.match_info["slug"], request.match_info["session"])
        return web.Response(status=HTTPStatus.NO_CONTENT)

    # ---- a session ---------------------------------------------------------------------------------

    async def _patch(self, request: web.Request, kind: Kind) -> web.StreamResponse:
        """Take candidates, which an ICE-lite server does not need, or begin ICE anew (RFC 9725 §4.3)."""
        session = self._session(request, kind)
        text = await _body(request, FRAGMENT, MAX_FRAGMENT)
        tags = [tag.strip() for line in request.headers.getall(hdrs.IF_MATCH, []) for tag in line.split(",")]
        fragment = parse_fragment(text)
        assert session.seat is not None, "found by `find`"
        goes_on = fragment.ice is None or fragment.ice == session.seat.ice()
        if not tags and not (goes_on and kind is Kind.WHEP):  # whip-whep 1.2.0 sends a player's candidates without it
            raise RefusedError(HTTPStatus.PRECONDITION_REQUIRED, 'send If-Match: the ETag, or "*" to begin ICE anew')
        if tags and "*" not in tags and '"*"' not in tags and session.etag not in tags:
            raise RefusedError(HTTPStatus.PRECONDITION_FAILED, "the ETag is that of an ICE session before this one")
        if goes_on or fragment.ice is None:
            return web.Response(status=HTTPStatus.NO_CONTENT)
        told = await self.sessions.restart(session, fragment.ice)
        return web.Response(text=told, content_type=FRAGMENT, headers={hdrs.ETAG: session.etag})

    async def _delete(self, request: web.Request, kind: Kind) -> web.StreamResponse:
        await self._session(request, kind).leave()
        return web.Response()

    # ---- around ------------------------------------------------------------------------------------

    def _served(self, handler: Handler, kind: Kind) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            try:
                self._check_origin(request)
                answer = await handler(request, kind)
            except HopttError as refusal:
                self.sessions.counts.refused[refusal.code] += 1
                answer = _refused(refusal)
            self._let_pages_read(request, answer)
            return answer

        return serve

    def _session(self, request: web.Request, kind: Kind) -> Session:
        where = request.match_info
        return self.sessions.find(kind, where["slug"], where["session"], _token(request))

    def _check_origin(self, request: web.Request) -> None:
        """Let through programs, and pages of the listed origins (S34)."""
        if is_own_page(request, request[CALLER], self._requests.http().origins) is False:
            raise HopttError(ErrorCode.ORIGIN, "not from a page of this server: see http.origins")

    def _let_pages_read(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Let pages of the listed origins read the answer, whatever it says (Fetch: CORS)."""
        said = request.headers.get(hdrs.ORIGIN)
        if said is None or not is_own_page(request, request[CALLER], self._requests.http().origins):
            return
        if normal_origin(said) != request[CALLER].origin:
            answer.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = said
            answer.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = EXPOSED
        answer.headers.add(hdrs.VARY, hdrs.ORIGIN)


def _token(request: web.Request) -> str:
    token = bearer_token(request)
    if token is None:
        raise HopttError(ErrorCode.TOKEN_INVALID, "send a join token: `Authorization: Bearer TOKEN`")
    return token


async def _body(request: web.Request, kind: str, most: int) -> str:
    """Read a text body. Raises RefusedError, and HopttError(MESSAGE_TOO_LARGE)."""
    if request.content_type != kind:
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body is {kind}")
    raw = b""
    try:
        async with asyncio.timeout(BODY_S):
            while len(raw) <= most and (more := await request.content.read(most + 1 - len(raw))):
                raw += more
    except TimeoutError as slow:
        raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, "the body did not arrive in time") from slow
    if len(raw) > most:
        raise HopttError(ErrorCode.MESSAGE_TOO_LARGE, f"the body is larger than {most // 1024} KiB")
    try:
        return raw.decode()
    except UnicodeDecodeError as fault:
        raise HopttError(ErrorCode.SDP_INVALID, "the body is not UTF-8") from fault


def _refused(refusal: HopttError) -> web.Response:
    answer = refusal_answer(refusal)
    if isinstance(refusal, RefusedError):
        answer.set_status(refusal.status)
    elif isinstance(refusal, UnacceptableError):
        answer.set_status(HTTPStatus.NOT_ACCEPTABLE)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        answer.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    wait_ms = refusal.details.get("wait_ms")
    if isinstance(wait_ms, int):
        answer.headers[hdrs.RETRY_AFTER] = str(max(1, wait_ms // 1000))
    return answer

"""What every route needs of a request: who asks, with which cookies and body, and whether it may change things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from aiohttp import hdrs, web

from hoptt.api.callers import Caller, is_own_page
from hoptt.auth.browsers import Browsers, cookie_name, set_cookie
from hoptt.auth.sessions import session_cookie_name
from hoptt.config import Http
from hoptt.errors import ErrorCode, HopttError
from hoptt.signaling.doorkeeper import Visit

CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
CHANGE_HEADER = "X-Hoptt"
"""Pages of other origins cannot send it without being asked first, and the answer to that question is no (S39)."""
MAX_JSON = 256 * 1024

Body = TypeVar("Body", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Requests:
    """Reads requests."""

    browsers: Browsers
    http: Callable[[], Http]

    def visit(self, request: web.Request) -> tuple[Visit, dict[str, str]]:
        """Tell who asks, and give the header that gives the browser its pseudonym if it had none."""
        caller = request[CALLER]
        cookie = request.cookies.get(cookie_name(secure=caller.secure))
        session = request.cookies.get(session_cookie_name(secure=caller.secure))
        known = self.browsers.pseudonym(cookie)
        if known is not None:
            return Visit(caller.address, known, session), {}
        new = self.browsers.new()
        given = {"Set-Cookie": set_cookie(new, secure=caller.secure)}
        return Visit(caller.address, self.browsers.pseudonym(new), session), given

    def check_change(self, request: web.Request) -> None:
        """See that a change comes from a page of ours (S34, S39). Raises HopttError(ORIGIN)."""
        if not is_own_page(request, request[CALLER], self.http().origins) or CHANGE_HEADER not in request.headers:
            raise HopttError(ErrorCode.ORIGIN, f"not from a page of this server, or without the header {CHANGE_HEADER}")

    async def body(self, request: web.Request, kind: type[Body]) -> Body:
        """Read a JSON body. Raises HopttError(MESSAGE_MALFORMED, MESSAGE_TOO_LARGE)."""
        if request.content_type != "application/json":
            raise HopttError(ErrorCode.MESSAGE_MALFORMED, "the body is JSON: `Content-Type: application/json`")
        raw = await request.content.read(MAX_JSON + 1)
        while len(raw) <= MAX_JSON and (more := await request.content.read(MAX_JSON + 1 - len(raw))):
            raw += more
        if len(raw) > MAX_JSON:
            raise HopttError(ErrorCode.MESSAGE_TOO_LARGE, "the body is too large")
        try:
            return msgspec.json.decode(raw, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise HopttError(ErrorCode.MESSAGE_MALFORMED, str(fault)) from fault


def bearer_token(request: web.Request) -> str | None:
    """Give the token of `Authorization: Bearer TOKEN`. Raises HopttError(TOKEN_INVALID)."""
    said = request.headers.getall(hdrs.AUTHORIZATION, [])
    if not said:
        return None
    scheme, _, token = said[0].partition(" ")
    if len(said) > 1 or scheme.lower() != "bearer":
        raise HopttError(ErrorCode.TOKEN_INVALID, "the token is not valid here: send `Authorization: Bearer TOKEN`")
    return token.strip()

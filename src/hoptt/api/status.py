"""Refusals as HTTP answers: one table, and bodies that say no more than the code (S42)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec
from aiohttp import web

from hoptt.errors import ErrorCode, HopttError
from hoptt.signaling.messages import Fault

C = ErrorCode
STATUS: Mapping[ErrorCode, int] = {
    C.NAME_PART_MISSING: 422,
    C.NAME_TOO_SHORT: 422,
    C.NAME_TOO_LONG: 422,
    C.NAME_SCRIPT: 422,
    C.NAME_LOOKALIKE: 422,
    C.NAME_IMPERSONATES: 422,
    C.NAME_POINT_UNKNOWN: 422,
    C.NAME_UNIT_MISSING: 422,
    C.PASSWORD_MISSING: 401,
    C.PASSWORD_WRONG: 401,
    C.PASSWORD_WAIT: 429,
    C.LINK_UNKNOWN: 404,
    C.TOKEN_INVALID: 401,
    C.TOKEN_EXPIRED: 401,
    C.SEAT_TAKEN: 409,
    C.SEAT_GONE: 410,
    C.TAKEN_OVER: 409,
    C.MEETING_NOT_OPEN: 403,
    C.MEETING_ENDED: 410,
    C.MEETING_MOVED: 409,
    C.MEETING_POSTPONED: 409,
    C.ROOM_CLOSED: 403,
    C.ROOM_LOCKED: 403,
    C.ROOM_FULL: 403,
    C.LOBBY_FULL: 403,
    C.LOBBY_REFUSED: 403,
    C.NOT_INVITED: 403,
    C.REMOVED: 403,
    C.BANNED: 403,
    C.NOT_ALLOWED: 403,
    C.NOT_IN_MEETING: 409,
    C.ALREADY_IN_MEETING: 409,
    C.PARTICIPANT_UNKNOWN: 404,
    C.TRACK_UNKNOWN: 404,
    C.NOT_POSSIBLE: 409,
    C.FLOOR_TAKEN: 409,
    C.FLOOR_FULL: 409,
    C.FLOOR_ALREADY: 409,
    C.FLOOR_NOT_ASKED: 409,
    C.FLOOR_NO_TURN: 409,
    C.FLOOR_HELD: 409,
    C.FLOOR_AWAY: 409,
    C.FLOOR_NUMBER: 422,
    C.NOT_STORED: 503,
    C.BRANCH_OUTSIDE: 403,
    C.BRANCH_UNKNOWN: 404,
    C.CHAIR_PRESENT: 409,
    C.CHAIR_NOT_OFFERED: 409,
    C.CHAT_CLOSED: 403,
    C.CHAT_EMPTY: 422,
    C.CHAT_TOO_LONG: 422,
    C.CHAT_RATE: 429,
    C.CHAT_NO_UNIT: 409,
    C.MESSAGE_MALFORMED: 400,
    C.MESSAGE_TOO_LARGE: 413,
    C.MESSAGE_RATE: 429,
    C.MESSAGE_UNEXPECTED: 400,
    C.PROTOCOL_VERSION: 400,
    C.SDP_INVALID: 400,
    C.ORIGIN: 403,
    C.ENGINE_AWAY: 503,
    C.SHUTTING_DOWN: 503,
    C.INTERNAL: 500,
    C.SLUG_INVALID: 422,
    C.SLUG_RESERVED: 422,
    C.SLUG_LOOKALIKE: 409,
    C.ROOM_EXISTS: 409,
    C.ROOM_IN_USE: 409,
    C.MEETING_UNKNOWN: 404,
    C.INVITATION_INVALID: 422,
    C.CONFIG_INVALID: 422,
    C.UNIT_UNKNOWN: 404,
    C.UNIT_EXISTS: 409,
    C.ACCOUNT_UNKNOWN: 404,
    C.ACCOUNT_EXISTS: 409,
    C.ACCOUNT_INVALID: 422,
    C.PASSWORD_WEAK: 422,
    C.LOGIN_NEEDED: 401,
    C.LOGIN_WRONG: 401,
    C.LOGIN_WAIT: 429,
    C.LOGIN_CODE_NEEDED: 401,
    C.LOGIN_CODE_WRONG: 401,
    C.LOGIN_NO_SECOND_FACTOR: 403,
    C.SIGNED_OUT: 401,
}
RETRY_AFTER_S = 5


def refusal_answer(refusal: HopttError) -> web.Response:
    """Give the answer to a refused request."""
    fault = Fault(code=refusal.code, message=refusal.message, field=refusal.field, details=refusal.details)
    answer = json_answer(fault, status=STATUS[refusal.code])
    if answer.status in (429, 503):
        wait_ms = refusal.details.get("wait_ms")
        seconds = math.ceil(wait_ms / 1000) if isinstance(wait_ms, (int, float)) else RETRY_AFTER_S
        answer.headers["Retry-After"] = str(seconds)
    return answer


def http_answer(known: web.HTTPException) -> web.Response:
    """Give the answer to what aiohttp refuses: a path without a route, a method, a body that is too large."""
    code = {404: C.LINK_UNKNOWN, 413: C.MESSAGE_TOO_LARGE}.get(known.status, C.MESSAGE_MALFORMED)
    answer = json_answer(Fault(code=code, message=known.reason), status=known.status)
    if "Allow" in known.headers:
        answer.headers["Allow"] = known.headers["Allow"]
    return answer


def json_answer(value: msgspec.Struct, *, status: int = 200) -> web.Response:
    """Give a JSON answer, which nobody keeps."""
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )

"""Join tokens and resume tokens: JWTs with one algorithm, each kind with keys and an audience of its own (S27, S28).

A join token has LiveKit's shape and one claim of ours, `hoptt {role, bridge_point, unit, seat, kind, of}`, so that
programs which make LiveKit tokens can make ours. PyJWT checks the signature; the claims are checked here, and the time
is an argument.
"""

from __future__ import annotations

import base64
import json
import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import jwt
import msgspec

from hoptt.auth.keys import OWN_KEY, Keys
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import InvitationId, MeetingId, ParticipantId, RoomSlug
from hoptt.meeting import names
from hoptt.meeting.commands import Identity, IdentityKind
from hoptt.meeting.settings import Name
from hoptt.meeting.words import BridgePointKind, Role

ALGORITHM = "HS256"
JOIN, RESUME = "hoptt:join", "hoptt:resume"
"""Audiences: a token of one kind is never taken for one of the other."""
LEEWAY_S = 30
MAX_TOKEN = 8_192
MAX_TEXT = 200
JOIN_TTL = timedelta(minutes=15)
"""Of a join token that somebody makes without saying how long it holds."""
RESUME_TTL = timedelta(days=30)
"""No meeting lasts as long; each return brings a new token."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds a join token (S24)."""

    identity: Identity
    role: Role
    name: Name | None
    """None: the token proves who it is and does not say how to show them."""
    kind: BridgePointKind


@dataclass(frozen=True, slots=True)
class KeptSeat:
    """What a resume token says."""

    meeting: MeetingId
    participant: ParticipantId
    takeovers: int


class Tokens:
    """Makes and reads both kinds of token."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def join(
        self,
        *,
        room: RoomSlug,
        person: str,
        role: Role,
        name: Name | None,
        now: datetime,
        ttl: timedelta = JOIN_TTL,
        seat: InvitationId | None = None,
        kind: BridgePointKind = BridgePointKind.PERSON,
        companion_of: str | None = None,
    ) -> str:
        """Make a join token. `person` is the same at every visit; `seat` the row of an invitation list.

        `companion_of`: the person whose seat a companion belongs to (R12).
        """
        ours = {"role": role.value, "kind": kind.value}
        if companion_of is not None:
            ours["of"] = companion_of
        if name is not None:
            ours |= {"bridge_point": name.bridge_point, "unit": name.unit}
        claims: dict[str, object] = {
            "iss": OWN_KEY,
            "sub": person,
            "aud": JOIN,
            "iat": _seconds(now),
            "nbf": _seconds(now),
            "exp": _seconds(now + ttl),
            "video": {"room": room, "roomJoin": True},
            "hoptt": ours if seat is None else ours | {"seat": seat},
        }
        if name is not None:
            claims["name"] = name.name
        return _sign(claims, self._keys.own)

    def read_join(self, token: str, *, room: RoomSlug | None, now: datetime) -> Bearer:
        """Tell who the bearer of a join token for this room (None: for any) is.

        Raises HopttError(TOKEN_INVALID, TOKEN_EXPIRED).
        """
        payload = _unverified(token)
        key = self._keys.api_key(_text(payload.get("iss"), "iss"))
        if key is None:
            raise _invalid("`iss` names no key of this server")
        _verify(token, key)
        claims = _convert(payload, _Join)
        _check_audience(claims.aud, JOIN)
        _check_times(claims, now)
        if claims.video.roomJoin is not True:
            raise _invalid("`video.roomJoin` does not let anybody join")
        if room is not None and claims.video.room != room:
            raise _invalid("it is for another room")
        ours = claims.hoptt
        for name, text in (("name", claims.name), ("bridge_point", ours.bridge_point), ("unit", ours.unit)):
            _check_text(text, name)
        person = f"{claims.iss}:{_text(claims.sub, 'sub')}"
        seat = None if ours.seat is None else InvitationId(_text(ours.seat, "seat"))
        if (ours.role is Role.COMPANION) is not (ours.of is not None):
            raise _invalid("`hoptt.of` names the seat of a companion, and of nobody else")
        of = None if ours.of is None else _text(ours.of, "of")
        identity = Identity(IdentityKind.LINK, person=person, invitation=seat, companion_of=of, unit=ours.unit)
        return Bearer(identity, ours.role, _name(claims), ours.kind)

    def resume(self, seat: KeptSeat, *, now: datetime) -> str:
        """Make a resume token."""
        return _sign(
            {
                "aud": RESUME,
                "iat": _seconds(now),
                "exp": _seconds(now + RESUME_TTL),
                "sub": seat.participant,
                "meeting": seat.meeting,
                "takeovers": seat.takeovers,
            },
            self._keys.resume,
        )

    def read_resume(self, token: str, *, now: datetime) -> KeptSeat:
        """Tell which seat a resume token is for. Raises HopttError(TOKEN_INVALID, TOKEN_EXPIRED)."""
        payload = _unverified(token)
        _verify(token, self._keys.resume)
        claims = _convert(payload, _Resume)
        _check_audience(claims.aud, RESUME)
        _check_times(claims, now)
        return KeptSeat(MeetingId(claims.meeting), ParticipantId(claims.sub), claims.takeovers)


# ---- claims ------------------------------------------------------------------------------------------

_Number = int | float
Claims = TypeVar("Claims")


class _Video(msgspec.Struct, frozen=True):
    """LiveKit's grants; the others it has mean nothing here."""

    room: str
    roomJoin: bool  # noqa: N815 - LiveKit's name for it


class _Ours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: Role = Role.ATTENDEE
    bridge_point: str = ""
    unit: str = ""
    seat: str | None = None
    kind: BridgePointKind = BridgePointKind.PERSON
    of: str | None = None


class _Timed(msgspec.Struct, frozen=True, kw_only=True):
    exp: _Number
    nbf: _Number | msgspec.UnsetType = msgspec.UNSET
    iat: _Number | msgspec.UnsetType = msgspec.UNSET


class _Join(_Timed, frozen=True, kw_only=True):
    iss: str
    sub: str
    video: _Video
    aud: str | list[str] | msgspec.UnsetType = msgspec.UNSET
    name: str = ""
    hoptt: _Ours = _Ours()


class _Resume(_Timed, frozen=True, kw_only=True):
    aud: str
    sub: str
    meeting: str
    takeovers: int


def _name(claims: _Join) -> Name | None:
    """Give the name that a token says. A bridge point that it does not name is shown by the person's own name."""
    if not claims.name.strip():
        return None
    name = names.clean(Name(claims.hoptt.bridge_point, claims.name, claims.hoptt.unit))
    return name if name.bridge_point else Name(names.personal(name), name.name, name.unit)


def _check_times(claims: _Timed, now: datetime) -> None:
    """RFC 7519 §4.1.4 to §4.1.6, with a leeway for clocks that differ."""
    at = now.timestamp()
    for name in ("exp", "nbf", "iat"):
        value = getattr(claims, name)
        if value is not msgspec.UNSET and not (math.isfinite(value) and 0 <= value < 2**53):
            raise _invalid(f"`{name}` is no time")
    if claims.exp + LEEWAY_S <= at:
        raise HopttError(ErrorCode.TOKEN_EXPIRED, "the token's time is over")
    for name in ("nbf", "iat"):
        value = getattr(claims, name)
        if value is not msgspec.UNSET and value - LEEWAY_S > at:
            raise _invalid(f"`{name}` lies ahead")


def _check_audience(aud: str | list[str] | msgspec.UnsetType, ours: str) -> None:
    if aud is msgspec.UNSET:
        return
    if ours not in ([aud] if isinstance(aud, str) else aud):
        raise _invalid("`aud` is not for this")


def _check_text(text: str, name: str) -> None:
    """What is shown has no characters that cannot be seen or that turn the direction of writing (S46)."""
    if len(text) > MAX_TEXT or any(unicodedata.category(c).startswith("C") for c in text):
        raise _invalid(f"`{name}` is too long, or has characters that cannot be shown")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT:
        raise _invalid(f"`{name}` is missing")
    return value


# ---- JWS ---------------------------------------------------------------------------------------------


def _sign(claims: dict[str, object], key: bytes) -> str:
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def _unverified(token: str) -> dict[str, object]:
    """Read the claims of a token whose signature is checked afterwards; refuse every header but ours."""
    if len(token) > MAX_TOKEN or not _SHAPE.fullmatch(token):
        raise _invalid("it is no token")
    first, second, _ = token.split(".")
    header, payload = _part(first), _part(second)
    if header.get("alg") != ALGORITHM or header.get("typ", "JWT") != "JWT" or set(header) - {"alg", "typ", "kid"}:
        raise _invalid("its header is not that of an HS256 token")
    if "kid" in header and header["kid"] != payload.get("iss"):
        raise _invalid("`kid` is not `iss`")
    return payload


def _verify(token: str, key: bytes) -> None:
    try:
        jwt.PyJWS().decode(token, key, algorithms=[ALGORITHM])
    except jwt.InvalidTokenError as fault:
        raise _invalid("its signature is wrong") from fault


def _part(text: str) -> dict[str, object]:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        value = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError) as fault:
        raise _invalid("it cannot be read") from fault
    if not isinstance(value, dict):
        raise _invalid("it cannot be read")
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a claim is given twice")
    return value


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")


def _convert(payload: dict[str, object], kind: type[Claims]) -> Claims:
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as fault:
        raise _invalid(str(fault)) from fault


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _invalid(why: str) -> HopttError:
    return HopttError(ErrorCode.TOKEN_INVALID, f"the token is not valid here: {why}")


_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

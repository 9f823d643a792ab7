"""Join and resume tokens: what is accepted, and a table of what is not (S27, S28)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.amounts import random_input
from tests.support.clock import NINE
from tests.support.meetings import SLUG, a_name

from hoptt.auth.keys import Keys, create_api_key, open_keys
from hoptt.auth.tokens import JOIN, LEEWAY_S, RESUME, KeptSeat, Tokens
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import InvitationId, MeetingId, ParticipantId, RoomSlug
from hoptt.meeting.commands import IdentityKind
from hoptt.meeting.words import BridgePointKind, Role

NOW = int(NINE.timestamp())
SEAT = KeptSeat(MeetingId("m_1"), ParticipantId("p_1"), 2)
SECRET = "a-secret-of-a-program-with-more-than-32-bytes"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    made = open_keys(tmp_path_factory.mktemp("k") / "keys")
    path: Path = made.folder / "api-program.key"
    path.write_text(SECRET)
    path.chmod(0o600)
    return made


@pytest.fixture(scope="module")
def tokens(keys: Keys) -> Tokens:
    return Tokens(keys)


def claims(**changes: Any) -> dict[str, Any]:
    """What LiveKit's own libraries put into a token."""
    value: dict[str, Any] = {
        "iss": "program",
        "sub": "an",
        "nbf": NOW,
        "exp": NOW + 600,
        "video": {"room": "duan", "roomJoin": True, "canPublish": True},
        "name": "Nguyễn Văn An, Phó Giám đốc",
    }
    value.update(changes)
    return {k: v for k, v in value.items() if v is not ...}


def signed(value: dict[str, Any] | None = None, key: str | bytes = SECRET, **changes: Any) -> str:
    return jwt.encode(claims(**changes) if value is None else value, key, algorithm="HS256")


def by_hand(header: object, payload: object, key: bytes = SECRET.encode(), algorithm: str = "sha256") -> str:
    """Sign anything at all: bytes are taken as they are, the rest as JSON."""
    parts = [
        _b64(one if isinstance(one, bytes) else json.dumps(one, separators=(",", ":")).encode())
        for one in (header, payload)
    ]
    signature = hmac.digest(key, ".".join(parts).encode(), getattr(hashlib, algorithm))
    return ".".join([*parts, _b64(signature)])


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unsigned(header: object) -> str:
    return by_hand(header, claims()).rpartition(".")[0]


HEADER = {"alg": "HS256", "typ": "JWT"}


def _raw(text: str) -> str:
    """A payload written by hand, signed rightly."""
    return by_hand(HEADER, text.encode("utf-8", "surrogatepass"))


def _tampered(token: str) -> str:
    head, payload, signature = token.split(".")
    value = json.loads(base64.urlsafe_b64decode(payload + "=="))
    value["hoptt"] = {"role": "chair"}
    return f"{head}.{_b64(json.dumps(value).encode())}.{signature}"


PLAIN = json.dumps(claims())
INVALID: dict[str, Callable[[Keys], str]] = {
    "empty": lambda _: "",
    "no token": lambda _: "duan",
    "two parts": lambda _: ".".join(signed().split(".")[:2]),
    "four parts": lambda _: signed() + ".e30",
    "spaces around": lambda _: f" {signed()} ",
    "a line break at the end": lambda _: signed() + "\n",
    "padding": lambda _: signed() + "=",
    "1 MiB": lambda _: signed(name="x" * 2**20),
    "beyond the limit of length": lambda _: signed(more="x" * 9_000),
    "alg none": lambda _: _unsigned({"alg": "none", "typ": "JWT"}) + ".",
    "alg none with our signature": lambda _: by_hand(HEADER | {"alg": "none"}, claims()),
    "alg None with our signature": lambda _: by_hand(HEADER | {"alg": "None"}, claims()),
    "alg HS384": lambda _: jwt.encode(claims(), SECRET + SECRET, algorithm="HS384"),
    "alg HS512 under our key": lambda _: by_hand(HEADER | {"alg": "HS512"}, claims(), algorithm="sha512"),
    "alg RS256": lambda _: by_hand(HEADER | {"alg": "RS256"}, claims()),
    "alg ES256 with an empty signature": lambda _: _unsigned(HEADER | {"alg": "ES256"}) + ".AA",
    "no alg": lambda _: by_hand({"typ": "JWT"}, claims()),
    "alg twice": lambda _: by_hand(b'{"alg":"none","alg":"HS256"}', claims()),
    "alg a list": lambda _: by_hand({"alg": ["HS256"]}, claims()),
    "typ of an encrypted token": lambda _: by_hand(HEADER | {"typ": "JWE"}, claims()),
    "jwk in the header": lambda _: by_hand(HEADER | {"jwk": {"kty": "oct", "k": _b64(b"x" * 32)}}, claims(), b"x" * 32),
    "jku in the header": lambda _: by_hand(HEADER | {"jku": "https://evil.example/k"}, claims()),
    "x5u in the header": lambda _: by_hand(HEADER | {"x5u": "https://evil.example/k"}, claims()),
    "crit in the header": lambda _: by_hand(HEADER | {"crit": ["exp"]}, claims()),
    "b64 false": lambda _: by_hand(HEADER | {"b64": False, "crit": ["b64"]}, claims()),
    "zipped": lambda _: by_hand(HEADER | {"zip": "DEF"}, claims()),
    "kid with a path": lambda _: by_hand(HEADER | {"kid": "../../dev/null"}, claims(), b""),
    "kid with SQL": lambda _: by_hand(HEADER | {"kid": "' OR 1=1 --"}, claims()),
    "kid of another key": lambda _: by_hand(HEADER | {"kid": "hoptt"}, claims()),
    "header no object": lambda _: by_hand([], claims()),
    "payload no object": lambda _: by_hand(HEADER, ["iss"]),
    "payload no JSON": lambda _: by_hand(HEADER, b"{iss:1}"),
    "payload no UTF-8": lambda _: by_hand(HEADER, b'{"iss":"\xff"}'),
    "payload nested a thousand deep": lambda _: _raw("[" * 1_500 + "]" * 1_500),
    "wrong key": lambda _: signed(key="another-secret-of-more-than-32-bytes-here"),
    "empty key": lambda _: by_hand(HEADER, claims(), b""),
    "signature cut": lambda _: signed()[:-2],
    "signature of other claims": lambda _: _tampered(signed()),
    "iss unknown": lambda _: signed(iss="nobody"),
    "iss a path": lambda _: signed(iss="../api-program"),
    "iss missing": lambda _: signed(iss=...),
    "iss a number": lambda _: by_hand(HEADER, claims(iss=7)),
    "iss of another key of ours": lambda _: signed(iss="hoptt"),
    "sub missing": lambda _: signed(sub=...),
    "sub empty": lambda _: signed(sub=""),
    "sub a number": lambda _: by_hand(HEADER, claims(sub=1)),
    "sub of a kilobyte": lambda _: signed(sub="x" * 1_000),
    "exp missing": lambda _: signed(exp=...),
    "exp null": lambda _: by_hand(HEADER, claims(exp=None)),
    "exp a string": lambda _: by_hand(HEADER, claims(exp=str(NOW + 600))),
    "exp true": lambda _: by_hand(HEADER, claims(exp=True)),
    "exp infinite": lambda _: _raw(PLAIN.replace(str(NOW + 600), "1e999")),
    "exp Infinity": lambda _: _raw(PLAIN.replace(str(NOW + 600), "Infinity")),
    "exp NaN": lambda _: _raw(PLAIN.replace(str(NOW + 600), "NaN")),
    "exp beyond 2^53": lambda _: by_hand(HEADER, claims(exp=2**60)),
    "exp negative": lambda _: by_hand(HEADER, claims(exp=-1)),
    "exp twice": lambda _: _raw(PLAIN[:-1] + f', "exp": {NOW + 999}}}'),
    "room twice": lambda _: _raw(PLAIN.replace('"room": "duan"', '"room": "other", "room": "duan"')),
    "nbf ahead": lambda _: signed(nbf=NOW + LEEWAY_S + 1),
    "nbf a string": lambda _: by_hand(HEADER, claims(nbf="now")),
    "iat ahead": lambda _: signed(iat=NOW + LEEWAY_S + 1),
    "iat null": lambda _: by_hand(HEADER, claims(iat=None)),
    "aud of another service": lambda _: signed(aud="mail"),
    "aud of a resume token": lambda _: signed(aud=RESUME),
    "aud a list without us": lambda _: signed(aud=["a", "b"]),
    "aud a number": lambda _: by_hand(HEADER, claims(aud=1)),
    "video missing": lambda _: signed(video=...),
    "video null": lambda _: by_hand(HEADER, claims(video=None)),
    "roomJoin missing": lambda _: signed(video={"room": "duan"}),
    "roomJoin false": lambda _: signed(video={"room": "duan", "roomJoin": False}),
    "roomJoin a string": lambda _: signed(video={"room": "duan", "roomJoin": "true"}),
    "roomJoin 1": lambda _: signed(video={"room": "duan", "roomJoin": 1}),
    "a recording token": lambda _: signed(video={"room": "duan", "roomRecord": True}),
    "an admin token": lambda _: signed(video={"room": "duan", "roomAdmin": True}),
    "room missing": lambda _: signed(video={"roomJoin": True}),
    "another room": lambda _: signed(video={"room": "duan2", "roomJoin": True}),
    "the room in capitals": lambda _: signed(video={"room": "DUAN", "roomJoin": True}),
    "all rooms": lambda _: signed(video={"room": "*", "roomJoin": True}),
    "a role that is none": lambda _: signed(hoptt={"role": "root"}),
    "a role null": lambda _: signed(hoptt={"role": None}),
    "a claim of ours that is none": lambda _: signed(hoptt={"role": "attendee", "may_speak": True}),
    "a name that turns the direction": lambda _: signed(name="An \u202enimda"),
    "a name with a control character": lambda _: signed(name="An\x1b[31m"),
    "a name that is half a character": lambda _: _raw(json.dumps(claims(name="\ud800"))),
    "a name of a kilobyte": lambda _: signed(name="x" * 1_000),
    "a unit that cannot be seen": lambda _: signed(hoptt={"unit": "\u200b"}),
    "a resume token": lambda keys: Tokens(keys).resume(SEAT, now=NINE),
    "a join token under the resume key": lambda keys: jwt.encode(claims(), keys.resume, algorithm="HS256"),
}


def test_S28_the_table_has_sixty_rows() -> None:
    assert len(INVALID) >= 60


@pytest.mark.parametrize("case", INVALID)
def test_S28_what_is_no_join_token_opens_nothing(case: str, keys: Keys, tokens: Tokens) -> None:
    with pytest.raises(HopttError) as refusal:
        tokens.read_join(INVALID[case](keys), room=SLUG, now=NINE)
    assert refusal.value.code is ErrorCode.TOKEN_INVALID


@random_input(100)
@given(st.text() | st.text("eyJhbGciOI6kpXVCJ9._-=", max_size=200))
def test_S28_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(HopttError):
        _ANY.read_join(text, room=SLUG, now=NINE)
    with pytest.raises(HopttError):
        _ANY.read_resume(text, now=NINE)


_ANY = Tokens(Keys(Path("/nowhere"), b"l" * 32, b"r" * 32, b"b" * 32, b"a" * 32))


@pytest.mark.parametrize(
    ("later", "code"),
    [
        (timedelta(seconds=600 + LEEWAY_S - 1), None),
        (timedelta(seconds=600 + LEEWAY_S), ErrorCode.TOKEN_EXPIRED),
        (timedelta(days=400), ErrorCode.TOKEN_EXPIRED),
        (timedelta(seconds=-LEEWAY_S), None),
        (timedelta(seconds=-LEEWAY_S - 1), ErrorCode.TOKEN_INVALID),
    ],
)
def test_S28_a_token_holds_for_its_time(tokens: Tokens, later: timedelta, code: ErrorCode | None) -> None:
    try:
        tokens.read_join(signed(iat=NOW), room=SLUG, now=NINE + later)
        got = None
    except HopttError as refusal:
        got = refusal.code
    assert got is code


def test_a_token_of_a_livekit_program_makes_an_attendee(tokens: Tokens) -> None:
    bearer = tokens.read_join(signed(), room=SLUG, now=NINE)
    assert (bearer.role, bearer.kind) == (Role.ATTENDEE, BridgePointKind.PERSON)
    assert bearer.identity.kind is IdentityKind.LINK
    assert bearer.identity.person == "program:an"
    assert bearer.name == a_name(point="Nguyễn Văn An", unit="")


def test_a_token_without_a_name_proves_who_and_lets_type_how(tokens: Tokens) -> None:
    assert tokens.read_join(signed(name=...), room=SLUG, now=NINE).name is None
    assert tokens.read_join(signed(name="  "), room=SLUG, now=NINE).name is None


def test_our_own_token_says_all_that_was_put_in(tokens: Tokens) -> None:
    name = a_name()
    token = tokens.join(
        room=SLUG,
        person="row-7",
        role=Role.CO_CHAIR,
        name=name,
        now=NINE,
        seat=InvitationId("i_7"),
        kind=BridgePointKind.ROOM,
    )
    bearer = tokens.read_join(token, room=SLUG, now=NINE)
    assert (bearer.role, bearer.name, bearer.kind) == (Role.CO_CHAIR, name, BridgePointKind.ROOM)
    assert (bearer.identity.person, bearer.identity.invitation) == ("hoptt:row-7", "i_7")
    inside = jwt.decode(token, options={"verify_signature": False})
    assert (inside["aud"], inside["iat"], inside["exp"]) == (JOIN, NOW, NOW + 900), "aud and iat are always in ours"


def test_the_same_person_of_two_programs_is_two_people(keys: Keys, tokens: Tokens) -> None:
    other = create_api_key(keys.folder, "other")
    one = tokens.read_join(signed(), room=SLUG, now=NINE)
    two = tokens.read_join(signed(iss="other", key=other.secret), room=SLUG, now=NINE)
    assert one.identity.person != two.identity.person


def test_S27_a_resume_token_brings_back_what_it_was_made_of(tokens: Tokens) -> None:
    assert tokens.read_resume(tokens.resume(SEAT, now=NINE), now=NINE + timedelta(days=1)) == SEAT


def _seat_claims(**changes: Any) -> dict[str, Any]:
    value = {"aud": RESUME, "iat": NOW, "exp": NOW + 600, "sub": "p_1", "meeting": "m_1", "takeovers": 0} | changes
    return {k: v for k, v in value.items() if v is not ...}


RESUME_INVALID: dict[str, Callable[[Keys], str]] = {
    "a join token": lambda _: signed(),
    "a join token of ours": lambda keys: Tokens(keys).join(
        room=RoomSlug("duan"), person="x", role=Role.CHAIR, name=None, now=NINE
    ),
    "under an API key": lambda _: by_hand(HEADER, _seat_claims()),
    "under an API key that names itself": lambda _: by_hand(HEADER, _seat_claims(iss="program")),
    "alg none": lambda _: by_hand({"alg": "none"}, _seat_claims(), b""),
    "aud missing": lambda keys: by_hand(HEADER, _seat_claims(aud=...), keys.resume),
    "aud of a join token": lambda keys: by_hand(HEADER, _seat_claims(aud=JOIN), keys.resume),
    "exp missing": lambda keys: by_hand(HEADER, _seat_claims(exp=...), keys.resume),
    "meeting missing": lambda keys: by_hand(HEADER, _seat_claims(meeting=...), keys.resume),
    "takeovers a string": lambda keys: by_hand(HEADER, _seat_claims(takeovers="0"), keys.resume),
    "iat ahead": lambda keys: by_hand(HEADER, _seat_claims(iat=NOW + 31), keys.resume),
    "another seat put in": lambda keys: _tampered(Tokens(keys).resume(SEAT, now=NINE)),
}


@pytest.mark.parametrize("case", RESUME_INVALID)
def test_S28_what_is_no_resume_token_brings_nobody_back(case: str, keys: Keys, tokens: Tokens) -> None:
    with pytest.raises(HopttError) as refusal:
        tokens.read_resume(RESUME_INVALID[case](keys), now=NINE)
    assert refusal.value.code is ErrorCode.TOKEN_INVALID


def test_a_resume_token_ends_too(tokens: Tokens) -> None:
    with pytest.raises(HopttError) as refusal:
        tokens.read_resume(tokens.resume(SEAT, now=NINE), now=NINE + timedelta(days=31))
    assert refusal.value.code is ErrorCode.TOKEN_EXPIRED

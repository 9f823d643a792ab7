"""What a `join` proves about whoever sends it: token or typed name, and the room's password (S24, S28, S32)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from hoptt.auth.guessing import Guessing
from hoptt.auth.passwords import Passwords
from hoptt.auth.sessions import Session, Sessions
from hoptt.auth.tokens import Bearer, KeptSeat, Tokens
from hoptt.errors import ErrorCode, HopttError, Refusals
from hoptt.ids import MeetingId, RoomSlug
from hoptt.live.clock import Clock
from hoptt.live.deliveries import ResumeClaims
from hoptt.live.house import DoorView, House
from hoptt.live.seat import JoinRequest
from hoptt.meeting import names
from hoptt.meeting.commands import Identity, IdentityKind
from hoptt.meeting.settings import Name
from hoptt.meeting.words import BridgePointKind, EntryRule, Role
from hoptt.signaling.messages import PROTOCOL, Join, Resume


class PasswordHashes(Protocol):
    """Where the passwords of rooms are kept."""

    async def password_hash(self, room: RoomSlug, meeting: MeetingId | None = None) -> str | None:
        """Give the argon2id hash of the password that this door asks for: the meeting's own, else the room's."""
        ...


@dataclass(frozen=True, slots=True)
class Visit:
    """What the web door knows about a connection before its first message."""

    address: str
    """As the server or a trusted proxy sees it; empty on a Unix socket."""
    browser: str | None = None
    """Its pseudonym, by which a ban finds a guest again."""
    session: str | None = field(default=None, repr=False)
    """The cookie of somebody signed in."""


class Doorkeeper:
    """Asks `auth/`, never decides who may come in: that is the meeting's."""

    def __init__(
        self,
        *,
        house: House,
        tokens: Tokens,
        sessions: Sessions,
        hashes: PasswordHashes,
        passwords: Passwords,
        guessing: Guessing,
        clock: Clock,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._house = house
        self._tokens = tokens
        self._sessions = sessions
        self._hashes = hashes
        self._passwords = passwords
        self._guessing = guessing
        self._clock = clock
        self._steady = steady

    async def request(self, join: Join, visit: Visit) -> JoinRequest:
        """Give what the house is asked. Raises HopttError, Refusals: tokens and passwords that are wrong."""
        _check_version(join.protocol)
        room = RoomSlug(join.room)
        bearer = await self._bearer(join, room, visit)
        typed = bearer.name is None
        return JoinRequest(
            room=room,
            identity=bearer.identity,
            role=bearer.role,
            name=_typed(join) if bearer.name is None else bearer.name,
            typed=typed,
            kind=bearer.kind,
            password_right=await self._password_right(join, room, bearer.identity, visit),
            knock=join.knock,
            take_over=join.take_over,
            offer=join.offer,
            microphone=join.microphone,
            camera=join.camera,
        )

    def resumed(self, resume: Resume) -> ResumeClaims:
        """Give the seat that a page comes back to. Raises HopttError(TOKEN_INVALID, TOKEN_EXPIRED)."""
        _check_version(resume.protocol)
        seat = self._tokens.read_resume(resume.token, now=self._clock.now())
        return ResumeClaims(seat.meeting, seat.participant, seat.takeovers)

    def resume_token(self, claims: ResumeClaims) -> str:
        """Make the token that brings somebody back."""
        seat = KeptSeat(claims.meeting, claims.participant, claims.takeovers)
        return self._tokens.resume(seat, now=self._clock.now())

    def bearer(self, token: str, room: RoomSlug) -> Bearer:
        """Tell who holds a join token. Raises HopttError(TOKEN_INVALID, TOKEN_EXPIRED)."""
        return self._tokens.read_join(token, room=room, now=self._clock.now())

    async def session(self, visit: Visit) -> Session | None:
        """Tell who is signed in; None for nobody."""
        return await self._sessions.find(visit.session, now=self._clock.now())

    async def account_bearer(self, visit: Visit, room: RoomSlug) -> Bearer | None:
        """Tell as what somebody signed in comes to this room; None when nobody is. Raises HopttError(LINK_UNKNOWN)."""
        session = await self.session(visit)
        if session is None:
            return None
        comer = await self._house.as_account(room, session.account)
        return Bearer(comer.identity, comer.role, comer.name, comer.kind)

    def check_bearer(self, token: str) -> None:
        """See that a join token is one, for whatever room. Raises HopttError(TOKEN_INVALID, TOKEN_EXPIRED)."""
        self._tokens.read_join(token, room=None, now=self._clock.now())

    # ---- within ------------------------------------------------------------------------------------

    async def _bearer(self, join: Join, room: RoomSlug, visit: Visit) -> Bearer:
        """A token says who it is for, also in a browser in which somebody is signed in.

        The browser is known of all: a ban against a link or an account holds for a guest there, too.
        """
        bearer = self.bearer(join.token, room) if join.token else await self.account_bearer(visit, room)
        if bearer is None:
            bearer = Bearer(Identity(IdentityKind.GUEST), Role.ATTENDEE, None, BridgePointKind.PERSON)
        return replace(bearer, identity=replace(bearer.identity, ban_key=visit.browser))

    async def _password_right(self, join: Join, room: RoomSlug, identity: Identity, visit: Visit) -> bool:
        """Tell whether the password was given and is right. Raises Refusals for a guest's wrong one."""
        if not join.password:
            return False
        door = await self._house.door(room, identity)
        if not door.rules.password_set or door.rules.entry is EntryRule.OPEN:
            return False
        kept = await self._hashes.password_hash(room, door.meeting)
        if kept is None:
            return False
        if identity.kind is IdentityKind.GUEST:
            return await self._try(join, room, visit, kept, door)
        return await self._try_proved(join.password, room, visit, kept)

    async def _try(self, join: Join, room: RoomSlug, visit: Visit, kept: str, door: DoorView) -> bool:
        assert join.password is not None, "asked only with one"
        try:
            trying = self._guessing.begin(room=room, address=visit.address, browser=visit.browser, now=self._steady())
        except HopttError:
            if join.knock:
                return False  # who may not try may still knock (S32)
            raise
        if trying.delay_s:
            await asyncio.sleep(trying.delay_s)
        try:
            right = await self._passwords.verify(join.password, kept)
        except HopttError:
            self._guessing.right(trying)  # nobody has looked at it
            raise
        if right:
            self._guessing.right(trying)
            return True
        details: dict[str, int | str | float] = {"attempts_left": trying.left}
        if trying.wait_s > 0:
            details["wait_ms"] = round(trying.wait_s * 1000)
        wrong = HopttError(ErrorCode.PASSWORD_WRONG, "wrong password", field="password", details=details)
        raise Refusals([*names.faults(names.clean(_typed(join)), door.rules.name_rule), wrong])

    async def _try_proved(self, password: str, room: RoomSlug, visit: Visit, kept: str) -> bool:
        """Try the password of somebody whose link is of another list: wrong or too often, they wait in the lobby."""
        try:
            trying = self._guessing.begin(room=room, address=visit.address, browser=visit.browser, now=self._steady())
            right = await self._passwords.verify(password, kept)
        except HopttError as refusal:
            if refusal.code is not ErrorCode.PASSWORD_WAIT:
                raise
            return False
        if right:
            self._guessing.right(trying)
        return right


def _check_version(protocol: int) -> None:
    if protocol != PROTOCOL:
        raise HopttError(
            ErrorCode.PROTOCOL_VERSION, f"this server speaks version {PROTOCOL}", details={"version": PROTOCOL}
        )


def _typed(join: Join) -> Name:
    if join.name is None:
        return Name("", "", "")
    return Name(join.name.bridge_point, join.name.name, join.name.unit)

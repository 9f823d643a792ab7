"""All encoders and players of this node: opened within their limits, found by address, ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import msgspec
import structlog

from hoptt.api.whip.ice_servers import IceServer, IceServersFor, no_ice_servers
from hoptt.api.whip.session import Kind, Session, new_etag
from hoptt.api.whip.showing import Choice, check_choice
from hoptt.auth.tokens import Bearer
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import RoomSlug
from hoptt.live.house import House
from hoptt.live.observe import Observer
from hoptt.live.seat import Joined, JoinRequest, Resumed, Waiting
from hoptt.meeting.roles import RECEIVES_ONLY
from hoptt.meeting.settings import Name
from hoptt.meeting.words import Role
from hoptt.sfu.contract import IceCredentials
from hoptt.sfu.sdp import negotiate, parse_offer
from hoptt.signaling.connection import MAX_OF_ONE

MAX_SESSIONS = 1_000
ASK_AGAIN_MS = 10_000
"""Whoever waits in the lobby asks again after this."""
MAX_AUDIO_SLOTS = 10
STAYS = frozenset({Role.OPERATOR, Role.TECHNICIAN, Role.COMPANION})
"""Who keeps the role by a player too: technicians ask the chair and are seen (R13), a device belongs to its seat."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a POST asks."""

    kind: Kind
    room: RoomSlug
    offer: str
    choice: Choice = field(default_factory=Choice)
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that lives."""

    session: Session
    answer: str
    ice_servers: tuple[IceServer, ...]


class WhipCounts:
    """For the metrics."""

    def __init__(self) -> None:
        self.open: Counter[Kind] = Counter(dict.fromkeys(Kind, 0))
        self.opened: Counter[Kind] = Counter(dict.fromkeys(Kind, 0))
        self.refused: Counter[ErrorCode] = Counter()


class Sessions:
    """Owns them. Their seats belong to the meetings."""

    def __init__(self, house: House, observer: Observer, *, ice_servers: IceServersFor = no_ice_servers) -> None:
        self.counts = WhipCounts()
        self._house = house
        self._observer = observer
        self._ice_servers = ice_servers
        self._sessions: dict[str, Session] = {}

    async def open(self, wish: Wish, bearer: Bearer, token: str) -> Opened:
        """Bring an encoder or a player into the meeting by the door that everybody takes.

        Raises HopttError as `House.join` does; SDP_INVALID, UnacceptableError; NOT_IN_MEETING with `wait_ms` for
        whoever has to wait in the lobby, where there is no media (S26).
        """
        negotiate(parse_offer(wish.offer), None, audio_slots=MAX_AUDIO_SLOTS, flow=wish.kind.flow)
        holder = bearer.identity.person or ""
        self._check_room_for(holder)
        session = Session(
            wish.kind,
            room=wish.room,
            holder=holder,
            token=token,
            choice=wish.choice,
            observer=self._observer,
            over=self._forget,
        )
        request = replace(_request(wish, bearer), note=session.note())
        self._keep(session)
        try:
            came = _let_in(await self._house.join(request, session))
            answer = await _begin(session, came, wish.choice)
        except BaseException:
            self._forget(session)
            raise
        self.counts.opened[wish.kind] += 1
        return Opened(session, answer, tuple(self._ice_servers(came.participant)))

    async def take_up(self) -> None:
        """Go on with what an engine carried over a restart of the control plane."""
        for (meeting, who), carried in self._house.carried.items():
            claims = self._house.claims(meeting, who)
            if claims is None:
                continue
            try:
                session = Session.of_note(carried.note, self._observer, self._forget)
                came = await self._house.resume(claims, 0, session)
            except (HopttError, msgspec.DecodeError) as gone:
                log.info("session not taken up", reason=type(gone).__name__)
                continue
            if isinstance(came, Resumed):
                self._keep(session)
                session.seated(came.seat, carried)
        self._house.carried.clear()

    def find(self, kind: Kind, room: str, session: str, token: str) -> Session:
        """Give the session at an address, for whoever opened it. Raises HopttError: LINK_UNKNOWN, TOKEN_INVALID."""
        found = self.known(kind, room, session)
        if not found.is_of(token):
            raise HopttError(ErrorCode.TOKEN_INVALID, "the session was opened with another token")
        return found

    def known(self, kind: Kind, room: str, session: str) -> Session:
        """Give the session at an address. Raises HopttError(LINK_UNKNOWN)."""
        found = self._sessions.get(session)
        if found is None or found.seat is None or (found.kind, found.room) != (kind, room):
            raise HopttError(ErrorCode.LINK_UNKNOWN, "there is no such session, or no longer")
        return found

    async def restart(self, session: Session, peer: IceCredentials) -> str:
        """Begin the ICE of a session anew, and give our side of it.

        Raises HopttError: MESSAGE_RATE, SDP_INVALID, ENGINE_AWAY.
        """
        assert session.seat is not None, "found by `find`"
        fragment = await session.seat.restart_ice(peer)
        session.etag = new_etag()
        return fragment

    # ---- within ------------------------------------------------------------------------------------

    def _check_room_for(self, holder: str) -> None:
        of_one = sum(session.holder == holder for session in self._sessions.values())
        if len(self._sessions) >= MAX_SESSIONS or of_one >= MAX_OF_ONE:
            raise HopttError(ErrorCode.MESSAGE_RATE, "too many encoders and players are open: end one of them")

    def _keep(self, session: Session) -> None:
        self._sessions[session.id] = session
        self.counts.open[session.kind] += 1

    def _forget(self, session: Session) -> None:
        if self._sessions.pop(session.id, None) is not None:
            self.counts.open[session.kind] -= 1


def _let_in(came: Joined | Waiting) -> Joined:
    """Refuse whoever has to wait: the place in the lobby is kept, and found again by the next try."""
    if isinstance(came, Joined):
        return came
    came.seat.lost()
    raise HopttError(
        ErrorCode.NOT_IN_MEETING,
        "in the lobby: ask again until the chair has admitted you",
        details={"wait_ms": ASK_AGAIN_MS},
    )


async def _begin(session: Session, came: Joined, choice: Choice) -> str:
    """Bring a session to life and give its answer; what cannot begin gives its seat back."""
    if session.word is not None:  # removed in the door
        raise HopttError(session.word.code, session.word.message, details=session.word.details)
    if came.answer is None:
        await came.seat.leave()
        raise HopttError(ErrorCode.ENGINE_AWAY, "the media engine is not there just now")
    try:
        check_choice(came.seat, choice)
    except HopttError:
        await came.seat.leave()
        raise
    session.seated(came.seat, came.answer)
    return came.answer.sdp


def _request(wish: Wish, bearer: Bearer) -> JoinRequest:
    """Give what the house is asked. A player comes as an observer, whatever its token says: it sees no more (S24).

    Raises HopttError(NOT_ALLOWED) for an encoder whose role sends nothing.
    """
    role = bearer.role
    if wish.kind is Kind.WHEP and role not in STAYS:
        role = Role.OBSERVER
    elif wish.kind is Kind.WHIP and role in RECEIVES_ONLY:
        raise HopttError(ErrorCode.NOT_ALLOWED, f"not for the role {role}: it sends nothing")
    return JoinRequest(
        room=wish.room,
        identity=bearer.identity,
        role=role,
        name=bearer.name or Name("", "", ""),
        typed=bearer.name is None,
        kind=bearer.kind,
        take_over=wish.take_over,
        offer=wish.offer,
        flow=wish.kind.flow,
    )

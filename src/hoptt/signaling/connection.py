"""One WebSocket: reads within its limits, asks the house or the seat, writes answers and what is told.

A short dispatcher. Commands of one connection run beside each other, begun in the order in which they came: a mute does
not wait for an admission that waits for the disk.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never, get_args

import structlog
from aiohttp import WebSocketError, WSMsgType, web

from hoptt import patience
from hoptt.auth.relays import Relays
from hoptt.auth.sessions import Session
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.live.deliveries import Delivery, Signal, ToPage, Turned
from hoptt.live.house import House
from hoptt.live.observe import Observer
from hoptt.live.seat import Joined, Resumed, Seat, Waiting
from hoptt.meeting.accounts import person_of
from hoptt.meeting.commands import IdentityKind
from hoptt.sfu.contract import Tile
from hoptt.signaling import messages as wire
from hoptt.signaling import role_views, views
from hoptt.signaling.acts import command
from hoptt.signaling.basic_views import ms
from hoptt.signaling.counts import LineCounts
from hoptt.signaling.doorkeeper import Doorkeeper, Visit
from hoptt.signaling.encoding import encode, encode_delivery
from hoptt.signaling.incoming import UNREADABLE, Malformed, ProtocolFault, read
from hoptt.signaling.outbox import Merges
from hoptt.signaling.rates import Rate
from hoptt.signaling.slices import Slices
from hoptt.signaling.way_out import NO_CODE, WayOut

GOODBYE, GOING_AWAY, TOO_MUCH, OUR_FAULT, TOO_SLOW = 1000, 1001, 1008, 1011, 1013
FIRST_MESSAGE_S = patience.FIRST_MESSAGE_S
"""For `join` or `resume`, also after a refused one."""
PING_S, DEAD_S = patience.WEBSOCKET_PING_S, patience.WEBSOCKET_DEAD_S
CLOSE_S = 5.0
"""For the last word and the closing handshake; then the line is cut."""
COMING_IN_S = 60.0
"""Who went away while coming in is let come in first, so that the seat is lost and not forgotten."""
MAX_AT_ONCE = 64
"""Commands of one connection that wait for their answer."""
MAX_EARLY = 1_000
"""Deliveries that come before the answer to `join` or `resume`."""
MAX_OF_ONE = 5
"""Connections of one account, of one personal link, or towards one seat (S36)."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Doors:
    """What all connections share."""

    house: House
    keeper: Doorkeeper
    counts: LineCounts
    observer: Observer
    held_by: Callable[[str], int]
    """How many connections somebody has."""
    relays: Relays
    merges: Merges
    slices: Slices = field(default_factory=Slices)


class Connection:
    """One page's line; a `live.Listener`. Made by `lines.py`, which calls `run` and `tick`."""

    def __init__(self, socket: web.WebSocketResponse, cut: Callable[[], None], visit: Visit, doors: Doors) -> None:
        """`cut` ends the TCP connection without a word."""
        self.holder: str | None = None
        """Whose it is: an account's, else a personal link's, else a seat's; None before that is known."""
        self._socket = socket
        self._cut = cut
        self._visit = visit
        self._doors = doors
        self._now = asyncio.get_running_loop().time
        self._seat: Seat | None = None
        self._you = ParticipantId("")
        self._session: Session | None = None
        self._coming: asyncio.Task[None] | None = None
        self._early: deque[ToPage] = deque()
        self._word: Turned | None = None
        self._out = WayOut(socket, doors.counts, doors.slices, doors.merges)
        self._tasks: set[asyncio.Task[None]] = set()
        self._rate = Rate(self._now())
        self._heard_at = self._pinged_at = self._unseated_at = self._now()

    # ---- live.Listener -----------------------------------------------------------------------------

    def deliver(self, message: ToPage) -> None:
        """Queue this for the page; before the answer that brings it in, keep it until then."""
        if self._word is not None or self._closing:
            return
        if self._seat is not None:
            self._queue(message)
        elif len(self._early) < MAX_EARLY:
            self._early.append(message)
        else:
            self._too_slow()

    def close(self, word: Turned) -> None:
        """Queue the last word, then close. The seat is not lost by it: whoever says the word has dealt with it."""
        if self._word is not None or self._closing:
            return
        self._word = word
        if self._coming is None or self._seat is not None:
            # answers that are ready go first: the chair who ends a meeting reads `ok` and then the last word
            asyncio.get_running_loop().call_soon(self._say_last_word)

    # ---- signing out (S27) -------------------------------------------------------------------------

    @property
    def session(self) -> Session | None:
        """Who was signed in when this page came in; None for nobody."""
        return self._session

    @property
    def participant(self) -> ParticipantId:
        """The seat or place of this page; empty before it came in."""
        return self._you

    @property
    def code(self) -> int:
        """With which it closed, or is to."""
        return self._out.code

    # ---- the line ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until the line ends, however it ends."""
        writer = asyncio.get_running_loop().create_task(self._write())
        try:
            await self._read()
        except Exception as bug:
            self._doors.observer.bug(bug)
            self._finish(OUR_FAULT)
        finally:
            await self._end(writer)

    def tick(self, now: float, blocked_s: float) -> None:
        """Ping, and notice what is dead. `blocked_s`: so long the loop stood still, and nobody could be heard (F5)."""
        self._heard_at += blocked_s
        self._unseated_at += blocked_s
        if self._out.closing_since is not None:
            if now - self._out.closing_since > CLOSE_S:
                self._cut()
            return
        if now - self._heard_at > DEAD_S:
            self._finish(NO_CODE)
            self._cut()
        elif self._seat is None and self._coming is None and now - self._unseated_at > FIRST_MESSAGE_S:
            self._finish(UNREADABLE)
        elif now - self._pinged_at >= PING_S:
            self._pinged_at = now
            self._out.ping()

    async def _read(self) -> None:
        while not self._closing:
            frame = await self._socket.receive()
            now = self._heard_at = self._now()
            match frame.type:
                case WSMsgType.TEXT:
                    self._take(frame.data)
                case WSMsgType.PING:
                    self._out.pong(bytes(frame.data))
                case WSMsgType.PONG:
                    pass
                case WSMsgType.BINARY:
                    self._fault(ProtocolFault(UNREADABLE, "it is not text"))
                case _:
                    if not self._closing:
                        self._out.code = _close_code(frame.data, self._socket.close_code)
                    return
            wait_s = self._rate.take(now, len(frame.data) if frame.type is WSMsgType.TEXT else 0)
            if self._rate.exhausted(now):
                self._refuse_all_further()
            elif wait_s > 0:
                self._doors.counts.slowed += 1
                await asyncio.sleep(wait_s)

    async def _write(self) -> None:
        try:
            await self._out.run()
        except (ConnectionError, RuntimeError) as gone:
            log.debug("line gone while writing", reason=type(gone).__name__)
            self._cut()

    async def _end(self, writer: asyncio.Task[None]) -> None:
        """Say what is to be said, give up what was asked and not answered, and lose the seat."""
        if self._closing:
            await asyncio.wait([writer], timeout=CLOSE_S)
        writer.cancel()
        coming = self._coming
        for task in list(self._tasks):
            if task is not coming:
                task.cancel()
        if coming is not None:
            await asyncio.wait([coming], timeout=COMING_IN_S)
            coming.cancel()
        self._out.closing_since = self._out.closing_since or self._now()
        self._lose()

    def _lose(self) -> None:
        seat, self._seat = self._seat, None
        if seat is not None and self._word is None:
            seat.lost()

    # ---- what comes in -----------------------------------------------------------------------------

    def _take(self, text: str) -> None:
        self._doors.counts.messages += 1
        try:
            message = read(text)
        except Malformed as malformed:
            self._refuse(malformed.number, malformed.refusal)
            return
        except ProtocolFault as fault:
            self._fault(fault)
            return
        if len(self._tasks) >= MAX_AT_ONCE:
            self._refuse(message.id, HopttError(ErrorCode.MESSAGE_RATE, "too much is asked at once"))
            return
        task = asyncio.get_running_loop().create_task(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if isinstance(message, (wire.Join, wire.Resume)) and self._coming is None and self._seat is None:
            self._coming = task

    async def _answer(self, message: wire.FromPage) -> None:
        try:
            if isinstance(message, (wire.Join, wire.Resume)):
                await self._come_in(message)
            else:
                self._ok(message.id, *await self._do(message))
                if isinstance(message, wire.Leave):
                    self._finish(GOODBYE)
        except HopttError as refusal:
            self._refuse(message.id, refusal)
        except Exception as bug:
            self._doors.observer.bug(bug)
            self._refuse(message.id, HopttError(ErrorCode.INTERNAL, "a fault of the server"))
        if self._word is not None:
            self._say_last_word()  # it came while the page was coming in

    async def _do(self, message: wire.FromPage) -> tuple[wire.Result, bool]:
        """Carry out a command of somebody who is in. Raises HopttError."""
        seat = self._seat
        if seat is None:
            raise HopttError(ErrorCode.NOT_IN_MEETING, "come in first, with join or resume")
        match message:
            case wire.Join() | wire.Resume():
                raise AssertionError("handled before")
            case wire.Leave():
                self._seat = None
                await seat.leave()
            case wire.Offer():
                answer = await seat.offer(message.sdp, fresh=message.fresh)
                return views.answer(answer, self._doors.relays.servers(self._you)), True
            case wire.Switch():
                seat.switch(message.source, on=message.on)
            case wire.ReadActs():
                page = await seat.read_acts(before=message.before, search=message.search)
                return role_views.acts(page), True
            case wire.View():
                await seat.view([_tile(tile) for tile in message.tiles])
            case _:
                return wire.Nothing(), (await seat.act(command(message))).recorded
        return wire.Nothing(), True

    # ---- coming in ---------------------------------------------------------------------------------

    async def _come_in(self, message: wire.Join | wire.Resume) -> None:
        """Come in or back, answer, and from then on say what was told meanwhile."""
        if self._seat is not None or self._coming is not asyncio.current_task():
            raise HopttError(ErrorCode.ALREADY_IN_MEETING, "this connection has a seat, or is coming in")
        house, keeper = self._doors.house, self._doors.keeper
        try:
            self._session = await keeper.session(self._visit)
            if self._session is not None:
                self._hold(person_of(self._session.account.id))
            if isinstance(message, wire.Join):
                came: Joined | Resumed | Waiting = await self._join(message)
            else:
                claims = keeper.resumed(message)
                if self._session is None:
                    self._hold(f"{claims.meeting}/{claims.participant}")
                came = await house.resume(claims, message.last_seq, self)
        except BaseException:
            self._early.clear()
            self._unseated_at = self._now()
            self._coming = None
            raise
        self._seat, self._you, self._out.among = came.seat, came.seat.participant, came.resume.meeting
        self._ok(message.id, self._result(came), recorded=True)
        while self._early:
            self._queue(self._early.popleft())
        self._coming = None

    async def _join(self, message: wire.Join) -> Joined | Waiting:
        """Come in by the door. Who signed out or was disabled on the way has not come in (S27)."""
        request = await self._doors.keeper.request(message, self._visit)
        if self._session is None and request.identity.person is not None:
            self._hold(request.identity.person)
        came = await self._doors.house.join(request, self)
        if request.identity.kind is IdentityKind.ACCOUNT and await self._doors.keeper.session(self._visit) is None:
            await came.seat.leave()
            raise HopttError(ErrorCode.LOGIN_NEEDED, "signed out while coming in")
        return came

    def _hold(self, holder: str) -> None:
        """Count this line among those of its holder. Raises HopttError(MESSAGE_RATE) for one too many (S36)."""
        if self.holder != holder and self._doors.held_by(holder) >= MAX_OF_ONE:
            raise HopttError(
                ErrorCode.MESSAGE_RATE,
                f"{MAX_OF_ONE} pages are open for this account, link or seat: close one of them",
                details={"connections": MAX_OF_ONE},
            )
        self.holder = holder

    def _result(self, came: Joined | Resumed | Waiting) -> wire.Result:
        resume = self._doors.keeper.resume_token(came.resume)
        match came:
            case Joined():
                return wire.Joined(
                    resume=resume,
                    picture=views.picture(came.picture, self._you),
                    answer=None if came.answer is None else came.answer.sdp,
                    slots=[] if came.answer is None else views.slots(came.answer),
                    ice_servers=views.ice_servers(self._doors.relays.servers(self._you)),
                )
            case Resumed():
                return wire.Resumed(
                    resume=resume,
                    media=came.media,
                    picture=None if came.picture is None else views.picture(came.picture, self._you),
                    missed=views.missed(came),
                    shows=[views.shows(one) for one in came.shows],
                    layers=[views.layers(one) for one in came.layers],
                )
            case Waiting():
                return wire.Waiting(
                    resume=resume,
                    applicant=came.applicant,
                    since=ms(came.since),
                    title=came.title,
                    chair_present=came.chair_present,
                    invited=came.invited,
                    typed=came.typed,
                )
            case _:
                assert_never(came)

    # ---- what goes out -----------------------------------------------------------------------------

    def _ok(self, number: int, result: wire.Result, recorded: bool) -> None:
        self._put(encode(wire.Ok(id=number, result=result, recorded=recorded)))

    def _refuse(self, number: int, refusal: HopttError) -> None:
        self._doors.counts.refused[refusal.code] += 1
        self._put(encode(views.refused(number, refusal)))

    def _queue(self, message: ToPage) -> None:
        if isinstance(message, _SIGNALS):
            fits = self._out.signal(message, self._encode)
        else:
            fits = self._out.history(self._encode(message))
        if not fits:
            self._too_slow()

    def _encode(self, delivery: Delivery) -> bytes:
        return encode_delivery(delivery, self._you, self._doors.keeper.resume_token)  # type: ignore[arg-type]  # a union of all there are

    def _put(self, text: bytes) -> None:
        if not self._out.answer(text):
            self._too_slow()

    # ---- the end -----------------------------------------------------------------------------------

    def _say_last_word(self) -> None:
        assert self._word is not None, "asked only with one"
        if self._closing:
            return
        self._put(self._encode(self._word))
        self._finish(GOING_AWAY if self._word.code is ErrorCode.SHUTTING_DOWN else GOODBYE)

    def _fault(self, fault: ProtocolFault) -> None:
        log.debug("line closed: protocol fault", code=fault.close_code, reason=fault.why)
        self._finish(fault.close_code)

    def _refuse_all_further(self) -> None:
        self._doors.counts.refused[ErrorCode.MESSAGE_RATE] += 1
        self._finish(TOO_MUCH)

    def _too_slow(self) -> None:
        """Drop what waits, and the reader: the page resumes and gets what it missed, or a picture (S36)."""
        self._finish(TOO_SLOW)
        self._out.clear()
        self._lose()

    def _finish(self, code: int) -> None:
        """Close once all that waits is written."""
        self._out.finish(code, self._now())

    @property
    def _closing(self) -> bool:
        return self._out.closing_since is not None


_SIGNALS = get_args(Signal)


def _close_code(said: object, kept: int | None) -> int:
    """Tell with which code a line closed: the page's, or that of what aiohttp could not take."""
    if isinstance(said, WebSocketError):
        return int(said.code)
    return said if isinstance(said, int) and said else kept or NO_CODE


def _tile(tile: wire.Tile) -> Tile:
    return Tile(tile.slot, ParticipantId(tile.participant), tile.source, tile.width, tile.height)

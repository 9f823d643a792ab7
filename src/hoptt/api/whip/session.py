"""One encoder or one player: a `live.Listener` that acts by itself, because nobody sits before it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Callable, Coroutine
from enum import StrEnum

import msgspec

from hoptt.api.whip.showing import Choice, tiles
from hoptt.errors import HopttError
from hoptt.ids import ParticipantId, RoomSlug
from hoptt.live.deliveries import Happened, LevelsNow, MediaLost, SwitchesNow, ToPage, Turned
from hoptt.live.observe import Observer
from hoptt.live.seat import Seat
from hoptt.meeting.events import RightsChanged
from hoptt.meeting.floor.commands import TakeFloor
from hoptt.meeting.floor.events import TurnGranted
from hoptt.meeting.words import Source
from hoptt.sfu.contract import Carried, Flow, MediaAnswer, Tile
from hoptt.sfu.frames import Kind as MediaKind

LOST_S = 2.0
"""Whoever hangs up and then says so by DELETE, as clients do, has left; the seat of others is kept."""


class Kind(StrEnum):
    """Which of the two protocols."""

    WHIP = "whip"
    WHEP = "whep"

    @property
    def flow(self) -> Flow:
        return Flow.IN if self is Kind.WHIP else Flow.OUT


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What the media engine keeps of a session: no token, and nothing that opens anything."""

    id: str
    kind: Kind
    room: str
    holder: str
    key: bytes
    """Hash of the token that opened it."""
    who: str = ""
    source: Source | None = None


class Session:
    """What is behind a session's address. `seated` brings it to life; `over` is told when it ends, however it ends."""

    def __init__(
        self,
        kind: Kind,
        *,
        room: RoomSlug,
        holder: str,
        token: str,
        choice: Choice,
        observer: Observer,
        over: Callable[[Session], None],
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        """128 random bits (S29)."""
        self.kind, self.room, self.holder = kind, room, holder
        self.etag = new_etag()
        """Names the ICE session (RFC 9725 §4.3.1)."""
        self.word: Turned | None = None
        """The last word, once it was said."""
        self.seat: Seat | None = None
        self._key = _digest(token)
        self._choice = choice
        self._observer = observer
        self._over = over
        self._sources: tuple[Source, ...] = ()
        self._slots: tuple[int, ...] = ()
        self._asked: list[Tile] | None = None
        self._showing = False
        self._speaker: ParticipantId | None = None
        self._lost_soon: asyncio.TimerHandle | None = None
        self._early: list[ToPage] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = False

    # ---- live.Listener -----------------------------------------------------------------------------

    def deliver(self, message: ToPage) -> None:
        """Act on what an encoder or player has to; all else is for pages."""
        if self._ended:
            return
        if self.seat is None:
            if isinstance(message, (Happened, MediaLost)):
                self._early.append(message)
        elif isinstance(message, MediaLost):
            self._lost_soon = asyncio.get_running_loop().call_later(LOST_S, self.lose)
        elif self.kind is Kind.WHEP:
            if isinstance(message, (Happened, SwitchesNow)) or self._another_speaks(message):
                self._look()
        elif isinstance(message, Happened):
            self._follow(self.seat, message)

    def close(self, word: Turned) -> None:
        """Be sent away: whoever says it has dealt with the seat."""
        self.word = word
        self._end()

    # ---- over a restart ----------------------------------------------------------------------------

    def note(self) -> str:
        """Write what brings the session to life again after a restart of the control plane."""
        kept = Kept(
            id=self.id,
            kind=self.kind,
            room=self.room,
            holder=self.holder,
            key=self._key,
            who=self._choice.who,
            source=self._choice.source,
        )
        return msgspec.json.encode(kept).decode()

    @classmethod
    def of_note(cls, note: str, observer: Observer, over: Callable[[Session], None]) -> Session:
        """Make the session of a note. Raises msgspec.DecodeError for one that is none of ours."""
        kept = msgspec.json.decode(note, type=Kept)
        choice = Choice(kept.who, kept.source)
        again = cls(
            kept.kind,
            room=RoomSlug(kept.room),
            holder=kept.holder,
            token="",
            choice=choice,
            observer=observer,
            over=over,
        )
        again.id, again._key = kept.id, kept.key
        return again

    # ---- life --------------------------------------------------------------------------------------

    def seated(self, seat: Seat, answer: MediaAnswer | Carried) -> None:
        """Begin: what an encoder sends is switched on as far as it may be, a player is shown the stage.

        After a restart of the control plane (`Carried`) nothing is switched on that was not on before.
        """
        self.seat = seat
        self._sources = answer.sources
        self._slots = tuple(line.slot for line in answer.slots if line.kind is MediaKind.VIDEO)
        if isinstance(answer, MediaAnswer):
            for source in self._sources:
                self._switch_on(seat, source)
        early, self._early = self._early, []
        for message in early:
            self.deliver(message)
        if self.kind is Kind.WHEP:
            self._look()

    def lose(self) -> None:
        """Note that its media is gone: the seat is kept for a time, in which it may come again."""
        seat = self.seat
        self._end()
        if seat is not None:
            seat.lost()

    async def leave(self) -> None:
        """Give the seat back. Raises HopttError(NOT_STORED)."""
        seat = self.seat
        self._end()
        if seat is not None:
            await seat.leave()

    def is_of(self, token: str) -> bool:
        """Tell whether this token opened it."""
        return hmac.compare_digest(_digest(token), self._key)

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        if self._lost_soon is not None:
            self._lost_soon.cancel()
        for task in self._tasks:
            task.cancel()
        self._over(self)

    # ---- an encoder --------------------------------------------------------------------------------

    def _follow(self, seat: Seat, message: Happened) -> None:
        """Send when it is allowed to: an encoder has no switch that somebody could press (R16, R17)."""
        for event in message.events:
            if isinstance(event, RightsChanged) and seat.participant in event.participants:
                for source in _given(event):
                    self._switch_on(seat, source)
            elif isinstance(event, TurnGranted) and event.turn.participant == seat.participant:
                self._begin(self._take_floor(seat))

    def _switch_on(self, seat: Seat, source: Source) -> None:
        if source in self._sources:
            with contextlib.suppress(HopttError):  # without the right it stays off until that is given
                seat.switch(source, on=True)

    async def _take_floor(self, seat: Seat) -> None:
        with contextlib.suppress(HopttError):  # it lapsed, or was taken back meanwhile
            await seat.act(TakeFloor())

    # ---- a player ----------------------------------------------------------------------------------

    def _another_speaks(self, message: ToPage) -> bool:
        """Loudness is told ten times a second; who leads the talk changes seldom."""
        if not isinstance(message, LevelsNow) or message.dominant in (None, self._speaker):
            return False
        self._speaker = message.dominant
        return True

    def _look(self) -> None:
        """Show what there is to be shown now; of several changes in a row only the last one is asked for."""
        assert self.seat is not None, "begun by `seated`"
        wanted = tiles(self.seat, self._choice, self._slots)
        if wanted != self._asked:
            self._asked = wanted
            if not self._showing:
                self._showing = True
                self._begin(self._show(self.seat))

    async def _show(self, seat: Seat) -> None:
        shown: list[Tile] | None = None
        try:
            while self._asked is not None and shown != self._asked:
                shown = self._asked
                await seat.view(shown)
        except HopttError:
            self._asked = None  # the engine is away: it is asked again when something changes
        finally:
            self._showing = False

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guard(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except Exception as bug:
            self._observer.bug(bug)


def new_etag() -> str:
    """Make a strong entity tag."""
    return f'"{secrets.token_urlsafe(9)}"'


def _given(event: RightsChanged) -> list[Source]:
    """Give the sources that the event lets somebody send."""
    rights = (
        (Source.MICROPHONE, event.may_speak),
        (Source.CAMERA, event.may_show),
        (Source.SCREEN, event.may_share),
    )
    return [source for source, may in rights if may]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

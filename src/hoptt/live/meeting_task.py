"""One running meeting: one task, one inbox, the only owner of its state.

A short dispatcher: the inbox is decided on a draft (`ledger.py`), one commit stores it all, then answers, deliveries
(`fanout.py`) and effects (`effects.py`, `live_media.py`) go out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId, ParticipantId
from hoptt.live import effects, farewell
from hoptt.live.act_book import ActBook, ActPage
from hoptt.live.clock import Clock
from hoptt.live.deliveries import LimitsNow, LinesNow, Picture, PictureNow, Switches, SwitchesNow
from hoptt.live.fanout import Fanout
from hoptt.live.ledger import MAX_UNRECORDED, Entry, Ledger
from hoptt.live.listener import Listener
from hoptt.live.live_media import LiveMedia
from hoptt.live.observe import Observer
from hoptt.live.picture import picture
from hoptt.live.scene import scene
from hoptt.live.seat import Done
from hoptt.live.slips import Sat, Slip, act_name, is_urgent, refuse, sits_as
from hoptt.meeting.audience import Reader, reader_in
from hoptt.meeting.branches import led_by
from hoptt.meeting.commands import Command, Enter, Leave, LetTimePass, Lose, Restore, Return
from hoptt.meeting.decide import ended
from hoptt.meeting.events import Event, LobbyGiven, ParticipantJoined, RoleChanged, SeatTakenOver
from hoptt.meeting.role_commands import ReadActs
from hoptt.meeting.state import Meeting
from hoptt.meeting.timers import next_deadline
from hoptt.meeting.words import Source
from hoptt.sfu.contract import Flow, Media, MediaAnswer, MediaFound, Tile
from hoptt.store.log import EventLog

MAX_INBOX = 1_000
"""Commands waiting to be decided; more are refused with MESSAGE_RATE."""
MAX_TURN = 64
"""So many of them are decided before the loop serves others."""
TRY_AGAIN = timedelta(seconds=1)
"""After a failed commit, when nobody asks for anything."""


class MeetingTask:
    """The task of a meeting. All methods are called on the loop; those that change history go through the inbox."""

    def __init__(
        self,
        ledger: Ledger[Slip],
        *,
        log: EventLog,
        media: Media,
        clock: Clock,
        observer: Observer,
        changed: Callable[[MeetingTask, Sequence[Event]], None],
    ) -> None:
        """`changed` hears every recorded batch; it must not block."""
        self._ledger = ledger
        self._log = log
        self._engine = media
        self._clock = clock
        self._observer = observer
        self._changed = changed
        self._inbox: deque[Entry[Slip]] = deque()
        self._wake = asyncio.Event()
        self._commit: asyncio.Task[int] | None = None
        self._retry_at: datetime | None = None
        self._wished: dict[ParticipantId, Switches] = {}
        """What those in the lobby want switched on once they are in."""
        self._stopping = False
        self.gone = False
        """Over or stopped: nobody may come in any more."""
        self.fanout = Fanout(observer)
        self._acts = ActBook(observer)
        self.media = LiveMedia(self.fanout, observer)

    @property
    def id(self) -> MeetingId:
        return self._ledger.state.id

    @property
    def state(self) -> Meeting:
        """The meeting as recorded."""
        return self._ledger.state

    @property
    def draft(self) -> Meeting:
        """The meeting as decided: what the next command is judged by."""
        return self._ledger.draft

    # ---- the task ----------------------------------------------------------------------------------

    async def run(self, found: MediaFound | None = None) -> None:
        """Run until the meeting is over and that is recorded, or until `stop`."""
        try:
            self.media.begin(await self._engine.open_meeting(self.id, self.media.hear), found)
            self.media.reconcile(self.state.participants)
            self.media.follow(self.state, self.draft)
            while not (self.gone or self._stopped()):
                await self._clock.wait(self._wake, self._deadline())
                self._wake.clear()
                try:
                    self._turn()
                except Exception as bug:
                    self._observer.bug(bug)
                    self._retry_at = self._clock.now() + TRY_AGAIN
        finally:
            self.gone = True
            self.fanout.stop()
            self.media.stop()
            self._refuse_all(self._why_gone())

    def restore(self, events: Sequence[Event], vetoed: Sequence[tuple[ParticipantId, Source]]) -> None:
        """Take up a meeting from its log, before `run`: what was closed without being recorded stays closed."""
        self.fanout.remember(1, events)
        self._acts.heard(1, events, None)
        self.tell(Restore(tuple(vetoed)))

    def stop(self) -> None:
        """Serve no longer: what is decided is still stored, pages are told to come back, media goes on."""
        self._stopping = True
        self.fanout.close_all(farewell.shutting_down())
        self._wake.set()

    def _stopped(self) -> bool:
        """Tell whether nothing is left to store, or storing has failed, once it is to stop."""
        idle = self._commit is None and not self._inbox and not self._ledger.waiting
        return self._stopping and (idle or self._retry_at is not None)

    def _turn(self) -> None:
        """Decide what came in, take the commit's result, start the next one."""
        if self._commit is not None and self._commit.done():
            self._landed(self._commit)
        if self.gone:
            return
        now = self._clock.now()
        if self._retry_at is not None and self._retry_at <= now:
            self._retry_at = None
        due = next_deadline(self.draft, self._ledger.times)
        if due is not None and due <= now and self._retry_at is None and not self._restoring():
            self._let_time_pass(now)
        for _ in range(min(len(self._inbox), MAX_TURN)):
            self._decide(self._inbox.popleft(), now)
        if self._inbox:
            self._wake.set()  # others have their turn on the loop in between
        self._start_commit(now)

    def _restoring(self) -> bool:
        """Tell whether the control plane was away and that is still to be decided: clocks stood still meanwhile."""
        return bool(self._inbox) and isinstance(self._inbox[0].command, Restore)

    def _let_time_pass(self, now: datetime) -> None:
        if not self._decide(Entry(LetTimePass(), None, Slip(None)), now):
            self._retry_at = now + TRY_AGAIN  # a fault of ours: not again at once

    def _deadline(self) -> datetime | None:
        due = [t for t in (next_deadline(self.draft, self._ledger.times), self._retry_at) if t is not None]
        if self._retry_at is not None and due:
            return max(self._retry_at, min(due))
        return min(due, default=None)

    def _decide(self, entry: Entry[Slip], now: datetime) -> bool:
        """Decide a command; tells whether it stands."""
        try:
            self._ledger.decide(entry, now)
        except HopttError as refusal:
            self._observer.refused(act_name(entry.command), refusal.code)
            refuse(entry, refusal)
            return False
        except Exception as bug:
            self._observer.bug(bug)
            refuse(entry, HopttError(ErrorCode.INTERNAL, "a fault of the server; nothing was changed"))
            return False
        if entry.takes_away and not entry.tries:
            effects.at_once(entry.events, self.state, self.draft, self.media)
        return True

    def _start_commit(self, now: datetime) -> None:
        unanswered = any(e.slip.answer is not None and not e.slip.answer.done() for e in self._ledger.waiting)
        if self._retry_at is not None and self._retry_at > now and not unanswered:
            return
        batch = self._ledger.take_batch()
        if batch is None:
            return
        self._retry_at = None
        if not batch.events:
            self._recorded()
            return
        self._commit = asyncio.get_running_loop().create_task(
            self._log.append(self.id, batch.events, after=batch.after)
        )
        self._commit.add_done_callback(lambda _: self._wake.set())

    def _landed(self, commit: asyncio.Task[int]) -> None:
        self._commit = None
        fault = commit.exception()
        if fault is None:
            self._recorded()
            return
        if not isinstance(fault, HopttError):
            self._observer.bug(fault)
        self._observer.not_stored()
        self._not_recorded(fault)

    # ---- after the commit --------------------------------------------------------------------------

    def _recorded(self) -> None:
        """The draft has become the state: tell everybody, let in, answer."""
        before, first = self.state, self._ledger.seq + 1
        batch = self._ledger.recorded()
        self.media.follow(self.state, self.draft)
        if batch.events:
            self.fanout.happened(first, batch.events, urgent=any(is_urgent(e) for e in batch.entries))
            self._acts.heard(first, batch.events, before)
        effects.take_floor(batch.entries, self.media)  # told after the right: a page turns off what it has no right to
        for seat in effects.admitted(batch.events, self.fanout):
            self.media.come_in(seat.id, self._wished.pop(seat.id, Switches()))
            effects.tell_admitted(self.state, seat, self.picture(reader_in(self.state, seat)), self.fanout)
        for entry in batch.entries:
            self._answer(entry)
        self._show_anew(batch.events, before)
        effects.recorded(
            batch.events,
            before=before,
            state=self.state,
            media=self.media,
            fanout=self.fanout,
            observer=self._observer,
        )
        for gone in [who for who in self._wished if who not in self.state.lobby]:
            del self._wished[gone]
        self.gone = self.state.closed
        self._changed(self, batch.events)
        if self._ledger.waiting:
            self._wake.set()

    def _show_anew(self, events: Sequence[Event], before: Meeting) -> None:
        """Draw the meeting anew for those whose role or care for the lobby changed: they see more, or less (S26)."""
        concerned = [e.participant for e in events if isinstance(e, RoleChanged)]
        if before.lobby_keeper != self.state.lobby_keeper:
            concerned += [who for who in (before.lobby_keeper, self.state.lobby_keeper) if who is not None]
        for who in dict.fromkeys(concerned):
            seat = self.state.participants.get(who)
            reader = None if seat is None else reader_in(self.state, seat)
            if reader is not None and self.fanout.promote(who, reader) is not None:
                self.fanout.tell(who, PictureNow(self.picture(reader)))

    def _answer(self, entry: Entry[Slip]) -> None:
        """Answer a recorded command; whoever came in listens from here on."""
        slip, who = entry.slip, sits_as(entry)
        if who is None:
            return
        sat = Sat(who, recorded=True)
        if slip.listener is not None:
            if who not in self.state.participants and who not in self.state.lobby:
                refuse(entry, self._turned_in_the_door())
                return
            sat = self._welcome(entry, who, slip.listener)
        if slip.answer is None:
            return
        if slip.answer.cancelled() and slip.listener is not None:
            self.lost(who, slip.listener)  # the page went away while it was let in
        elif not slip.answer.done():
            slip.answer.set_result(sat)

    def _welcome(self, entry: Entry[Slip], who: ParticipantId, listener: Listener) -> Sat:
        """Let a newcomer, or somebody who is back, listen; gives what they see now."""
        seat = self.state.participants.get(who)
        reader = None if seat is None else reader_in(self.state, seat)
        if any(isinstance(e, SeatTakenOver) for e in entry.events):
            self.media.close(who)
        if seat is None:
            self._wished[who] = entry.slip.switches
        elif any(isinstance(e, (ParticipantJoined, SeatTakenOver)) for e in entry.events):
            self.media.come_in(who, entry.slip.switches)
        former = self.fanout.attach(who, listener, reader)
        if former is not None:
            former.close(farewell.taken_over())
        if reader is None:
            return Sat(who, recorded=True, seq=self.seq)
        missed = self.fanout.missed(entry.slip.last_seq, reader)
        if missed is not None and any(_shows_more_or_less(e, who) for e in missed):
            missed = None  # they see more now, or less: a picture
        drawn = self.picture(reader) if missed is None else None
        self._say_present(who, listener, with_switches=missed is not None)
        return Sat(who, recorded=True, seq=self.seq, picture=drawn, missed=missed)

    def _say_present(self, who: ParticipantId, listener: Listener, *, with_switches: bool) -> None:
        """Tell somebody who came what no history holds: signals are kept for nobody. A picture has the switches."""
        if with_switches:
            listener.deliver(SwitchesNow(dict(self.media.switches)))
        if self.media.signs:
            listener.deliver(LinesNow(self.media.signs))
        limits = self.media.limits(who)
        if limits is not None:
            listener.deliver(LimitsNow(limits))

    def _turned_in_the_door(self) -> HopttError:
        """Say what happened to somebody let in and put out by the same commit."""
        return ended(self.state) if self.state.closed else HopttError(ErrorCode.REMOVED, "removed while coming in")

    def _not_recorded(self, fault: BaseException) -> None:
        """Drop what gives; what takes away stands, is answered as not yet recorded, and is tried again."""
        refusal = fault if isinstance(fault, HopttError) else HopttError(ErrorCode.NOT_STORED, "could not be stored")
        new = self._ledger.first is not None
        dropped, again = self._ledger.failed()
        for entry in dropped:
            refuse(entry, refusal)
        now = self._clock.now()
        self._retry_at = now + TRY_AGAIN
        if new:
            for entry in again:
                refuse(entry, refusal)
            self.gone = True  # a meeting without a log has not begun
            return
        for entry in again[:MAX_UNRECORDED]:
            if self._decide(entry, now) and entry.must_be_recorded:
                effects.unrecorded(entry.events, self.draft, self.fanout)
                if entry.by is not None and entry.slip.answer is not None and not entry.slip.answer.done():
                    entry.slip.answer.set_result(Sat(entry.by, recorded=False))
        for entry in again[MAX_UNRECORDED:]:
            self._observer.dropped("unrecorded")
            refuse(entry, refusal)
        self.media.follow(self.state, self.draft)
        self._wake.set()

    def _why_gone(self) -> HopttError:
        """Say to somebody too late whether the meeting is over, or only not served just now."""
        if self.state.closed:
            return ended(self.state)
        return HopttError(ErrorCode.SHUTTING_DOWN, "the meeting is not served here any more")

    def _refuse_all(self, refusal: HopttError) -> None:
        for entry in [
            *self._inbox,
            *self._ledger.waiting,
            *(self._ledger.flying.entries if self._ledger.flying else []),
        ]:
            refuse(entry, refusal)
        self._inbox.clear()

    # ---- what connections ask ----------------------------------------------------------------------

    async def ask(self, command: Command, *, by: ParticipantId) -> Done:
        """Decide a command and answer once it is recorded (or stands without). Raises HopttError."""
        sat = await self._put(command, by, Slip(asyncio.get_running_loop().create_future()))
        return Done(sat.recorded)

    async def read_acts(self, who: ParticipantId, *, before: int | None, search: str) -> ActPage:
        """Give who did what, as far as this one may read it. Raises HopttError."""
        await self.ask(ReadActs(), by=who)
        led = led_by(self.state, who)
        return self._acts.page(before=before, search=search, led=None if led is None else (who, led))

    def check(self, who: ParticipantId, through: Listener) -> None:
        """Refuse what comes through a connection that has no seat any more (removed, taken over)."""
        if self.fanout.listener(who) is not through:
            raise HopttError(ErrorCode.NOT_IN_MEETING, "this connection has no seat any more")

    async def enter(self, command: Enter, listener: Listener, wished: Switches) -> Sat:
        """Let somebody in; their listener hears what happens from the answer's picture on."""
        slip = Slip(asyncio.get_running_loop().create_future(), listener, wished)
        return await self._put(command, command.participant, slip)

    async def come_back(self, command: Return, by: ParticipantId, listener: Listener, last_seq: int) -> Sat:
        """Let somebody back; their listener hears what happens after what the answer holds."""
        slip = Slip(asyncio.get_running_loop().create_future(), listener, last_seq=last_seq)
        return await self._put(command, by, slip)

    async def leave(self, who: ParticipantId, listener: Listener) -> None:
        """Give a seat or place back; nothing more is delivered.

        Never refused for a full inbox: nobody else would tell of the seat any more, and each leaves once.
        """
        if self.fanout.listener(who) is listener:
            self.fanout.detach(who)
            await self._put(Leave(), who, Slip(asyncio.get_running_loop().create_future()), if_room=False)

    def lost(self, who: ParticipantId, listener: Listener) -> None:
        """Note that a connection is gone; harmless when the seat has another one."""
        if self.gone or self.fanout.listener(who) is not listener:
            return
        self.fanout.detach(who)
        self._inbox.append(Entry(Lose(), who, Slip(None)))  # never refused for a full inbox: seats are bounded
        self._wake.set()

    def tell(self, command: Command) -> None:
        """Put in a command of the server itself."""
        self._inbox.append(Entry(command, None, Slip(None)))
        self._wake.set()

    async def offer(
        self, who: ParticipantId, sdp: str, *, fresh: bool, flow: Flow = Flow.BOTH, note: str = ""
    ) -> MediaAnswer:
        """Negotiate media for somebody with a recorded seat (S26)."""
        if who not in self.state.participants or who not in self.draft.participants:
            raise HopttError(ErrorCode.NOT_IN_MEETING, "no seat in this meeting")
        codec = next((self.media.codecs[key] for key in self.scene() if key in self.media.codecs), None)
        return await self.media.negotiate(who, sdp, fresh=fresh, flow=flow, codec=codec, note=note)

    def scene(self) -> tuple[tuple[ParticipantId, Source], ...]:
        """Give what is to be seen, the most important first, for whoever does not choose."""
        return scene(self.state, self.media.switches, self.media.speaker)

    def switch(self, who: ParticipantId, source: Source, *, on: bool) -> None:
        """Turn somebody's own switch."""
        self.media.switch(who, source, on=on)

    async def view(self, who: ParticipantId, tiles: Sequence[Tile]) -> None:
        """Pass on what somebody's page shows."""
        if who not in self.state.participants:
            raise HopttError(ErrorCode.NOT_IN_MEETING, "no seat in this meeting")
        if any(tile.participant not in self.state.participants for tile in tiles):
            tiles = [tile for tile in tiles if tile.participant in self.state.participants]  # just left
        await self.media.view(who, tiles)

    def picture(self, reader: Reader) -> Picture:
        """Draw the meeting as recorded, for this reader."""
        return picture(self.state, self._ledger.seq, self._clock.now(), reader, self.media.switches)

    @property
    def seq(self) -> int:
        """Number of the last recorded event."""
        return self._ledger.seq

    async def _put(self, command: Command, by: ParticipantId, slip: Slip, *, if_room: bool = True) -> Sat:
        """Put in a command and wait for its answer; `if_room`: refused where too many wait already."""
        if self.gone or self._stopping:
            raise self._why_gone()
        if if_room and len(self._inbox) >= MAX_INBOX:
            self._observer.dropped("inbox")
            raise HopttError(ErrorCode.MESSAGE_RATE, "too much is asked of this meeting at once")
        self._inbox.append(Entry(command, by, slip))
        self._wake.set()
        assert slip.answer is not None, "somebody waits"
        return await slip.answer


def _shows_more_or_less(event: Event, who: ParticipantId) -> bool:
    """Tell whether somebody who missed this event may see more now, or less: they get a picture."""
    return isinstance(event, LobbyGiven) or (isinstance(event, RoleChanged) and event.participant == who)

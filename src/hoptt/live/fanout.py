"""The way out to the pages of one meeting: history in order, coalesced; signals latest wins."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from hoptt.ids import ParticipantId
from hoptt.live.deliveries import Happened, Switches, SwitchesNow, ToPage, Turned
from hoptt.live.listener import Listener
from hoptt.live.observe import Observer, Unobserved
from hoptt.meeting import chat
from hoptt.meeting.audience import Audience, Reader, is_private, may_read, sift
from hoptt.meeting.chat_words import Said
from hoptt.meeting.events import Event

INTERVAL_S = 0.1
"""At most ten frames of history, and ten of switches, a second."""
BACKLOG = 1_000
"""So many events are kept for those who come back; a longer gap gets a picture."""


@dataclass(slots=True)
class _Page:
    listener: Listener
    reader: Reader | None
    """None: in the lobby."""


class Fanout:
    """Who listens, what they have been told, and what is held back for a tenth of a second."""

    def __init__(self, observer: Observer | None = None) -> None:
        self._observer = observer or Unobserved()
        self._pages: dict[ParticipantId, _Page] = {}
        self._backlog: deque[tuple[int, Event]] = deque(maxlen=BACKLOG)
        self._held: list[Event] = []
        self._seq = 0
        self._switches: dict[ParticipantId, Switches] = {}
        self._history_beat = _Beat(self._send_history)
        self._switch_beat = _Beat(self._send_switches)

    # ---- who listens -----------------------------------------------------------------------------

    def attach(self, who: ParticipantId, listener: Listener, reader: Reader | None) -> Listener | None:
        """Let somebody listen from now on; gives the listener they had before."""
        self._history_beat.now()
        before = self._pages.get(who)
        self._pages[who] = _Page(listener, reader)
        return before.listener if before is not None and before.listener is not listener else None

    def promote(self, who: ParticipantId, reader: Reader) -> Listener | None:
        """Let somebody from the lobby hear the meeting, or hear it as another reader; gives their listener."""
        page = self._pages.get(who)
        if page is None:
            return None
        self._history_beat.now()
        page.reader = reader
        return page.listener

    def detach(self, who: ParticipantId) -> Listener | None:
        """Let somebody listen no longer; gives the listener they had."""
        page = self._pages.pop(who, None)
        return None if page is None else page.listener

    def listener(self, who: ParticipantId) -> Listener | None:
        """Give who listens for somebody."""
        page = self._pages.get(who)
        return None if page is None else page.listener

    def close(self, who: ParticipantId, word: Turned) -> None:
        """Give somebody the last word."""
        self._history_beat.now()
        listener = self.detach(who)
        if listener is not None:
            try:
                listener.close(word)
            except Exception as fault:
                self._observer.bug(fault)

    def close_all(self, word: Turned) -> None:
        """Give everybody the last word, and send nothing more."""
        self._history_beat.now()
        for who in list(self._pages):
            self.close(who, word)
        self.stop()

    def stop(self) -> None:
        """Send nothing more."""
        self._history_beat.stop()
        self._switch_beat.stop()

    # ---- history ---------------------------------------------------------------------------------

    def remember(self, first_seq: int, events: Sequence[Event]) -> None:
        """Keep events for those who come back, without telling anybody (after a restart)."""
        self._backlog.extend(enumerate(events, first_seq))
        self._seq = first_seq + len(events) - 1

    def happened(self, first_seq: int, events: Sequence[Event], *, urgent: bool) -> None:
        """Tell what was recorded, within a tenth of a second; at once when it is an act of those who lead."""
        self._backlog.extend(enumerate(events, first_seq))
        self._held.extend(events)
        self._seq = first_seq + len(events) - 1
        if urgent:
            self._history_beat.now()
        else:
            self._history_beat.soon()

    def missed(self, after: int, reader: Reader) -> tuple[Event, ...] | None:
        """Give the events behind number `after` that this reader is told.

        None when they are no longer kept, or are more text than may wait for a reader: a picture says it in less.
        """
        if after <= 0 or after > self._seq:
            return None
        if after < self._seq and (not self._backlog or self._backlog[0][0] > after + 1):
            return None
        kept = islice(self._backlog, len(self._backlog) - (self._seq - after), None)
        told = sift((event for _, event in kept), reader)
        return told if _characters(told) <= chat.MAX_CHARACTERS else None

    def _send_history(self) -> None:
        events, self._held = self._held, []
        if not events:
            return
        private = [event for event in events if is_private(event)]
        made: dict[tuple[Audience, tuple[bool, ...]], Happened | None] = {}
        for page in list(self._pages.values()):
            if page.reader is None:
                continue
            key = (page.reader.audience, tuple([may_read(event, page.reader) for event in private]))
            if key not in made:
                told = sift(events, page.reader)
                made[key] = Happened(self._seq, told) if told else None
            message = made[key]
            if message is not None:
                self._deliver(page, message)

    # ---- signals ---------------------------------------------------------------------------------

    def switched(self, who: ParticipantId, switches: Switches, *, urgent: bool) -> None:
        """Tell somebody's switches; only the latest counts."""
        self._switches[who] = switches
        if urgent:
            self._switch_beat.now()
        else:
            self._switch_beat.soon()

    def signal(self, message: ToPage) -> None:
        """Tell everybody who is in."""
        for page in list(self._pages.values()):
            if page.reader is not None:
                self._deliver(page, message)

    def signal_lobby(self, message: ToPage) -> None:
        """Tell everybody who waits."""
        for page in list(self._pages.values()):
            if page.reader is None:
                self._deliver(page, message)

    def tell(self, who: ParticipantId, message: ToPage) -> None:
        """Tell one person, after what they were to be told before."""
        self._history_beat.now()
        page = self._pages.get(who)
        if page is not None:
            self._deliver(page, message)

    def _send_switches(self) -> None:
        switches, self._switches = self._switches, {}
        if switches:
            self._history_beat.now()  # whose switches they are is to be known first
            self.signal(SwitchesNow(switches))

    def _deliver(self, page: _Page, message: ToPage) -> None:
        try:
            page.listener.deliver(message)
        except Exception as fault:
            self._observer.bug(fault)


def _characters(events: Sequence[Event]) -> int:
    """Give the length of what was written in the chat: all other events are short."""
    return sum(len(event.text) for event in events if isinstance(event, Said))


class _Beat:
    """Calls something at most ten times a second: the first time at once, then when the tenth is over."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._timer: asyncio.TimerHandle | None = None
        self._wanted = False
        self._stopped = False

    def soon(self) -> None:
        if self._timer is None:
            self.now()
        else:
            self._wanted = True

    def now(self) -> None:
        if self._stopped:
            return
        self._wanted = False
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(INTERVAL_S, self._over)
        self._act()

    def stop(self) -> None:
        self._stopped = True
        self._act = _nothing  # it belongs to whoever holds this beat: neither would ever be let go of
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _over(self) -> None:
        self._timer = None
        if self._wanted:
            self.now()


def _nothing() -> None:
    """Stand where something was to be done."""

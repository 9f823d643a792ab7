"""The way out to the pages of one meeting: history in order, coalesced; signals latest wins."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from hoptt.ids import ParticipantId
from hoptt.live.beat import Beat
from hoptt.live.deliveries import Happened, LevelsNow, LinesNow, ShowsNow, Sign, Switches, SwitchesNow, ToPage, Turned
from hoptt.live.listener import Listener
from hoptt.live.observe import Observer, Unobserved
from hoptt.meeting import chat
from hoptt.meeting.audience import Audience, Reader, is_private, may_read, sift
from hoptt.meeting.chat_words import Said
from hoptt.meeting.events import (
    Event,
    LobbyEntered,
    LobbyLeft,
    ParticipantBack,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantLost,
)

INTERVAL_S = 0.1
"""At most ten frames of history, and ten of switches, a second."""
PAGE_S = 0.001
"""What concerns one of many is told to all the more seldom, the more they are: a thousand pages once a second."""
HEARER_S, HEARERS_S = 0.005, 0.5
"""Where people talk to each other who is heard changes several times a second: those who only hear are told twice.
Rings do not flicker by it, for pages let them stay for 0.6 s (`speaking.ts`)."""
COMINGS_AND_GOINGS = (ParticipantJoined, ParticipantLeft, ParticipantLost, ParticipantBack, LobbyEntered, LobbyLeft)
LINES_AT_ONCE = 100
"""Signs in a message; the others follow in the next: a page that is told of lines reads 5 kB at a time."""
BACKLOG = 1_000
"""So many events are kept for those who come back; a longer gap gets a picture."""


@dataclass(slots=True)
class _Page:
    listener: Listener
    reader: Reader | None
    """None: in the lobby."""
    told: int
    """Up to which number of the history."""


class Fanout:
    """Who listens, what they have been told, and what is held back for a moment."""

    def __init__(self, observer: Observer | None = None) -> None:
        self._observer = observer or Unobserved()
        self._pages: dict[ParticipantId, _Page] = {}
        self._backlog: deque[tuple[int, Event]] = deque(maxlen=BACKLOG)
        self._held: list[Event] = []
        """What not all pages were told yet: the last of the history."""
        self._held_private: list[tuple[int, Event]] = []
        """Those of them that are not for all of an audience, with their numbers."""
        self._newcomers: set[ParticipantId] | None = set()
        """Whom pages may not know yet; None: more is held back than comings and goings."""
        self._made: dict[tuple[Audience, int, tuple[bool, ...]], Happened | None] = {}
        """What pages of an audience are told that were told up to a number, and may read these of the private ones."""
        self._seq = 0
        self._switches: dict[ParticipantId, Switches] = {}
        self._lines: dict[ParticipantId, Sign] = {}
        self._history_beat = Beat(self._send_history)
        self._switch_beat = Beat(self._send_switches)
        self._levels: LevelsNow | None = None
        self._line_beat = Beat(self._send_lines)
        self._level_beat = Beat(partial(self._send_levels, with_microphone=True))
        self._hearers_beat = Beat(partial(self._send_levels, with_microphone=False))

    # ---- who listens -----------------------------------------------------------------------------

    def attach(self, who: ParticipantId, listener: Listener, reader: Reader | None) -> Listener | None:
        """Let somebody listen from now on; gives the listener they had before."""
        before = self._pages.get(who)
        if before is not None:
            self._catch_up(before)
        self._pages[who] = _Page(listener, reader, self._seq)
        return before.listener if before is not None and before.listener is not listener else None

    def promote(self, who: ParticipantId, reader: Reader) -> Listener | None:
        """Let somebody from the lobby hear the meeting, or hear it as another reader; gives their listener."""
        page = self._pages.get(who)
        if page is None:
            return None
        self._catch_up(page)
        page.reader, page.told = reader, self._seq
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
        page = self._pages.pop(who, None)
        if page is not None:
            self._catch_up(page)
            try:
                page.listener.close(word)
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
        self._line_beat.stop()
        self._level_beat.stop()
        self._hearers_beat.stop()

    # ---- history ---------------------------------------------------------------------------------

    def remember(self, first_seq: int, events: Sequence[Event]) -> None:
        """Keep events for those who come back, without telling anybody (after a restart)."""
        self._backlog.extend(enumerate(events, first_seq))
        self._seq = first_seq + len(events) - 1

    def happened(self, first_seq: int, events: Sequence[Event], *, urgent: bool) -> None:
        """Tell what was recorded, within a tenth of a second; at once when it is an act of those who lead.

        Comings and goings wait longer in a crowd: told one by one, a thousand of them are a million messages.
        """
        self._backlog.extend(enumerate(events, first_seq))
        self._hold(first_seq, events)
        self._seq = first_seq + len(events) - 1
        if urgent:
            self._history_beat.now()
        else:
            self._history_beat.soon(INTERVAL_S if self._newcomers is None else self._crowd_gap_s)

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
        if self._held:
            for page in list(self._pages.values()):
                self._catch_up(page)
            self._held.clear()
            self._held_private.clear()
            self._newcomers = set()
            self._made.clear()

    def _hold(self, first_seq: int, events: Sequence[Event]) -> None:
        self._held.extend(events)
        self._held_private += [(number, one) for number, one in enumerate(events, first_seq) if is_private(one)]
        self._made.clear()
        for event in events:
            if not isinstance(event, COMINGS_AND_GOINGS):
                self._newcomers = None
            elif isinstance(event, ParticipantJoined) and self._newcomers is not None:
                self._newcomers.add(event.participant.id)

    def _catch_up(self, page: _Page) -> None:
        """Tell a page what is held back, from where it was told or drawn the picture up to."""
        after, page.told = page.told, self._seq
        if page.reader is None or after == self._seq:
            return
        private = tuple([may_read(event, page.reader) for number, event in self._held_private if number > after])
        key = (page.reader.audience, after, private)
        if key not in self._made:
            told = sift(self._held[after - self._seq :], page.reader)
            self._made[key] = Happened(self._seq, told) if told else None
        message = self._made[key]
        if message is not None:
            self._deliver(page, message)

    # ---- signals ---------------------------------------------------------------------------------

    def switched(self, who: ParticipantId, switches: Switches, *, urgent: bool) -> None:
        """Tell somebody's switches; only the latest counts. Those of a newcomer are told with their coming."""
        self._switches[who] = switches
        if urgent:
            self._switch_beat.now()
        elif self._newcomers is not None and who in self._newcomers:
            self._switch_beat.soon(self._crowd_gap_s)
        else:
            self._switch_beat.soon(INTERVAL_S)

    def lines(self, signs: Mapping[ParticipantId, Sign]) -> None:
        """Tell how lines do, gathered: where the server's own line or core is short, all signs change together."""
        for who, sign in signs.items():
            self._lines.pop(who, None)  # the newest stands last: what waited longest goes first
            self._lines[who] = sign
        self._line_beat.soon(self._crowd_gap_s)

    def forget_line(self, who: ParticipantId) -> None:
        """Tell nobody of the line of somebody whose media is gone."""
        self._lines.pop(who, None)

    def levels(self, message: LevelsNow) -> None:
        """Tell who is heard: at once, in a crowd the latest once a gap is over.

        Those with an open microphone are told more often: their pages find by it who hears the same room (`echo.ts`).
        """
        crowd_s = self._crowd_gap_s
        self._levels = message
        self._level_beat.soon(_gap_s(crowd_s))
        self._hearers_beat.soon(_gap_s(max(crowd_s, min(len(self._pages) * HEARER_S, HEARERS_S))))

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
        page = self._pages.get(who)
        if page is not None:
            if not self._overtakes(message):
                self._catch_up(page)
            self._deliver(page, message)

    def _overtakes(self, message: ToPage) -> bool:
        """Tell whether a page may hear this before what is held back: slots change often, and name whom it knows."""
        return (
            isinstance(message, ShowsNow)
            and self._newcomers is not None
            and message.shows.participant not in self._newcomers
        )

    def _send_switches(self) -> None:
        switches, self._switches = self._switches, {}
        if switches:
            self._history_beat.now()  # whose switches they are is to be known first
            self.signal(SwitchesNow(switches))

    def _send_lines(self) -> None:
        told = dict(islice(self._lines.items(), LINES_AT_ONCE))
        self._lines = dict(islice(self._lines.items(), LINES_AT_ONCE, None))
        if told:
            self.signal(LinesNow(told))
        if self._lines:
            self._line_beat.soon(self._crowd_gap_s)

    def _send_levels(self, *, with_microphone: bool) -> None:
        message = self._levels
        if message is None:
            return
        for who, page in list(self._pages.items()):
            if page.reader is not None and (who in message.levels) is with_microphone:
                self._deliver(page, message)

    @property
    def _crowd_gap_s(self) -> float:
        return max(INTERVAL_S, len(self._pages) * PAGE_S)

    def _deliver(self, page: _Page, message: ToPage) -> None:
        try:
            page.listener.deliver(message)
        except Exception as fault:
            self._observer.bug(fault)


def _gap_s(gap_s: float) -> float:
    """Give the time between two tellings of who is heard; none among a few: the engine tells ten times a second."""
    return gap_s if gap_s > INTERVAL_S else 0.0


def _characters(events: Sequence[Event]) -> int:
    """Give the length of what was written in the chat: all other events are short."""
    return sum(len(event.text) for event in events if isinstance(event, Said))

"""Who did what in a running meeting, at hand for those who may read it (R18)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from hoptt.ids import ParticipantId
from hoptt.live.observe import Observer
from hoptt.meeting.acts import Act, acts_of, concerns, matches
from hoptt.meeting.events import Event
from hoptt.meeting.state import Meeting

MAX_ACTS = 5_000
"""So many are at hand, some MiB; the log keeps all (`hoptt meeting acts`)."""
PAGE = 50


@dataclass(frozen=True, slots=True)
class ActPage:
    """Acts, the newest first. `more`: there are older ones."""

    acts: tuple[Act, ...]
    more: bool


class ActBook:
    """The acts of one meeting."""

    def __init__(self, observer: Observer) -> None:
        self._acts: deque[Act] = deque(maxlen=MAX_ACTS)
        self._observer = observer

    def heard(self, first_seq: int, events: Sequence[Event], before: Meeting | None) -> None:
        """Take what was recorded from `first_seq` on; `before` is the meeting they happened to, None: they begin it."""
        for act in acts_of(enumerate(events, first_seq), before):
            if len(self._acts) == MAX_ACTS:
                self._observer.dropped("acts")
            self._acts.append(act)

    def page(self, *, before: int | None, search: str, led: tuple[ParticipantId, str] | None) -> ActPage:
        """Give a page of acts older than number `before` (None: the newest) that match.

        `led`: who reads leads one branch only, and reads what concerns it, and the own acts.
        """
        found = (
            act
            for act in reversed(self._acts)
            if (before is None or act.seq < before)
            and (led is None or concerns(act, *led))
            and (not search or matches(act, search))
        )
        acts = tuple(islice(found, PAGE + 1))
        return ActPage(acts[:PAGE], len(acts) > PAGE)

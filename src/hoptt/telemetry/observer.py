"""Counts and logs what happens in meetings: implements `live/observe.py:Observer`."""

from __future__ import annotations

import structlog

from hoptt.errors import ErrorCode
from hoptt.meeting.words import Cause, LobbyOutcome
from hoptt.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


class Watching:
    """Hears of all meetings of this node."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def entered(self, outcome: str) -> None:
        """Somebody passed the door."""
        self._metrics.joins.labels(outcome, "").inc()
        log.info("entered", outcome=outcome)

    def refused(self, act: str, code: ErrorCode) -> None:
        """A command was refused; at the door it counts among those who came."""
        if act == "enter":
            self._metrics.joins.labels("refused", code.value).inc()
        self._metrics.refusals.labels(act, code.value).inc()
        log.info("refused", act=act, code=code.value)

    def left(self, cause: Cause) -> None:
        """A seat was given up."""
        self._metrics.left.labels(cause.value).inc()
        log.info("left", cause=cause.value)

    def lobby_left(self, outcome: LobbyOutcome) -> None:
        """Somebody's wait ended."""
        self._metrics.lobby_left.labels(outcome.value).inc()
        log.info("lobby left", outcome=outcome.value)

    def meetings(self, running: int, participants: int, waiting: int) -> None:
        """How many there are now."""
        self._metrics.meetings.set(running)
        self._metrics.participants.set(participants)
        self._metrics.waiting.set(waiting)

    def not_stored(self) -> None:
        """A commit of the log failed."""
        self._metrics.not_stored.inc()
        log.warning("not stored: is the disk full, or the log locked?")

    def bug(self, error: BaseException) -> None:
        """A fault of ours; the meeting goes on."""
        self._metrics.bugs.inc()
        log.error("bug", exc_info=error)

    def dropped(self, queue: str) -> None:
        """Something bounded was full."""
        self._metrics.dropped.labels(queue).inc()

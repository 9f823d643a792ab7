"""The way out to one page."""

from __future__ import annotations

from typing import Protocol

from hoptt.live.deliveries import ToPage, Turned


class Listener(Protocol):
    """One connection, as the running meetings see it. Both calls come on the loop and never block.

    Deliveries may come before `join` or `resume` has returned its answer: the connection keeps them and writes them
    after it. They are coalesced already (at most ten frames of history a second and meeting, acts of the chair at
    once), so a connection writes each as it comes. A connection whose queue is over its limit drops signals first
    (all but `ShowsNow`), then closes itself and calls `Seat.lost`: the page resumes.
    """

    def deliver(self, message: ToPage) -> None:
        """Queue this for the page."""
        ...

    def close(self, word: Turned) -> None:
        """Queue the last word, then close. Nothing is delivered after it, and `Seat.lost` need not be called."""
        ...

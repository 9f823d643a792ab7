"""The times of meetings and of sessions, as the configuration has them."""

from __future__ import annotations

from datetime import timedelta

from hoptt.auth.sessions import KeptSessions, Sessions
from hoptt.config import Accounts, Meeting
from hoptt.meeting.timers import Times


def times_of(own: Meeting) -> Times:
    """Give the times of meetings."""
    return Times(
        seat=timedelta(seconds=own.seat_s),
        chair_seat=timedelta(seconds=own.chair_seat_s),
        lobby_place=timedelta(seconds=own.lobby_place_s),
        empty=timedelta(seconds=own.empty_s),
        again=timedelta(seconds=own.again_s),
        ad_hoc_ban=timedelta(seconds=own.ad_hoc_ban_s),
    )


def sessions_of(kept: KeptSessions, own: Accounts) -> Sessions:
    """Give the sessions with their limits."""
    return Sessions(kept, idle=timedelta(seconds=own.session_idle_s), most=timedelta(seconds=own.session_max_s))

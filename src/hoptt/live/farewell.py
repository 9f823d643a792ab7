"""The last word to a page whose connection the server closes."""

from __future__ import annotations

from hoptt.errors import ErrorCode
from hoptt.live.deliveries import Turned
from hoptt.meeting.decide import ended
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Cause, LobbyOutcome

BACK_AFTER_RESTART_MS = 1_000


def removed(cause: Cause, reason: str) -> Turned:
    """To somebody removed, with or without a ban (R18), or signed out (S27)."""
    if cause is Cause.SIGNED_OUT:
        return signed_out()
    code = ErrorCode.BANNED if cause is Cause.BANNED else ErrorCode.REMOVED
    return Turned(code, "removed by those who lead", details={"reason": reason} if reason else {})


def left_alone() -> Turned:
    """To a companion whose seat is given up (R12)."""
    return Turned(ErrorCode.SEAT_GONE, "the seat that this device belongs to has left the meeting")


def signed_out() -> Turned:
    """To every page of an account that signed out or was disabled (S27)."""
    return Turned(ErrorCode.SIGNED_OUT, "signed out, or the account is disabled")


def turned_away(outcome: LobbyOutcome, reason: str) -> Turned:
    """To somebody turned away in the lobby, or signed out while waiting."""
    if outcome is LobbyOutcome.SIGNED_OUT:
        return signed_out()
    return Turned(ErrorCode.LOBBY_REFUSED, "not admitted", details={"reason": reason} if reason else {})


def over(meeting: Meeting) -> Turned:
    """To everybody when the meeting is over (R21)."""
    word = ended(meeting)
    return Turned(word.code, word.message, details=word.details)


def taken_over() -> Turned:
    """To a page whose seat sits at another page now (R12). Not to come back by itself: the two would take turns."""
    return Turned(ErrorCode.TAKEN_OVER, "the seat moved to another page")


def shutting_down() -> Turned:
    """To everybody when the control plane stops; media flows on and the page comes back."""
    return Turned(
        ErrorCode.SHUTTING_DOWN, "the control plane restarts; media goes on", again_after_ms=BACK_AFTER_RESTART_MS
    )

"""When ICE begins anew on a transport that goes on (RFC 8445 §9), and how often it may (S8)."""

from __future__ import annotations

from dataclasses import dataclass

from hoptt.errors import ErrorCode, HopttError
from hoptt.sfu.sdp import Session

RESTART_S = 1.0
"""Each brings new credentials and checks from new addresses; a page whose network changes needs one."""


@dataclass(slots=True)
class RestartCounts:
    """For /metrics."""

    begun: int = 0
    refused: int = 0


def begins_anew(before: Session, after: Session) -> bool:
    """Tell whether a session is another ICE session than the one before.

    Raises HopttError(SDP_INVALID) when only one of the two is new: RFC 8839 §4.4.1.1.1 asks for both, because a check
    is told from one of before by its user name.
    """
    if (after.ufrag, after.pwd) == (before.ufrag, before.pwd):
        return False
    if after.ufrag == before.ufrag or after.pwd == before.pwd:
        raise HopttError(ErrorCode.SDP_INVALID, "ICE begins anew with another ice-ufrag and another ice-pwd")
    return True


@dataclass(slots=True)
class Restarts:
    """Those of one transport."""

    last: float | None = None

    def note(self, now: float, counts: RestartCounts) -> None:
        """Take one more. Raises HopttError(MESSAGE_RATE) when the last one was just now."""
        if self.last is not None and now - self.last < RESTART_S:
            counts.refused += 1
            details = {"wait_ms": round(RESTART_S * 1000)}
            raise HopttError(ErrorCode.MESSAGE_RATE, "ICE began anew just now", details=details)
        self.last = now
        counts.begun += 1

"""Relays (TURN) for participants whose network lets no media out: who may use them, for how long, and with which words.

    relays_of(config.rtc.turn).servers(participant)

A relay is told no names: hoptt and the relay know a secret, and whoever was let into a meeting gets a name that holds
the end of its time and the id of the seat, signed with it (draft-uberti-behave-turn-rest-00).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hoptt.config import Turn
from hoptt.ids import ParticipantId


@dataclass(frozen=True, slots=True)
class IceServer:
    """Relays that take the same credentials, in the shape of a browser's RTCIceServer."""

    urls: tuple[str, ...]
    username: str
    credential: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Relays:
    """The relays of an installation; without any it gives nothing to anybody."""

    urls: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)
    lifetime_s: int = 300
    now: Callable[[], float] = time.time
    """The clock of the wall: it is the relay's clock, too."""

    def servers(self, participant: ParticipantId) -> tuple[IceServer, ...]:
        """Give a participant fresh credentials; ask for nobody who is not in a meeting: lobby and strangers get none.

        The relay counts by the seat how much it gives, whatever the time in the name says.
        """
        if not self.urls:
            return ()
        username = f"{int(self.now()) + self.lifetime_s}:{participant}"
        mac = hmac.digest(self.secret.encode(), username.encode(), hashlib.sha1)
        return (IceServer(self.urls, username, base64.b64encode(mac).decode()),)


def relays_of(turn: Turn) -> Relays:
    """Give the relays of the configuration."""
    return Relays(turn.urls, turn.secret or "", turn.lifetime_s)

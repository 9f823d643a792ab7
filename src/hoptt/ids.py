"""Identifiers: each kind of thing has its own type, so that they cannot be mixed up."""

from __future__ import annotations

import secrets
from typing import NewType

RoomSlug = NewType("RoomSlug", str)
MeetingId = NewType("MeetingId", str)
ParticipantId = NewType("ParticipantId", str)
"""One seat in one meeting; it survives reconnects. Also the id of an applicant, from the first knock on."""
TransportId = NewType("TransportId", str)
TrackId = NewType("TrackId", str)
InvitationId = NewType("InvitationId", str)
ConnectionId = NewType("ConnectionId", str)
UnitSlug = NewType("UnitSlug", str)
AccountId = NewType("AccountId", str)


def random_id(prefix: str) -> str:
    """Return `prefix` and 80 random bits in lower-case base 32, for example `p_4k2…`."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return prefix + "_" + "".join(alphabet[b & 31] for b in secrets.token_bytes(16))

"""The ids that the engine knows: made of participants, sources and a generation, and read back from events."""

from __future__ import annotations

from hoptt.ids import ParticipantId, TrackId, TransportId
from hoptt.meeting.words import Source


def track_id(participant: ParticipantId, source: Source) -> TrackId:
    """Name a participant's source. The same after a reconnect: who watches it goes on watching."""
    return TrackId(f"{participant}/{source.value}")


def source_of(track: str) -> tuple[ParticipantId, Source]:
    """Read a track id. Raises ValueError for one that is not ours."""
    participant, _, source = track.rpartition("/")
    return ParticipantId(participant), Source(source)


def transport_id(participant: ParticipantId, generation: int) -> TransportId:
    """Name a participant's peer connection: a fresh one has the next generation."""
    return TransportId(f"{participant}/{generation}")


def owner_of(transport: str) -> tuple[ParticipantId, int]:
    """Read a transport id. Raises ValueError for one that is not ours."""
    participant, _, generation = transport.rpartition("/")
    return ParticipantId(participant), int(generation)

"""One peer connection as the books have it: what was negotiated, and what its page was told of it last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hoptt.ids import ParticipantId, TransportId
from hoptt.meeting.words import Source
from hoptt.sfu.contract import LayersTold, LimitsTold, SlotShows, Tile
from hoptt.sfu.frames import Kind, SlotLimit, SlotMapped, Wish
from hoptt.sfu.names import source_of
from hoptt.sfu.restarting import Restarts
from hoptt.sfu.sdp import Session


@dataclass(slots=True)
class Transport:
    """See the module. A page that comes back is told again what is kept here."""

    id: TransportId
    participant: ParticipantId
    session: Session | None = None
    ufrag: str = ""
    pwd: str = ""
    connected: bool = False
    shows: dict[tuple[Kind, int], SlotShows] = field(default_factory=dict)
    layers: dict[Source, LayersTold] = field(default_factory=dict)
    limits: LimitsTold | None = None
    restarts: Restarts = field(default_factory=Restarts)

    def note(self, mapped: SlotMapped) -> SlotShows:
        """Take what a slot carries."""
        who, source = (None, None) if mapped.track is None else source_of(mapped.track)
        shows = SlotShows(self.participant, mapped.kind, mapped.slot, who, source, mapped.rtp_time)
        self.shows[mapped.kind, mapped.slot] = shows
        return shows

    def note_layers(self, source: Source, rids: Sequence[str]) -> LayersTold:
        """Take which encodings of a source anybody gets."""
        self.layers[source] = LayersTold(self.participant, source, tuple(rids))
        return self.layers[source]

    def note_limits(self, limits: Sequence[SlotLimit]) -> LimitsTold:
        """Take why the pictures in its slots are no better."""
        self.limits = LimitsTold(self.participant, {source_of(one.track): one.reason for one in limits})
        return self.limits


def tile_of(wish: Wish) -> Tile:
    """Give the tile of a wish that names a track."""
    assert wish.track is not None, "filtered by the caller"
    participant, source = source_of(wish.track)
    return Tile(wish.slot, participant, source, wish.width, wish.height, wish.priority)

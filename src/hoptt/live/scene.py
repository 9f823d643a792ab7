"""What somebody is shown who has no page of their own to choose with: a player (WHEP)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hoptt.ids import ParticipantId
from hoptt.live import gates
from hoptt.live.deliveries import ALL_OFF, Switches
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Role, Source


def scene(
    meeting: Meeting, switches: Mapping[ParticipantId, Switches], speaker: ParticipantId | None
) -> tuple[gates.Key, ...]:
    """Give all pictures that there are, the most important first.

    Shared screens; whom the chair brought to the stage (R23); who has the floor (R17); who speaks, or spoke last; the
    chair; then everybody else in the order of the list.
    """
    shown = {who for who, on in switches.items() if on.camera or on.screen}
    seats = sorted(
        (seat for who in shown if (seat := meeting.participants.get(who)) is not None), key=lambda seat: seat.order
    )
    chairs = (seat.id for seat in seats if seat.role is Role.CHAIR)
    cameras = [
        *meeting.stage,
        *_known(meeting.floor.holder, speaker),
        *chairs,
        *(seat.id for seat in seats),
    ]
    wanted = [(seat.id, Source.SCREEN) for seat in seats] + [(who, Source.CAMERA) for who in cameras]
    return tuple(
        (who, source)
        for who, source in dict.fromkeys(wanted)
        if who in meeting.participants and gates.is_on(switches.get(who, ALL_OFF), source)
    )


def _known(*who: ParticipantId | None) -> Iterable[ParticipantId]:
    return (one for one in who if one is not None)

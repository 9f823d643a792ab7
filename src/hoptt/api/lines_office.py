"""How the lines do of those who are in a room, for whoever looks after the installation."""

from __future__ import annotations

from hoptt.api.office_words import LinesTold, LineTold
from hoptt.ids import RoomSlug
from hoptt.live.house import House


def lines_told(house: House | None, room: RoomSlug) -> LinesTold:
    """Say how lines do; in a room without a meeting there are none."""
    running = () if house is None else house.meetings()
    return LinesTold(
        lines=[
            LineTold(
                participant=who,
                name=seat.name,
                rtt_ms=line.rtt_ms,
                loss_up=line.loss_up,
                loss_down=line.loss_down,
                estimate_bps=line.estimate_bps,
            )
            for task in running
            if task.state.room == room
            for who, seat in task.state.participants.items()
            if (line := task.media.lines.get(who)) is not None
        ]
    )

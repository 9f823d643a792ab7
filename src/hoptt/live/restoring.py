"""What was running before the control plane went away, as the log tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hoptt.ids import MeetingId
from hoptt.live.observe import Observer
from hoptt.meeting.events import Event
from hoptt.meeting.evolve import replay
from hoptt.meeting.state import Meeting
from hoptt.store.log import EventLog


@dataclass(frozen=True, slots=True)
class Found:
    """A meeting of the log. Without a state it is not for this build: its media is left alone."""

    id: MeetingId
    state: Meeting | None
    seq: int
    events: Sequence[Event]


async def restored(log: EventLog, observer: Observer) -> list[Found]:
    """Read the logs of the meetings that are begun and not closed.

    One that a newer hoptt wrote, or that cannot be read, is not taken (and said so); the others are.
    """
    found = []
    for meeting in await log.running():
        try:
            rows = await log.read(meeting)
            state = replay(event for _, event in rows)
        except Exception as fault:
            observer.bug(fault)
            found.append(Found(meeting, None, 0, ()))
            continue
        found.append(Found(meeting, state, len(rows), [event for _, event in rows]))
    return found

"""All running meetings of this node."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hoptt.ids import MeetingId, RoomSlug
from hoptt.live.deliveries import ResumeClaims
from hoptt.live.listener import Listener
from hoptt.live.seat import Joined, JoinRequest, Resumed, Waiting
from hoptt.meeting.commands import Identity
from hoptt.meeting.settings import Room, Rules
from hoptt.meeting.words import MeetingState


@dataclass(frozen=True, slots=True)
class DoorView:
    """What a page needs before the door."""

    room: Room
    title: str
    state: MeetingState | None
    """None: no meeting now, an ad-hoc one may begin."""
    rules: Rules
    starts_at: datetime | None
    ends_at: datetime | None
    doors_at: datetime | None
    ended_at: datetime | None
    chair: str | None
    """The name of the chair, once known."""


class House:
    """Finds or begins the meeting somebody asks for; owns one task per running meeting.

    Use as `async with House(...) as house:`; entering restores the meetings that were running, leaving closes
    the tasks and not the meetings: they go on after a restart.
    """

    def __init__(
        self,
        *,
        rooms: Rooms,
        media: Media,
        log: EventLog,
        times: Times | None = None,
        observer: Observer | None = None,
        clock: Clock | None = None,
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(self, *_: object) -> None:
        raise NotImplementedError

    async def join(self, request: JoinRequest, listener: Listener) -> Joined | Waiting:
        """Let somebody in or into the lobby; begins the meeting where the room allows it.

        Raises HopttError or Refusals: the entry table of R3, names (R11), lock, capacity, doors, bans.
        """
        raise NotImplementedError

    async def resume(self, claims: ResumeClaims, last_seq: int, listener: Listener) -> Resumed | Waiting:
        """Back with a resume token, past lobby, lock and capacity.

        Raises HopttError: SEAT_GONE, SEAT_TAKEN, REMOVED, BANNED, LOBBY_REFUSED, MEETING_ENDED.
        """
        raise NotImplementedError

    async def door(self, room: RoomSlug, identity: Identity | None = None) -> DoorView:
        """Say what stands at the door of a room. Raises HopttError(LINK_UNKNOWN)."""
        raise NotImplementedError

    async def cancel(self, meeting: MeetingId) -> None:
        """End a meeting that was cancelled; one that does not run is fine."""
        raise NotImplementedError

    def busy(self, room: RoomSlug) -> bool:
        """Tell whether a meeting runs in the room (for `room delete`)."""
        raise NotImplementedError

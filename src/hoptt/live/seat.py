"""The handle that a connection holds: one participant's, or one applicant's until admitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hoptt.ids import ParticipantId, RoomSlug
from hoptt.live.deliveries import Picture, ResumeClaims
from hoptt.meeting.commands import Command, Identity
from hoptt.meeting.events import Event
from hoptt.meeting.settings import Name
from hoptt.meeting.words import BridgePointKind, Role, Source
from hoptt.sfu.contract import Flow, IceCredentials, LayersTold, MediaAnswer, SlotShows, Tile

if TYPE_CHECKING:
    from hoptt.live.act_book import ActPage
    from hoptt.live.listener import Listener
    from hoptt.live.meeting_task import MeetingTask


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """Somebody at the door, with what `auth/` proved about them (S24)."""

    room: RoomSlug
    identity: Identity
    role: Role
    name: Name
    typed: bool
    kind: BridgePointKind = BridgePointKind.PERSON
    password_right: bool = False
    knock: bool = False
    take_over: bool = False
    offer: str | None = None
    microphone: bool = False
    camera: bool = False
    flow: Flow = Flow.BOTH
    note: str = ""
    """Kept with the transport (`MediaFound.carried`)."""


@dataclass(frozen=True, slots=True)
class Joined:
    """In. Without an answer (no offer, or the engine is away) the page sends an offer when it can."""

    seat: Seat
    participant: ParticipantId
    resume: ResumeClaims
    picture: Picture
    answer: MediaAnswer | None


@dataclass(frozen=True, slots=True)
class Resumed:
    """Back. Either `picture`, or the `missed` events that this role may see, up to `seq`."""

    seat: Seat
    participant: ParticipantId
    resume: ResumeClaims
    media: bool
    seq: int
    picture: Picture | None
    missed: tuple[Event, ...]
    shows: tuple[SlotShows, ...]
    layers: tuple[LayersTold, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """In the lobby: no media, no list (S26)."""

    seat: Seat
    applicant: ParticipantId
    resume: ResumeClaims
    since: datetime
    title: str
    chair_present: bool
    invited: bool
    typed: bool
    """The name was typed, so it may be corrected."""


@dataclass(frozen=True, slots=True)
class Done:
    """Carried out. `recorded` is false for an act that took effect before it could be stored."""

    recorded: bool = True


class Seat:
    """What a page may do once it is in the meeting or in its lobby. All refusals are HopttError."""

    def __init__(self, task: MeetingTask, participant: ParticipantId, listener: Listener) -> None:
        self.participant = participant
        self._task = task
        self._listener = listener

    async def act(self, command: Command) -> Done:
        """Ask for something that goes on record."""
        self._check()
        return await self._task.ask(command, by=self.participant)

    async def read_acts(self, *, before: int | None, search: str) -> ActPage:
        """Look at who did what."""
        self._check()
        return await self._task.read_acts(self.participant, before=before, search=search)

    async def leave(self) -> None:
        """Give the seat or the place in the lobby back."""
        await self._task.leave(self.participant, self._listener)

    def lost(self) -> None:
        """The connection is gone; the seat is kept for a time. Harmless when the seat has another connection."""
        self._task.lost(self.participant, self._listener)

    async def offer(self, sdp: str, *, fresh: bool) -> MediaAnswer:
        """Negotiate media: a fresh peer connection, or a re-offer on the one that is there."""
        self._check()
        return await self._task.offer(self.participant, sdp, fresh=fresh)

    async def restart_ice(self, peer: IceCredentials) -> str:
        """Begin a new ICE session on the transport that is there, and give our side of it as an SDP fragment."""
        self._check()
        return await self._task.media.restart_ice(self.participant, peer)

    def ice(self) -> IceCredentials | None:
        """Give the own credentials of the ICE session that goes on; None without a transport."""
        return self._task.media.ice_of(self.participant)

    def scene(self) -> tuple[tuple[ParticipantId, Source], ...]:
        """Give all pictures that there are, the most important first, for who shows them without choosing."""
        return tuple(key for key in self._task.scene() if key[0] != self.participant)

    def named(self, bridge_point: str) -> ParticipantId | None:
        """Give who sits under this name of a bridge point, or has this id."""
        seats = self._task.state.participants.values()
        return next((one.id for one in seats if bridge_point in (one.id, one.name.bridge_point)), None)

    def switch(self, source: Source, *, on: bool) -> None:
        """Turn the own microphone, camera or share on or off. Refused with NOT_ALLOWED without the right."""
        self._check()
        self._task.switch(self.participant, source, on=on)

    async def view(self, tiles: Sequence[Tile]) -> None:
        """Say what the page shows in its video slots; slots not named carry nothing."""
        self._check()
        await self._task.view(self.participant, tiles)

    def _check(self) -> None:
        self._task.check(self.participant, self._listener)

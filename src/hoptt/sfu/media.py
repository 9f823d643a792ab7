"""The media of this node's meetings over the engine's socket: implements `contract.Media`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from hoptt.errors import HopttError
from hoptt.ids import MeetingId, ParticipantId
from hoptt.sfu.client import Event
from hoptt.sfu.contract import MediaEvent, MediaFound
from hoptt.sfu.engine import Engine
from hoptt.sfu.frames import (
    CloseMeeting,
    Command,
    LayersWanted,
    Levels,
    Limits,
    SlotMapped,
    Snapshot,
    Stats,
    TrackDown,
    TrackUp,
    TransportChanged,
    Welcome,
)
from hoptt.sfu.meeting_media import EngineMeetingMedia
from hoptt.sfu.names import owner_of, source_of

log = structlog.get_logger(__name__)

AUDIO_SLOTS = 4
"""K of details.md: 4 to 10."""


class EngineMedia:
    """Follows one engine and hands its events to the meetings. Make it before `engine.start()`."""

    def __init__(self, engine: Engine, *, audio_slots: int = AUDIO_SLOTS, red: bool = False) -> None:
        self._engine = engine
        self._audio_slots = audio_slots
        self._red = red
        self._meetings: dict[MeetingId, EngineMeetingMedia] = {}
        self._found: dict[MeetingId, EngineMeetingMedia] = {}
        """Meetings of the snapshot that nobody has opened yet."""
        self._homes: dict[ParticipantId, EngineMeetingMedia] = {}
        """Where somebody with a transport is: participants are of one meeting each."""
        self._taken = False
        engine.listener = self

    # ---- contract.Media ----------------------------------------------------------------------------

    async def open_meeting(self, meeting: MeetingId, hear: Callable[[MediaEvent], None]) -> EngineMeetingMedia:
        """Make the meeting, or adopt the one the engine has."""
        media = self._meetings.get(meeting) or self._found.pop(meeting, None)
        if media is None:
            media = self._new(meeting)
            media.make()
        media.attend(hear, ended=lambda: self._meetings.pop(meeting, None))
        self._meetings[meeting] = media
        return media

    async def found(self) -> Mapping[MeetingId, MediaFound]:
        """Give what the engine had when this control plane took it over and nobody has opened since."""
        return {meeting: media.found() for meeting, media in self._found.items()}

    async def forget(self, meeting: MeetingId) -> None:
        """Close a meeting that the engine has and nobody else knows."""
        media = self._found.pop(meeting, None)
        if media is not None:
            await media.end()

    # ---- engine.EngineListener ---------------------------------------------------------------------

    def engine_back(self, welcome: Welcome, snapshot: Snapshot, *, fresh: bool) -> None:
        """Bring engine and books in step: close first, then remove, then add. It never opens a gate."""
        first, self._taken = not self._taken, True
        for meeting in snapshot.meetings:
            key = MeetingId(meeting.meeting)
            if key in self._meetings or key in self._found:
                continue
            if first:
                self._found[key] = self._new(key)
                self._found[key].restore(snapshot)
            else:  # it was ended while the engine was away
                self._tell(CloseMeeting(id=0, meeting=key))
        if fresh and not first:
            for lost in list(self._found.values()):
                lost.drop()
            self._found.clear()
        for media in list(self._meetings.values()):
            media.engine_back(snapshot, fresh=fresh)

    def engine_away(self) -> None:
        """Tell every meeting."""
        for media in list(self._meetings.values()):
            media.engine_away()

    def engine_said(self, event: Event) -> None:
        """Hand an event to the meeting it concerns. One of a meeting that is gone is of no use to anybody."""
        try:
            self._hand_on(event)
        except ValueError:
            log.warning("engine named what is not ours", frame=type(event).__name__)

    # ---- within ------------------------------------------------------------------------------------

    def _new(self, meeting: MeetingId) -> EngineMeetingMedia:
        return EngineMeetingMedia(self._engine, meeting, self._audio_slots, self._homes, red=self._red)

    def _hand_on(self, event: Event) -> None:
        match event:
            case TransportChanged() | SlotMapped() | Limits():
                home = self._homes.get(owner_of(event.transport)[0])
                if home is not None:
                    home.transport_said(event)
            case LayersWanted():
                home = self._homes.get(source_of(event.track)[0])
                if home is not None:
                    home.layers_wanted(event)
            case TrackUp() | TrackDown():
                home = self._homes.get(source_of(event.track)[0])
                if home is not None:
                    home.track_changed(event)
            case Levels():
                media = self._meetings.get(MeetingId(event.meeting))
                if media is not None:
                    media.levels(event)
            case Stats():
                for line in event.lines:
                    home = self._homes.get(owner_of(line.transport)[0])
                    if home is not None:
                        home.line(line)

    def _tell(self, command: Command) -> None:
        try:
            self._engine.tell(command)
        except HopttError:
            log.debug("engine away", command=type(command).__name__)

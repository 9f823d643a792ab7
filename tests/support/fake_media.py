"""A media engine that notes what it is asked, and can be away or slow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId, ParticipantId
from hoptt.meeting.words import Source
from hoptt.sfu.contract import (
    GateState,
    LayersTold,
    LimitsTold,
    MediaAnswer,
    MediaEvent,
    MediaFound,
    SlotShows,
    Tile,
)


class FakeMeetingMedia:
    def __init__(self, hear: Callable[[MediaEvent], None]) -> None:
        self.hear = hear
        self.transports: set[ParticipantId] = set()
        self.gates: dict[tuple[ParticipantId, Source], GateState] = {}
        self.views: dict[ParticipantId, Sequence[Tile]] = {}
        self.ever_open: set[tuple[ParticipantId, Source]] = set()
        self.opened: list[ParticipantId] = []
        self.stage_voice: ParticipantId | None = None
        self.limited: dict[ParticipantId, LimitsTold] = {}
        self.ended = False
        self.away = False
        self.slow = asyncio.Event()
        self.slow.set()

    def is_open(self, who: str, source: Source = Source.MICROPHONE) -> bool:
        gate = self.gates.get((ParticipantId(who), source))
        return gate is not None and gate.open

    async def open(self, participant: ParticipantId, offer: str) -> MediaAnswer:
        self._check(offer)
        await self.slow.wait()
        self._forget(participant)
        self.transports.add(participant)
        self.opened.append(participant)
        return MediaAnswer(f"answer to {offer}", ())

    async def renegotiate(self, participant: ParticipantId, offer: str) -> MediaAnswer:
        self._check(offer)
        if participant not in self.transports:
            raise HopttError(ErrorCode.NOT_POSSIBLE, "no transport")
        return MediaAnswer(f"answer to {offer}", ())

    async def close(self, participant: ParticipantId) -> None:
        self._forget(participant)

    async def set_gates(self, gates: Mapping[tuple[ParticipantId, Source], GateState]) -> None:
        if self.away:
            raise HopttError(ErrorCode.ENGINE_AWAY, "away")
        for key, gate in gates.items():
            if key[0] in self.transports:
                self.gates[key] = gate
                if gate.open:
                    self.ever_open.add(key)

    async def set_view(self, participant: ParticipantId, tiles: Sequence[Tile]) -> None:
        self.views[participant] = tiles

    async def set_stage_voice(self, participant: ParticipantId | None) -> None:
        self.stage_voice = participant

    async def end(self) -> None:
        self.ended = True
        self.transports.clear()
        self.gates.clear()

    def shows(self, participant: ParticipantId) -> Sequence[SlotShows]:
        return ()

    def layers(self, participant: ParticipantId) -> Sequence[LayersTold]:
        return ()

    def limits(self, participant: ParticipantId) -> LimitsTold | None:
        return self.limited.get(participant)

    def _check(self, offer: str) -> None:
        if self.away:
            raise HopttError(ErrorCode.ENGINE_AWAY, "away")
        if "wrong" in offer:
            raise HopttError(ErrorCode.SDP_INVALID, "line 3 is wrong")

    def _forget(self, participant: ParticipantId) -> None:
        self.transports.discard(participant)
        self.gates = {key: gate for key, gate in self.gates.items() if key[0] != participant}


class FakeMedia:
    def __init__(self) -> None:
        self.meetings: dict[MeetingId, FakeMeetingMedia] = {}
        self.forgotten: list[MeetingId] = []

    async def open_meeting(self, meeting: MeetingId, hear: Callable[[MediaEvent], None]) -> FakeMeetingMedia:
        there = self.meetings.get(meeting)
        if there is None:
            there = self.meetings[meeting] = FakeMeetingMedia(hear)
        there.hear = hear
        return there

    async def found(self) -> Mapping[MeetingId, MediaFound]:
        """What is there already, as after a restart of the control plane alone."""
        return {
            key: MediaFound(frozenset(m.transports), dict(m.gates)) for key, m in self.meetings.items() if not m.ended
        }

    async def forget(self, meeting: MeetingId) -> None:
        self.forgotten.append(meeting)

    @property
    def only(self) -> FakeMeetingMedia:
        [meeting] = self.meetings.values()
        return meeting

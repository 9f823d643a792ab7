"""A media engine that notes what it is asked, and can be away or slow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId, ParticipantId
from hoptt.meeting.words import Source
from hoptt.sfu.contract import (
    Carried,
    Flow,
    GateState,
    IceCredentials,
    LayersTold,
    LimitsTold,
    MediaAnswer,
    MediaEvent,
    MediaFound,
    SlotShows,
    Tile,
)
from hoptt.sfu.restarting import RestartCounts, Restarts
from hoptt.sfu.sdp import Local, Session, answer, negotiate, parse_offer, write_fragment

LOCAL = Local("SFU7", "s" * 24, ":".join(["AB"] * 32), ("1 1 udp 2130706431 203.0.113.7 7882 typ host",))


class FakeMeetingMedia:
    def __init__(self, hear: Callable[[MediaEvent], None]) -> None:
        self.hear = hear
        self.transports: set[ParticipantId] = set()
        self.gates: dict[tuple[ParticipantId, Source], GateState] = {}
        self.views: dict[ParticipantId, Sequence[Tile]] = {}
        self.ever_open: set[tuple[ParticipantId, Source]] = set()
        self.opened: list[ParticipantId] = []
        self.sessions: dict[ParticipantId, Session] = {}
        """Of encoders and players."""
        self.stage_voice: ParticipantId | None = None
        self.limited: dict[ParticipantId, LimitsTold] = {}
        self.restarts: dict[ParticipantId, Restarts] = {}
        self.ended = False
        self.away = False
        self.slow = asyncio.Event()
        self.slow.set()

    def is_open(self, who: str, source: Source = Source.MICROPHONE) -> bool:
        gate = self.gates.get((ParticipantId(who), source))
        return gate is not None and gate.open

    async def open(
        self,
        participant: ParticipantId,
        offer: str,
        *,
        flow: Flow = Flow.BOTH,
        codec: str | None = None,
        note: str = "",
    ) -> MediaAnswer:
        self._check(offer)
        if flow is not Flow.BOTH:
            return await self._for_a_program(participant, offer, flow, codec, note)
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

    async def _for_a_program(
        self, participant: ParticipantId, offer: str, flow: Flow, codec: str | None, note: str
    ) -> MediaAnswer:
        """An encoder's or a player's offer is read as the real one reads it."""
        session = negotiate(parse_offer(offer), None, audio_slots=4, flow=flow, codec=codec).noted(note)
        await self.slow.wait()
        self._forget(participant)
        self.transports.add(participant)
        self.opened.append(participant)
        self.sessions[participant] = session
        return MediaAnswer(answer(session, LOCAL), session.slots, session.sources)

    async def restart_ice(self, participant: ParticipantId, peer: IceCredentials) -> str:
        if self.away:
            raise HopttError(ErrorCode.ENGINE_AWAY, "away")
        if participant not in self.transports:
            raise HopttError(ErrorCode.NOT_POSSIBLE, "no transport")
        restarts = self.restarts.setdefault(participant, Restarts())
        restarts.note(asyncio.get_running_loop().time(), RestartCounts())
        self.sessions[participant] = self.sessions[participant].with_ice(peer)
        return write_fragment(self.sessions[participant], replace(LOCAL, ufrag="SFU8"))

    @property
    def carried(self) -> dict[ParticipantId, Carried]:
        return {who: Carried(one.note, one.slots, one.sources) for who, one in self.sessions.items() if one.note}

    def ice_of(self, participant: ParticipantId) -> IceCredentials | None:
        session = self.sessions.get(participant)
        return None if session is None else IceCredentials(session.ufrag, session.pwd)

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
        self.sessions.pop(participant, None)
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
            key: MediaFound(frozenset(m.transports), dict(m.gates), carried=m.carried)
            for key, m in self.meetings.items()
            if not m.ended
        }

    async def forget(self, meeting: MeetingId) -> None:
        self.forgotten.append(meeting)

    @property
    def only(self) -> FakeMeetingMedia:
        [meeting] = self.meetings.values()
        return meeting

"""The real media engine, without a control plane around it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.support.peers import Peer
from tests.support.server import free_media_port

from hoptt.ids import MeetingId, ParticipantId
from hoptt.meeting.words import Source
from hoptt.sfu.contract import GateState, MediaEvent, Tile
from hoptt.sfu.engine import Engine
from hoptt.sfu.frames import Stats
from hoptt.sfu.media import EngineMedia
from hoptt.sfu.meeting_media import EngineMeetingMedia
from hoptt.sfu.process import EngineSettings

OPEN = GateState(allowed=True, on=True)
MEETING = MeetingId("m_test")


@dataclass
class MediaNode:
    """The media side of a control plane: an engine, one meeting in it, and what was heard."""

    settings: EngineSettings
    epoch: int = 1
    heard: list[MediaEvent] = field(default_factory=list)
    stats: list[Stats] = field(default_factory=list)

    async def start(self) -> None:
        self.engine = Engine(self.settings, epoch=self.epoch, on_stats=self.stats.append)
        self.media = EngineMedia(self.engine)
        await self.engine.start()

    async def meeting(self, key: MeetingId = MEETING) -> EngineMeetingMedia:
        return await self.media.open_meeting(key, self.heard.append)

    def counter(self, name: str) -> int:
        return self.stats[-1].counters.get(name, 0) if self.stats else 0


async def connect(meeting: EngineMeetingMedia, peer: Peer) -> ParticipantId:
    """Bring a peer's media into a meeting, past every door."""
    who = ParticipantId(f"p_{peer.number}")
    answer = await meeting.open(who, await peer.offer())
    await peer.accept(answer.sdp)
    return who


async def open_all(meeting: EngineMeetingMedia, *who: ParticipantId) -> None:
    await meeting.set_gates({(one, source): OPEN for one in who for source in (Source.MICROPHONE, Source.CAMERA)})


async def watch(meeting: EngineMeetingMedia, viewer: ParticipantId, *who: ParticipantId) -> None:
    await meeting.set_view(viewer, [Tile(slot, one, Source.CAMERA, 320, 180) for slot, one in enumerate(who)])


@pytest.fixture
def engine_settings(tmp_path: Path) -> EngineSettings:
    return EngineSettings(tmp_path / "d", port=free_media_port(), announce=["127.0.0.1"], log_level="warn")


@pytest.fixture
async def node(engine_settings: EngineSettings) -> AsyncIterator[MediaNode]:
    one = MediaNode(engine_settings)
    await one.start()
    yield one
    await one.engine.stop()

"""A real WebRTC participant for tests: joins, sends a picture that counts and a tone, measures all that it gets.

It can also be what no honest page is: it goes on sending whatever it is told, comes back, and says any text.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from aioice import ice
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket

from hoptt.bots.picture import Code, Painter, read_code
from hoptt.bots.tracks import Camera, Microphone, luma_of
from hoptt.bots.visitor import Visitor
from hoptt.bots.voice import FRAME, RATE, Samples, frequency_of, tone
from hoptt.meeting.words import Source
from hoptt.signaling.messages import (
    PROTOCOL,
    Admitted,
    Answer,
    Command,
    Event,
    Events,
    IceServer,
    Join,
    Joined,
    LevelsNow,
    MediaLost,
    Name,
    Nothing,
    Offer,
    Picture,
    PictureNow,
    Resume,
    Resumed,
    Shows,
    Switch,
    Tile,
    ToPage,
    Turned,
    View,
    Waiting,
)

AUDIO_SLOTS, VIDEO_SLOTS = 4, 4
HEARD_SECONDS = 0.4


@dataclass(slots=True)
class Arrived:
    """A media packet at the receiver, decrypted."""

    at: float
    """time.monotonic()."""
    kind: str
    slot: int
    ssrc: int
    payload_type: int
    number: int
    size: int


@dataclass(slots=True)
class SlotSeen:
    """What came through one receiving place."""

    frames: list[tuple[float, Code]] = field(default_factory=list)
    samples: deque[Samples] = field(default_factory=lambda: deque(maxlen=round(HEARD_SECONDS * RATE / FRAME)))


class Peer:
    """Use as `async with Peer(url, room, number=3, hertz=440) as peer:` and then `join`."""

    def __init__(
        self,
        url: str,
        room: str,
        *,
        number: int = 1,
        hertz: int = 440,
        name: Name | None = None,
        token: str | None = None,
        password: str | None = None,
        address: str = "127.0.0.1",
        detour: tuple[int, int] | None = None,
    ) -> None:
        """`detour`: media that the answer sends to the first of these ports goes to the second."""
        self.url, self.room, self.number, self.hertz = url, room, number, hertz
        self.token, self.password = token, password
        self.name = name or Name(
            bridge_point=f"Điểm cầu {number}", name=f"Nguyễn Thử {number}, Đại biểu", unit=f"Đơn vị {number}"
        )
        self.you = ""
        self.resume_token = ""
        self.ice_servers: list[IceServer] = []
        """Of the last answer; the next offer is made with them."""
        self.seq = 0
        self.picture: Picture | None = None
        self.heard: list[ToPage] = []
        self.events: list[Event] = []
        self.packets: list[Arrived] = []
        self.seen: dict[tuple[str, int], SlotSeen] = {}
        self.camera = Camera(Painter(number))
        self._address = address
        self._detour = detour
        self._visitor: Visitor | None = None
        self._peer: RTCPeerConnection | None = None
        self._slots: list[RTCRtpTransceiver] = []
        self._sinks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()
        if self._visitor is not None:
            await self._visitor.close()

    # ---- coming and going --------------------------------------------------------------------------

    async def join(self, *, media: bool = True, microphone: bool = True, camera: bool = True) -> Joined | Waiting:
        """Come in with an offer in the first message, as a page does. Raises HopttError as the server refused."""
        await self.connect()
        answer = await self.visitor.ask_any(
            Join(
                id=0,
                protocol=PROTOCOL,
                room=self.room,
                name=None if self.token else self.name,
                token=self.token,
                password=self.password,
                offer=await self.offer() if media else None,
                microphone=microphone,
                camera=camera,
            )
        )
        assert isinstance(answer, Joined | Waiting)
        self.resume_token = answer.resume
        if isinstance(answer, Joined):
            self._see(answer.picture)
            self.ice_servers = answer.ice_servers
            if answer.answer is not None:
                await self.accept(answer.answer)
        return answer

    async def resume(self) -> Resumed | Waiting:
        """Come back on a new WebSocket to the seat, without touching media."""
        await self.connect()
        answer = await self.visitor.ask_any(Resume(id=0, protocol=PROTOCOL, token=self.resume_token, last_seq=self.seq))
        assert isinstance(answer, Resumed | Waiting)
        self.resume_token = answer.resume
        if isinstance(answer, Resumed):
            if answer.picture is not None:
                self._see(answer.picture)
            for events in answer.missed:
                self._hear(events)
        return answer

    async def connect(self) -> None:
        """Open a WebSocket and say nothing yet."""
        if self._visitor is not None:
            await self._visitor.close()
        self._visitor = await Visitor.connect(self.url, self._hear)

    def cut(self) -> None:
        """End the WebSocket without a word, as a failing network does. Media is not touched."""
        connection = self.visitor._socket._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()

    @property
    def visitor(self) -> Visitor:
        assert self._visitor is not None, "connect first"
        return self._visitor

    async def act(self, command: Command) -> None:
        """Carry a command out. Raises HopttError as the server refused."""
        await self.visitor.ask(command, Nothing)

    async def switch(self, source: Source, *, on: bool) -> None:
        await self.act(Switch(id=0, source=source, on=on))

    async def show(self, *tiles: tuple[str, Source]) -> None:
        """Ask for these pictures, in the order of the slots."""
        await self.act(
            View(
                id=0,
                tiles=[
                    Tile(slot=slot, participant=who, source=source, width=320, height=180)
                    for slot, (who, source) in enumerate(tiles)
                ],
            )
        )

    def id_of(self, bridge_point: str) -> str:
        """Give the participant of a bridge point, from the picture seen last."""
        assert self.picture is not None
        return next(one.id for one in self.picture.participants if one.name.bridge_point == bridge_point)

    # ---- media -------------------------------------------------------------------------------------

    async def send_media(self) -> None:
        """Offer a fresh peer connection."""
        answer = await self.visitor.ask(Offer(id=0, sdp=await self.offer(), fresh=True), Answer)
        self.ice_servers = answer.ice_servers
        await self.accept(answer.sdp)

    async def offer(self) -> str:
        """Make a peer connection: two to send, then the slots."""
        await self.hang_up()
        self.camera = Camera(Painter(self.number))
        relays = [RTCIceServer(one.urls[0], one.username, one.credential) for one in self.ice_servers]
        configuration = RTCConfiguration(iceServers=relays, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self._peer = peer = RTCPeerConnection(configuration)
        peer.addTransceiver(Microphone(tone(self.hertz)), direction="sendonly")
        peer.addTransceiver(self.camera, direction="sendonly")
        self._slots = [peer.addTransceiver("audio", direction="recvonly") for _ in range(AUDIO_SLOTS)]
        self._slots += [peer.addTransceiver("video", direction="recvonly") for _ in range(VIDEO_SLOTS)]
        gathered = ice.get_host_addresses
        ice.get_host_addresses = lambda **_: [self._address]  # one address, so that no test waits for others
        try:
            await peer.setLocalDescription(await peer.createOffer())
        finally:
            ice.get_host_addresses = gathered
        return str(peer.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        """Take the server's answer and begin to measure."""
        assert self._peer is not None
        if self._detour is not None:
            sdp = sdp.replace(f" {self._detour[0]} typ host", f" {self._detour[1]} typ host")
        places = [(t, p if p < AUDIO_SLOTS else p - AUDIO_SLOTS) for p, t in enumerate(self._slots)]
        for transceiver, slot in places:
            _count(transceiver.receiver, self._counter(transceiver.kind, slot))
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))
        loop = asyncio.get_running_loop()
        for transceiver, slot in places:  # their tracks exist from here on
            seen = self.seen[transceiver.kind, slot] = SlotSeen()
            self._sinks.append(loop.create_task(sink(transceiver.receiver.track, seen)))

    async def hang_up(self) -> None:
        """Close the peer connection, and nothing else."""
        for sink in self._sinks:
            sink.cancel()
        await asyncio.gather(*self._sinks, return_exceptions=True)
        self._sinks.clear()
        if self._peer is not None:
            await self._peer.close()
            self._peer = None

    @property
    def connected(self) -> bool:
        return self._peer is not None and self._peer.connectionState == "connected"

    # ---- what was measured -------------------------------------------------------------------------

    def last_code(self, slot: int = 0) -> Code | None:
        """Give what the last picture of a slot said of itself."""
        seen = self.seen.get(("video", slot))
        return seen.frames[-1][1] if seen is not None and seen.frames else None

    def frames_of(self, painter: int) -> list[tuple[float, int]]:
        """Give when which frame of a painter was seen, in whatever slot."""
        return sorted(
            (at, code.frame) for seen in self.seen.values() for at, code in seen.frames if code.painter == painter
        )

    def hears(self, hertz: int, *, within: float = 6.0) -> bool:
        """Tell whether one of the audio slots carries that tone now."""
        return any(abs(pitch - hertz) < within for pitch in self.pitches())

    def pitches(self) -> list[float]:
        """Give the strongest frequency of each audio slot, 0 for silence."""
        return [
            frequency_of(np.concatenate(list(seen.samples))) if seen.samples else 0.0
            for (kind, _), seen in self.seen.items()
            if kind == "audio"
        ]

    def packets_since(self, at: float, kind: str) -> list[Arrived]:
        """Give the packets that arrived after a moment of time.monotonic()."""
        return [packet for packet in self.packets if packet.kind == kind and packet.at > at]

    def latest(self, kind: type[ToPage]) -> ToPage | None:
        """Give the last message of a type."""
        return next((one for one in reversed(self.heard) if isinstance(one, kind)), None)

    # ---- within ------------------------------------------------------------------------------------

    def _see(self, picture: Picture) -> None:
        self.picture, self.you, self.seq = picture, picture.you, picture.seq

    def _hear(self, message: ToPage) -> None:
        self.heard.append(message)
        match message:
            case Events():
                self.seq = message.seq
                self.events += message.events
            case PictureNow():
                self._see(message.picture)
            case Admitted():
                self.resume_token = message.resume
                self._see(message.picture)
            case _:
                pass

    def _counter(self, kind: str, slot: int) -> Callable[[RtpPacket], None]:
        def count(packet: RtpPacket) -> None:
            self.packets.append(
                Arrived(
                    time.monotonic(),
                    kind,
                    slot,
                    packet.ssrc,
                    packet.payload_type,
                    packet.sequence_number,
                    len(packet.payload),
                )
            )

        return count


def _count(receiver: RTCRtpReceiver, count: Callable[[RtpPacket], None]) -> None:
    """Show each packet to `count` before aiortc sees it: also those that it would throw away."""
    take: Callable[..., Coroutine[Any, Any, None]] = receiver._handle_rtp_packet

    async def counting(packet: RtpPacket, arrival_time_ms: int) -> None:
        count(packet)
        await take(packet, arrival_time_ms=arrival_time_ms)

    receiver._handle_rtp_packet = counting  # type: ignore[method-assign]  # the only place where packets are seen


async def sink(track: MediaStreamTrack, seen: SlotSeen) -> None:
    """Read all that a slot carries."""
    try:
        while True:
            frame = await track.recv()
            if isinstance(frame, av.VideoFrame):
                code = read_code(luma_of(frame))
                if code is not None:
                    seen.frames.append((time.monotonic(), code))
            elif isinstance(frame, av.AudioFrame):
                seen.samples.append(frame.to_ndarray().reshape(-1)[:: len(frame.layout.channels)].astype(np.int16))
    except MediaStreamError:
        pass


__all__ = ["Arrived", "LevelsNow", "MediaLost", "Peer", "Shows", "Turned"]

"""aiortc as an encoder (WHIP) and as a player (WHEP): real media over real HTTP, and none of our WebSocket."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

import aiohttp
import numpy as np
from aioice import ice
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from tests.support.peers import SlotSeen, sink

from hoptt.bots.picture import Painter
from hoptt.bots.tracks import Camera, Microphone
from hoptt.bots.voice import frequency_of, tone


class WhipPeer:
    """Use as `async with Encoder(url, token) as one:` and then `open`."""

    kind = ""

    def __init__(self, url: str, token: str, *, room: str = "duan", query: str = "") -> None:
        self.endpoint = f"{url}/{self.kind}/{room}{query}"
        self.url = url
        self.location = ""
        self.etag = ""
        self._headers = {"Authorization": f"Bearer {token}"}
        self._sinks: list[asyncio.Task[None]] = []
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()
        await self._http.close()

    async def open(self) -> int:
        """Offer, and take the answer; gives the status."""
        gathered = ice.get_host_addresses
        ice.get_host_addresses = lambda **_: ["127.0.0.1"]  # one address, so that no test waits for others
        try:
            await self._peer.setLocalDescription(await self._peer.createOffer())
        finally:
            ice.get_host_addresses = gathered
        offer = str(self._peer.localDescription.sdp)
        headers = {**self._headers, "Content-Type": "application/sdp"}
        async with self._http.post(self.endpoint, data=offer.encode(), headers=headers) as answer:
            if answer.status != 201:
                return answer.status
            self.location, self.etag = self.url + answer.headers["Location"], answer.headers["ETag"]
            sdp = await answer.text()
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))
        self._listen()
        return 201

    async def delete(self) -> int:
        """Go as the protocol says."""
        async with self._http.delete(self.location, headers=self._headers) as answer:
            return answer.status

    async def hang_up(self) -> None:
        """Close the peer connection, and nothing else."""
        for one in self._sinks:
            one.cancel()
        await asyncio.gather(*self._sinks, return_exceptions=True)
        await self._peer.close()

    @property
    def state(self) -> str:
        return str(self._peer.connectionState)

    def _listen(self) -> None:
        """Begin to measure what comes."""


class Encoder(WhipPeer):
    """Sends a picture that counts, and a tone."""

    kind = "whip"

    def __init__(self, url: str, token: str, *, number: int = 7, hertz: int = 700, query: str = "") -> None:
        super().__init__(url, token, query=query)
        self.number, self.hertz = number, hertz
        self._peer.addTransceiver(Microphone(tone(hertz)), direction="sendonly")
        self._peer.addTransceiver(Camera(Painter(number)), direction="sendonly")


class Player(WhipPeer):
    """Receives one sound and so many pictures."""

    kind = "whep"

    def __init__(self, url: str, token: str, *, pictures: int = 1, query: str = "") -> None:
        super().__init__(url, token, query=query)
        self.sound = SlotSeen()
        self.pictures = [SlotSeen() for _ in range(pictures)]
        self._places = [(self._peer.addTransceiver("audio", direction="recvonly"), self.sound)]
        self._places += [(self._peer.addTransceiver("video", direction="recvonly"), seen) for seen in self.pictures]

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._sinks = [loop.create_task(sink(place.receiver.track, seen)) for place, seen in self._places]

    def sees(self, painter: int, place: int = 0) -> bool:
        """Tell whether this picture shows a painter now."""
        frames = self.pictures[place].frames
        return bool(frames) and frames[-1][1].painter == painter

    def hears(self, hertz: int, *, within: float = 6.0) -> bool:
        """Tell whether that tone is heard now."""
        samples = self.sound.samples
        return bool(samples) and abs(frequency_of(np.concatenate(list(samples))) - hertz) < within

"""LiveKit: its signalling, protocol buffers over a WebSocket. It offers to whoever receives."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from types import MappingProxyType

import jwt
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from benchmarks.peers.conversation import Conversation, Guest, Local, Sender
from benchmarks.peers.peer import Entrance, Peer, on_one_core, settings
from benchmarks.peers.protobuf import Value, decode, encode, repeated
from benchmarks.peers.sdp import answer, sent_lines, with_candidates

HTTP_PORT, MEDIA_PORT = 18_880, 18_882
ROOM = "bench"
KEY, SECRET = "bench", "a-secret-of-a-server-that-lives-for-a-minute"
VALID_S = 600
PROTOCOL = 15
PATIENCE_S, PING_S = 20.0, 5.0
# livekit_rtc.proto and livekit_models.proto
PUBLISHER, SUBSCRIBER = 0, 1
AUDIO, VIDEO = 0, 1
CAMERA, MICROPHONE = 1, 2
LOW, MEDIUM, HIGH = 0, 1, 2
SIZES = {LOW: (320, 180, 150_000), MEDIUM: (640, 360, 500_000), HIGH: (1_280, 720, 1_500_000)}
"""Of the three encodings that the generator offers, smallest first: pixels, bit/s."""


class Asks(IntEnum):
    """Fields of SignalRequest."""

    OFFER = 1
    ANSWER = 2
    ADD_TRACK = 4
    SUBSCRIPTION = 6
    TRACK_SETTING = 7
    PING = 14


class Tells(IntEnum):
    """Fields of SignalResponse."""

    ANSWER = 2
    OFFER = 3
    TRICKLE = 4
    TRACK_PUBLISHED = 6
    SUBSCRIBED_QUALITY_UPDATE = 14


class Livekit(Peer):
    """One node without Redis."""

    name = "livekit"
    variable = "HOPTT_BENCH_LIVEKIT"
    runs = frozenset({"W1", "W2", "W2L", "W3", "W5", "W10"})
    port = HTTP_PORT
    choices = MappingProxyType({"": {"batch_size": "128"}, "datagrams one by one": {"batch_size": "0"}})

    def launch(self, program: str, folder: Path, address: str, chosen: Mapping[str, str]) -> list[str]:
        """Its settings are one file."""
        places = {"address": address, "http_port": HTTP_PORT, "media_port": MEDIA_PORT, "key": KEY, "secret": SECRET}
        return on_one_core([program, "--config", str(settings("livekit.yaml", folder, **places, **chosen))])

    def version(self, program: str) -> list[str]:
        """It tells it and ends."""
        return [program, "--version"]

    def entrance(self, session: ClientSession, address: str) -> Entrance:
        """A WebSocket for each guest."""
        return Door(session, f"ws://{address}:{HTTP_PORT}/rtc")


class Door(Entrance):
    """The room is made by whoever comes first. One participant sends, or receives."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session, self._url = session, url
        self._senders: dict[str, Sender] = {}
        self._lines: list[Line] = []
        self._publishers: dict[int, Line] = {}

    async def enter(self, guest: Guest, talk: Conversation) -> str:
        """A publisher announces its tracks and offers; a viewer takes offers."""
        if not guest.sends:
            name = f"v{guest.number}"
            await self._receive(guest, talk, name)
            return name
        name = f"p{guest.number}"
        line = await self._line(name, publishes=True)
        kinds = ["audio"] * guest.sends_audio + ["video"] * guest.sends_video
        # The generator calls its tracks by the numbers of their m-lines.
        ids = {kind: await line.announce(f"load{at}", kind, guest.encodings) for at, kind in enumerate(kinds)}
        await talk.answered(await line.publish(await talk.offer(sends=True)))
        self._senders[name] = Sender(name, guest.sends_audio, guest.sends_video, ids, guest.encodings)
        self._publishers[guest.number] = line
        return name

    async def follow(self, guest: Guest, talk: Conversation) -> None:
        """As its clients do with `dynacast`: what nobody gets is not sent."""
        line = self._publishers[guest.number]
        while True:
            qualities = await line.wanted.get()
            await talk.want([name for quality, name in enumerate(guest.encodings) if quality in qualities])

    async def watch(self, guest: Guest, talk: Conversation) -> None:
        """The same person comes a second time, to receive."""
        await self._receive(guest, talk, f"s{guest.number}", own=guest.name)

    async def _receive(self, guest: Guest, talk: Conversation, name: str, own: str | None = None) -> None:
        tracks: list[str] = []
        small: list[str] = []
        for sender in self._senders.values():
            if sender.audio and guest.audio_slots and sender.name != own:
                tracks.append(sender.ids["audio"])
            if sender.video and sender.name in guest.watches:
                tracks.append(sender.ids["video"])
                small += [sender.ids["video"]] * guest.shows_small(sender)
        await (await self._line(name, publishes=False)).receive(tracks, talk, small)

    async def _line(self, name: str, *, publishes: bool) -> Line:
        asked = {"access_token": token(name, publishes=publishes), "protocol": PROTOCOL, "auto_subscribe": 0}
        socket = await self._session.ws_connect(self._url, params={key: str(value) for key, value in asked.items()})
        line = Line(socket)
        self._lines.append(line)
        return line


class Line:
    """One WebSocket: requests and responses are messages of one field, whose number says what they are."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self.wanted: asyncio.Queue[set[int]] = asyncio.Queue()
        """Qualities of the own picture that somebody gets, each time that they change."""
        self._published: asyncio.Queue[str] = asyncio.Queue()
        self._answers: asyncio.Queue[Described] = asyncio.Queue()
        self._offers: asyncio.Queue[Described] = asyncio.Queue()
        self._candidates: dict[int, asyncio.Future[str]] = {
            end: asyncio.get_running_loop().create_future() for end in (PUBLISHER, SUBSCRIBER)
        }
        self._local: Local | None = None
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._keep_alive())]

    async def announce(self, cid: str, kind: str, encodings: Sequence[str]) -> str:
        """Say which track comes; gives the server's name for it."""
        about: dict[int, Value] = {1: cid, 2: cid, 3: AUDIO, 8: MICROPHONE}
        if kind == "video":
            layers = [_layer(quality) for quality in (SIZES if encodings else (HIGH,))]
            codec = encode({1: "vp8", 2: cid})
            width, height, _ = SIZES[HIGH]
            about = {1: cid, 2: cid, 3: VIDEO, 4: width, 5: height, 8: CAMERA, 9: layers, 10: [codec]}
        await self._tell(Asks.ADD_TRACK, encode(about))
        async with asyncio.timeout(PATIENCE_S):
            return await self._published.get()

    async def publish(self, offer: str) -> str:
        """Offer, and give the answer with its candidate."""
        await self._tell(Asks.OFFER, Described("offer", offer, 1).encoded())
        async with asyncio.timeout(PATIENCE_S):
            answered = await self._answers.get()
            return with_candidates(answered.sdp, [await self._candidates[PUBLISHER]])

    async def receive(self, tracks: Sequence[str], talk: Conversation, small: Sequence[str] = ()) -> None:
        """Subscribe, and take offers until one has all tracks. `small`: those shown in their lowest quality."""
        await self._tell(Asks.SUBSCRIPTION, encode({1: [track.encode() for track in tracks], 2: 1}))
        if small:
            width, height, _ = SIZES[LOW]
            tracks_shown = [track.encode() for track in small]
            await self._tell(Asks.TRACK_SETTING, encode({1: tracks_shown, 5: width, 6: height}))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                offer = await self._offers.get()
                candidate = await self._candidates[SUBSCRIBER]
                again = self._local is not None
                self._local = await talk.offered(with_candidates(offer.sdp, [candidate]), again=again)
                await self._answer(offer)
                if sent_lines(offer.sdp) >= len(tracks):
                    break
        self._tasks.append(asyncio.create_task(self._answer_on()))

    async def _answer_on(self) -> None:
        """What is there is described anew now and then."""
        while True:
            await self._answer(await self._offers.get())

    async def _answer(self, offer: Described) -> None:
        assert self._local is not None, "the first offer was taken"
        described = Described("answer", answer(offer.sdp, self._local), offer.id)
        await self._tell(Asks.ANSWER, described.encoded())

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.BINARY:
                continue
            for number, content in decode(message.data).items():
                if isinstance(content, bytes):
                    self._hear(number, content)

    def _hear(self, number: int, content: bytes) -> None:
        match number:
            case Tells.ANSWER:
                self._answers.put_nowait(Described.decoded(content))
            case Tells.OFFER:
                self._offers.put_nowait(Described.decoded(content))
            case Tells.TRICKLE:
                fields = decode(content)
                candidate = json.loads(_text(fields.get(1, b"{}"))).get("candidate", "")
                future = self._candidates[int(fields.get(2, PUBLISHER))]
                if " udp " in candidate.lower() and not future.done():
                    future.set_result(candidate)
            case Tells.TRACK_PUBLISHED:
                track = decode(content)[2]
                assert isinstance(track, bytes), "a track is a message"
                self._published.put_nowait(_text(decode(track)[1]))
            case Tells.SUBSCRIBED_QUALITY_UPDATE:
                self.wanted.put_nowait(_wanted(content))
            case _:
                pass

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(PING_S)
            await self._socket.send_bytes(encode({Asks.PING: time.time_ns() // 1_000_000}))

    async def _tell(self, number: int, message: bytes) -> None:
        await self._socket.send_bytes(encode({number: message}))


@dataclass(frozen=True, slots=True)
class Described:
    """A description of one side."""

    type: str
    sdp: str
    id: int
    """An answer has that of its offer."""

    def encoded(self) -> bytes:
        """Write it."""
        return encode({1: self.type, 2: self.sdp, 3: self.id})

    @classmethod
    def decoded(cls, message: bytes) -> Described:
        """Read it."""
        fields = decode(message)
        return cls(_text(fields[1]), _text(fields[2]), int(fields.get(3, 0)))


def _wanted(update: bytes) -> set[int]:
    codecs = repeated(update, 3)
    told = [decode(one) for codec in codecs for one in repeated(codec, 2)]
    return {int(one.get(1, LOW)) for one in told if one.get(2, 0)}


def _layer(quality: int) -> bytes:
    width, height, bitrate = SIZES[quality]
    return encode({1: quality, 2: width, 3: height, 4: bitrate})


def _text(field: int | bytes) -> str:
    assert isinstance(field, bytes), "a text is bytes"
    return field.decode()


def token(name: str, *, publishes: bool) -> str:
    """Give what lets somebody into the room: who publishes here does not receive, and the other way round."""
    rights = {"room": ROOM, "roomJoin": True, "canPublish": publishes, "canSubscribe": not publishes}
    claims = {"iss": KEY, "sub": name, "exp": int(time.time()) + VALID_S, "video": rights}
    return jwt.encode(claims, SECRET, algorithm="HS256")

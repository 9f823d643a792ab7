"""One synthetic participant: comes in by a token, sends picture and sound, speaks in turn, keeps to what it may do."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from enum import StrEnum

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from hoptt.bots.picture import Painter
from hoptt.bots.tracks import Camera, Microphone
from hoptt.bots.visitor import Visitor
from hoptt.bots.voice import phrase, whose_turn
from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.words import Source
from hoptt.signaling.messages import (
    PROTOCOL,
    Admitted,
    Answer,
    Events,
    Join,
    Joined,
    Leave,
    MediaLost,
    Message,
    Nothing,
    Offer,
    Picture,
    PictureNow,
    Resume,
    Resumed,
    RightsChanged,
    Switch,
    ToPage,
    Turned,
)

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 10.0


class BotState(StrEnum):
    """For the progress line."""

    COMING = "coming"
    WAITING = "waiting"
    IN = "in"
    AWAY = "away"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Persona:
    """Who a bot is; `number` makes its picture and voice its own."""

    number: int
    token: str


class Bot:
    """Use as `await bot.run()` in a task; cancelling it leaves the meeting."""

    def __init__(self, url: str, room: str, persona: Persona, count: int) -> None:
        self.state = BotState.COMING
        self.why = ""
        """Why the server turned it away; empty while it is to stay."""
        self._url = url
        self._room = room
        self._persona = persona
        self._count = count
        self._sound = phrase(persona.number)
        self._painter = Painter(persona.number)
        self._peer: RTCPeerConnection | None = None
        self._you = ""
        self._resume: str | None = None
        self._seq = 0
        self._may_speak = False
        self._todo: asyncio.Queue[Message] = asyncio.Queue(maxsize=64)

    async def run(self) -> None:
        """Come in, stay, come back when the line is lost; ends when the server turns it away."""
        pause = FIRST_PAUSE_SECONDS
        try:
            while not self.why:
                try:
                    await self._stay()
                    pause = FIRST_PAUSE_SECONDS
                except (OSError, TimeoutError):
                    pass
                except HopttError as refusal:
                    self._refused(refusal)
                if not self.why:
                    self.state = BotState.AWAY
                    await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        finally:
            self.state = BotState.OUT
            await self._close_peer()

    async def _stay(self) -> None:
        """Live through one WebSocket."""
        visitor = await Visitor.connect(self._url, self._hear)
        try:
            if self._resume is None:
                await self._come(visitor)
            else:
                await self._come_back(visitor, self._resume)
            ended = asyncio.ensure_future(visitor.closed.wait())
            while not ended.done():
                todo = asyncio.ensure_future(self._todo.get())
                await asyncio.wait([todo, ended], return_when=asyncio.FIRST_COMPLETED)
                if todo.done():
                    await self._do(visitor, todo.result())
                else:
                    todo.cancel()
        except asyncio.CancelledError:
            with contextlib.suppress(HopttError, OSError, TimeoutError):  # gone already: the seat time ends it
                await visitor.ask(Leave(id=0), Nothing)
            raise
        finally:
            await visitor.close()

    async def _come(self, visitor: Visitor) -> None:
        answer = await visitor.ask_any(
            Join(
                id=0,
                protocol=PROTOCOL,
                room=self._room,
                token=self._persona.token,
                offer=await self._offer(),
                microphone=True,
                camera=True,
            )
        )
        if isinstance(answer, Joined):
            self._resume = answer.resume
            self._see(answer.picture)
            if answer.answer is None:
                await self._send_media(visitor)
            else:
                await self._accept(answer.answer)
        else:
            self._resume = getattr(answer, "resume", None)
            self.state = BotState.WAITING

    async def _come_back(self, visitor: Visitor, token: str) -> None:
        answer = await visitor.ask_any(Resume(id=0, protocol=PROTOCOL, token=token, last_seq=self._seq))
        self._resume = getattr(answer, "resume", token)
        if not isinstance(answer, Resumed):
            self.state = BotState.WAITING
            return
        self.state = BotState.IN
        if answer.picture is not None:
            self._see(answer.picture)
        for events in answer.missed:
            self._hear(events)
        if not answer.media:
            await self._send_media(visitor)

    # ---- what is heard -----------------------------------------------------------------------------

    def _hear(self, message: ToPage) -> None:
        match message:
            case Events():
                self._seq = message.seq
                for event in message.events:
                    if isinstance(event, RightsChanged) and self._you in event.participants:
                        self._allow(event)
            case Admitted() | MediaLost():
                self._later(message)
            case PictureNow():
                self._see(message.picture)
            case Turned():
                if message.again_after_ms is None:
                    self.state, self.why = BotState.OUT, message.code
            case _:
                pass  # who else is there is of no concern to a bot

    def _allow(self, event: RightsChanged) -> None:
        """Speak when allowed to (R16): the right never opens a microphone, its owner does."""
        if event.may_speak is not None and event.may_speak != self._may_speak:
            self._may_speak = event.may_speak
            if event.may_speak:
                self._later(Switch(id=0, source=Source.MICROPHONE, on=True))

    def _see(self, picture: Picture) -> None:
        self.state = BotState.IN
        self._you, self._seq = picture.you, picture.seq
        self._may_speak = any(one.may_speak for one in picture.participants if one.id == picture.you)

    def _later(self, message: Message) -> None:
        if not self._todo.full():
            self._todo.put_nowait(message)

    async def _do(self, visitor: Visitor, message: Message) -> None:
        match message:
            case Admitted():
                self._resume = message.resume
                self._see(message.picture)
                await self._send_media(visitor)
                await self._switch_on(visitor)
            case MediaLost():
                await self._send_media(visitor)
            case Switch():
                await visitor.ask(message, Nothing)
            case _:
                raise AssertionError(f"nobody queues {type(message).__name__}")

    async def _switch_on(self, visitor: Visitor) -> None:
        if self._may_speak:
            await visitor.ask(Switch(id=0, source=Source.MICROPHONE, on=True), Nothing)
        await visitor.ask(Switch(id=0, source=Source.CAMERA, on=True), Nothing)

    def _refused(self, refusal: HopttError) -> None:
        if refusal.code is ErrorCode.SEAT_GONE:
            self._resume = None  # come in anew
        elif refusal.code not in (ErrorCode.ENGINE_AWAY, ErrorCode.SHUTTING_DOWN, ErrorCode.INTERNAL):
            self.state, self.why = BotState.OUT, f"{refusal.code}: {refusal.message}"

    # ---- media -------------------------------------------------------------------------------------

    async def _offer(self) -> str:
        """Make a fresh peer connection that only sends: a bot looks at nobody, so many of them are cheap."""
        await self._close_peer()
        self._peer = peer = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        peer.addTransceiver(Microphone(self._sound, speaking=self._speaks), direction="sendonly")
        peer.addTransceiver(Camera(self._painter, speaking=self._speaks), direction="sendonly")
        await peer.setLocalDescription(await peer.createOffer())
        return peer.localDescription.sdp

    async def _accept(self, sdp: str) -> None:
        if self._peer is not None:
            await self._peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))

    async def _send_media(self, visitor: Visitor) -> None:
        answer = await visitor.ask(Offer(id=0, sdp=await self._offer(), fresh=True), Answer)
        await self._accept(answer.sdp)

    def _speaks(self) -> bool:
        turn = whose_turn(self._count, asyncio.get_running_loop().time())
        return self._may_speak and turn == self._persona.number % self._count

    async def _close_peer(self) -> None:
        if self._peer is not None:
            await self._peer.close()
            self._peer = None

"""One simulated bridge point: its line is ours, its media the cast's. It does what an incident asks, and sees what is.

Nothing is done by itself but what every page does: come back when the line is lost, send media anew when it is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import msgspec

from hoptt.bots.rehearsal.cast import Cast, CastFault
from hoptt.bots.rehearsal.points import Point
from hoptt.bots.visitor import Visitor
from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.chat_words import ChatTo
from hoptt.meeting.words import Role, Source
from hoptt.signaling import messages as wire

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
NOT_YET_S = 3.0
"""Between two tries at a door that is not open yet."""
Asked = TypeVar("Asked", bound=wire.Message)
NOT_YET = (ErrorCode.MEETING_NOT_OPEN, ErrorCode.ENGINE_AWAY, ErrorCode.SHUTTING_DOWN, ErrorCode.ROOM_LOCKED)
DESK = (Role.CHAIR, Role.CO_CHAIR, Role.SECRETARY)


class Standing(StrEnum):
    """For the progress line, and for incidents that wait for one."""

    OUTSIDE = "outside"
    COMING = "coming"
    WAITING = "waiting"
    IN = "in"
    AWAY = "away"
    """The line is lost, on purpose or not."""
    OUT = "out"


class Floor(StrEnum):
    """Where this point stands with the floor (R17)."""

    NOTHING = "nothing"
    QUEUED = "queued"
    GRANTED = "granted"
    SPEAKING = "speaking"
    HELD = "held"


class Actor:
    """Use `come` or `knock` once, then anything; `close` at the end."""

    def __init__(
        self, point: Point, *, url: str, room: str, cast: Cast, near: str | None, password: str | None = None
    ) -> None:
        """`near`: the server's address for media; `password`: the room's, which a knock may need."""
        self.point = point
        self.standing = Standing.OUTSIDE
        self.why = ""
        """The code with which the server turned it away."""
        self.you = ""
        self.may_speak = self.may_show = False
        self.chat_closed = False
        self.floor = Floor.NOTHING
        self.answered = 0
        """Lines to everybody that somebody at the desk wrote."""
        self._url, self._room, self._cast, self._near = url, room, cast, near
        self._password = password
        self._token: str | None = None
        self._resume: str | None = None
        self._seq = 0
        self._roles: dict[str, Role] = {}
        self._visitor: Visitor | None = None
        self._task: asyncio.Task[None] | None = None
        self._held_away = False
        self._changed = asyncio.Event()

    # ---- the door ----------------------------------------------------------------------------------

    def come(self, token: str) -> None:
        """Come in with a personal link."""
        self._token = token
        self._begin(wire.Join(id=0, protocol=wire.PROTOCOL, room=self._room, token=token, microphone=True, camera=True))

    def knock(self, name: wire.Name) -> None:
        """Ask to come in under a typed name, without anything that proves it."""
        proof = self._password
        self._begin(
            wire.Join(id=0, protocol=wire.PROTOCOL, room=self._room, name=name, password=proof, knock=True, camera=True)
        )

    async def lose_line(self, seconds: float) -> None:
        """Lose the line without a word, media too, and come back after that."""
        self._held_away = True
        self._cast.vanish(self.point.number)
        if self._visitor is not None:
            await self._visitor.close()
        await asyncio.sleep(seconds)
        self._held_away = False
        self._touch()

    async def leave(self) -> None:
        """Leave, as one leaves who has another appointment."""
        visitor = self._visitor
        self._stop()
        if visitor is not None:
            with contextlib.suppress(HopttError, OSError, TimeoutError):
                await visitor.ask(wire.Leave(id=0), wire.Nothing)
            await visitor.close()
        self._cast_leave()
        self._stand(Standing.OUT)

    async def close(self) -> None:
        """Be gone, however it stands."""
        await self.leave()

    # ---- inside ------------------------------------------------------------------------------------

    def has(self, floor: Floor) -> bool:
        """Tell where this point stands with the floor now."""
        return self.floor is floor

    async def microphone(self, *, on: bool) -> bool:
        """Turn the own microphone on or off; tells whether the server let it."""
        return await self.ask(wire.Switch(id=0, source=Source.MICROPHONE, on=on)) is None

    def talk(self, *, on: bool) -> None:
        """Send a voice, whether anybody may hear it or not: what software does that obeys nobody (R16)."""
        with contextlib.suppress(CastFault):
            self._cast.talk(self.point.number, on=on)

    async def say(self, to: ChatTo, text: str) -> ErrorCode | None:
        """Write in the chat; gives the refusal."""
        return await self.ask(wire.Say(id=0, to=to, text=text))

    async def ask(self, command: wire.Command) -> ErrorCode | None:
        """Ask the server something that has no result; gives the refusal, NOT_IN_MEETING without a line."""
        if self._visitor is None or self.standing is not Standing.IN:
            return ErrorCode.NOT_IN_MEETING
        try:
            await self._visitor.ask(command, wire.Nothing)
        except HopttError as refusal:
            return refusal.code
        except (OSError, TimeoutError):
            return ErrorCode.NOT_IN_MEETING
        return None

    async def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until something holds of this actor; tells whether it does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        return true()

    # ---- the line ----------------------------------------------------------------------------------

    def _begin(self, join: wire.Join) -> None:
        self._stop()
        self._resume, self._seq, self.why = None, 0, ""
        self._stand(Standing.COMING)
        self._task = asyncio.get_running_loop().create_task(self._run(join))

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self, join: wire.Join) -> None:
        pause = FIRST_PAUSE_S
        while not self.why:
            try:
                await self._stay(join)
                pause = FIRST_PAUSE_S
            except (OSError, TimeoutError, CastFault):
                pass
            except HopttError as refusal:
                if refusal.code is ErrorCode.SEAT_GONE:
                    self._resume = None
                elif refusal.code in NOT_YET:
                    pause = NOT_YET_S
                else:
                    self._turned_away(refusal.code)
            if self.why:
                break
            self._stand(Standing.COMING if self._resume is None else Standing.AWAY)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, LONGEST_PAUSE_S)
            await self.until(lambda: not self._held_away, float("inf"))
        self._cast_leave()

    async def _stay(self, join: wire.Join) -> None:
        """Live through one WebSocket."""
        todo: asyncio.Queue[wire.Admitted | wire.MediaLost] = asyncio.Queue()
        visitor = await Visitor.connect(self._url, lambda message: self._hear(message, todo))
        try:
            if self._resume is None:
                await self._come_in(visitor, join)
            else:
                await self._come_back(visitor, self._resume)
            self._visitor = visitor
            self._touch()
            ended = asyncio.ensure_future(visitor.closed.wait())
            while not ended.done():
                next_ = asyncio.ensure_future(todo.get())
                await asyncio.wait([next_, ended], return_when=asyncio.FIRST_COMPLETED)
                if next_.done():
                    await self._do(visitor, next_.result())
                else:
                    next_.cancel()
        finally:
            self._visitor = None
            if not self._held_away:
                await visitor.close()

    async def _come_in(self, visitor: Visitor, join: wire.Join) -> None:
        offer = await self._cast.offer(self.point.number)
        answer = await visitor.ask_any(_with_offer(join, offer))
        if isinstance(answer, wire.Joined):
            self._resume = answer.resume
            self._see(answer.picture)
            if answer.answer is not None:
                await self._cast.answer(self.point.number, answer.answer, self._near)
            else:
                await self._send_media(visitor)
        elif isinstance(answer, wire.Waiting):
            self._resume = answer.resume
            self._stand(Standing.WAITING)

    async def _come_back(self, visitor: Visitor, token: str) -> None:
        answer = await visitor.ask_any(wire.Resume(id=0, protocol=wire.PROTOCOL, token=token, last_seq=self._seq))
        if isinstance(answer, wire.Waiting):
            self._resume = answer.resume
            self._stand(Standing.WAITING)
            return
        assert isinstance(answer, wire.Resumed), f"resume is answered with {type(answer).__name__}"
        self._resume = answer.resume
        if answer.picture is not None:
            self._see(answer.picture)
        for events in answer.missed:
            self._happened(events)
        await self._send_media(visitor)
        self._stand(Standing.IN)

    async def _send_media(self, visitor: Visitor) -> None:
        offer = await self._cast.offer(self.point.number)
        answer = await visitor.ask(wire.Offer(id=0, sdp=offer, fresh=True), wire.Answer)
        await self._cast.answer(self.point.number, answer.sdp, self._near)

    async def _do(self, visitor: Visitor, message: wire.Admitted | wire.MediaLost) -> None:
        if isinstance(message, wire.Admitted):
            self._resume = message.resume
            self._see(message.picture)
        await self._send_media(visitor)
        if isinstance(message, wire.Admitted):
            with contextlib.suppress(HopttError):  # the chair may have stopped it already
                await visitor.ask(wire.Switch(id=0, source=Source.CAMERA, on=True), wire.Nothing)

    # ---- what is heard -----------------------------------------------------------------------------

    def _hear(self, message: wire.ToPage, todo: asyncio.Queue[wire.Admitted | wire.MediaLost]) -> None:
        match message:
            case wire.Events():
                self._happened(message)
            case wire.Admitted() | wire.MediaLost():
                todo.put_nowait(message)
            case wire.PictureNow():
                self._see(message.picture)
            case wire.Turned():
                if message.again_after_ms is None:
                    self._turned_away(message.code)
            case _:
                pass  # signals: who is heard and shown is of no concern here

    def _happened(self, events: wire.Events) -> None:
        self._seq = events.seq
        for event in events.events:
            match event:
                case wire.RightsChanged() if self.you in event.participants:
                    self.may_speak = self.may_speak if event.may_speak is None else event.may_speak
                    self.may_show = self.may_show if event.may_show is None else event.may_show
                case wire.ParticipantJoined():
                    self._roles[event.participant.id] = event.participant.role
                case wire.RoleChanged():
                    self._roles[event.participant] = event.role
                case wire.FloorAsked() if event.participant == self.you:
                    self.floor = Floor.QUEUED
                case wire.FloorWithdrawn() if event.participant == self.you:
                    self.floor = Floor.NOTHING
                case wire.TurnGranted() | wire.TurnStarted() | wire.TurnChanged():
                    self._turn(event.turn)
                case wire.TurnEnded() if event.participant == self.you:
                    self.floor = Floor.QUEUED if event.back_in_queue else Floor.NOTHING
                case wire.ChatClosed():
                    self.chat_closed = event.closed
                case wire.Said() if event.to is ChatTo.ALL and self._roles.get(event.participant) in DESK:
                    self.answered += 1
                case _:
                    pass
        self._touch()

    def _see(self, picture: wire.Picture) -> None:
        self.you, self._seq = picture.you, picture.seq
        self.chat_closed = picture.meeting.chat_closed
        self._roles = {one.id: one.role for one in picture.participants}
        own = next((one for one in picture.participants if one.id == picture.you), None)
        self.may_speak = own is not None and own.may_speak
        self.may_show = own is not None and own.may_show
        waits = any(one.participant == self.you for one in picture.floor.queue)
        self.floor = Floor.QUEUED if waits else Floor.NOTHING
        for turn in picture.floor.turns:
            self._turn(turn)
        self._stand(Standing.IN)

    def _turn(self, turn: wire.TurnView) -> None:
        if turn.participant == self.you:
            self.floor = Floor(turn.state.value)

    def _turned_away(self, code: str) -> None:
        self.why = code
        self._cast_leave()
        self._stand(Standing.OUT)

    def _cast_leave(self) -> None:
        with contextlib.suppress(CastFault):
            self._cast.leave(self.point.number)

    def _stand(self, standing: Standing) -> None:
        self.standing = standing
        self._touch()

    def _touch(self) -> None:
        self._changed.set()


def _with_offer(join: wire.Join, offer: str) -> wire.Join:
    return msgspec.structs.replace(join, take_over=True, offer=offer)

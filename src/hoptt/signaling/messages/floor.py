"""What is asked of the floor, and what happens on it (R17)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from hoptt.meeting.words import Overrun, RequestEnd, TurnChange, TurnEnd
from hoptt.signaling.messages.basics import Command, Id, Message, Text
from hoptt.signaling.messages.floor_view import TurnView

Seconds: TypeAlias = Annotated[int, Meta(ge=-86_400, le=86_400)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=1_000)]


class AskFloor(Command, frozen=True, kw_only=True, tag="ask_floor"):
    """Ask to speak: a place at the end of the queue; who stands there already keeps the place."""


class WithdrawFloor(Command, frozen=True, kw_only=True, tag="withdraw_floor"):
    """Give the own place in the queue up."""


class TakeFloor(Command, frozen=True, kw_only=True, tag="take_floor"):
    """Take a turn that was granted: the time starts and the microphone is switched on by this one message.

    In a turn that runs it only switches the microphone on.
    """


class DeclineFloor(Command, frozen=True, kw_only=True, tag="decline_floor"):
    """Not take it."""


class EndTurn(Command, frozen=True, kw_only=True, tag="end_turn"):
    """End the own turn (null), or, by those who lead, somebody's. The microphone closes at once."""

    participant: Id | None = None


class AskMoreTime(Command, frozen=True, kw_only=True, tag="ask_more_time"):
    """Ask for so much more time in the own turn."""

    seconds: Seconds


class GrantFloor(Command, frozen=True, kw_only=True, tag="grant_floor"):
    """Give the floor to somebody, whether they asked or not; never opens a microphone.

    `instead`: when no more may have it at once, the turn that has lasted longest ends.
    """

    participant: Id
    instead: bool = False


class ExtendTurn(Command, frozen=True, kw_only=True, tag="extend_turn"):
    """Give a turn more time, or less (below zero)."""

    participant: Id
    seconds: Seconds


class HoldTurn(Command, frozen=True, kw_only=True, tag="hold_turn"):
    """Interrupt a turn: its clock stands still, the microphone closes at once."""

    participant: Id


class ResumeTurn(Command, frozen=True, kw_only=True, tag="resume_turn"):
    """Let an interrupted turn go on: the right is back, the microphone opens by the speaker's own press only."""

    participant: Id


class RefuseRequest(Command, frozen=True, kw_only=True, tag="refuse_request"):
    """Take somebody out of the queue, with a reason that they read."""

    participant: Id
    reason: Text = ""


class SkipRequest(Command, frozen=True, kw_only=True, tag="skip_request"):
    """Put somebody at the end of the queue."""

    participant: Id


class MoveRequest(Command, frozen=True, kw_only=True, tag="move_request"):
    """Put somebody at this place in the queue, 0 for the next."""

    participant: Id
    place: Count


class SetFloor(Command, frozen=True, kw_only=True, tag="set_floor"):
    """Change how turns are given from now on; `turn_s` null: without a limit."""

    turn_s: Seconds | None
    at_once: Count
    overrun: Overrun


# ---- events --------------------------------------------------------------------------------------


class FloorAsked(Message, frozen=True, kw_only=True, tag="floor_asked"):
    """Somebody asks to speak, and stands at this place in the queue (0: next)."""

    at: int
    participant: str
    place: int


class FloorWithdrawn(Message, frozen=True, kw_only=True, tag="floor_withdrawn"):
    """A request ended without a turn."""

    at: int
    participant: str
    cause: RequestEnd
    by: str | None
    reason: str = ""


class RequestMoved(Message, frozen=True, kw_only=True, tag="request_moved"):
    """A request has another place in the queue."""

    at: int
    participant: str
    place: int
    by: str | None


class TurnGranted(Message, frozen=True, kw_only=True, tag="turn_granted"):
    """Somebody has only to take the floor; their request leaves the queue."""

    at: int
    turn: TurnView


class TurnStarted(Message, frozen=True, kw_only=True, tag="turn_started"):
    """It was taken: the time runs."""

    at: int
    turn: TurnView


class TurnChanged(Message, frozen=True, kw_only=True, tag="turn_changed"):
    """A turn goes on otherwise; `turn` is what it is now."""

    at: int
    turn: TurnView
    change: TurnChange
    by: str | None


class TurnEnded(Message, frozen=True, kw_only=True, tag="turn_ended"):
    """A turn is over; `back_in_queue`: they are next in the queue again."""

    at: int
    participant: str
    cause: TurnEnd
    by: str | None
    spoken_ms: int
    back_in_queue: bool


class FloorSet(Message, frozen=True, kw_only=True, tag="floor_set"):
    """How turns are given from now on."""

    at: int
    turn_s: int | None
    at_once: int
    overrun: Overrun
    by: str | None


class SpokenKept(Message, frozen=True, kw_only=True, tag="spoken_kept"):
    """Somebody came in anew under another id: the speaking time of the former one is theirs."""

    at: int
    participant: str
    former: str
    spoken_ms: int


ByTheSpeaker: TypeAlias = AskFloor | WithdrawFloor | TakeFloor | DeclineFloor | EndTurn | AskMoreTime
FloorByThoseWhoLead: TypeAlias = (
    GrantFloor | ExtendTurn | HoldTurn | ResumeTurn | RefuseRequest | SkipRequest | MoveRequest | SetFloor
)
FloorCommand: TypeAlias = ByTheSpeaker | FloorByThoseWhoLead
FloorEvent: TypeAlias = (
    FloorAsked
    | FloorWithdrawn
    | RequestMoved
    | TurnGranted
    | TurnStarted
    | TurnChanged
    | TurnEnded
    | FloorSet
    | SpokenKept
)

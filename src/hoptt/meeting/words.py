"""The words of a meeting that rules, doors and the engine share."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do in a meeting, as it stands on the wire and in the CLI."""

    CHAIR = "chair"
    CO_CHAIR = "co_chair"
    SECRETARY = "secretary"
    ATTENDEE = "attendee"
    OBSERVER = "observer"
    OPERATOR = "operator"
    TECHNICIAN = "technician"
    COMPANION = "companion"
    """Another device of a seat: a second camera, a screen, a room display (R12)."""


class EntryRule(StrEnum):
    """The rows of the entry table (R3)."""

    OPEN = "open"
    PASSWORD = "password"
    LOBBY = "lobby"
    INVITED = "invited"


class AdHoc(StrEnum):
    """Who may begin a meeting that nobody scheduled."""

    CHAIR = "chair"
    ANYONE = "anyone"
    NEVER = "never"


class SecondSeat(StrEnum):
    """What a meeting makes of the same person at a second device (R12)."""

    TAKE_OVER = "take_over"
    """The second device is asked whether it takes the seat over."""
    REFUSE = "refuse"
    """The seat stays where it is until it is given back or lost."""


class MeetingState(StrEnum):
    """scheduled → doors_open → opened → closed (R6); an ad-hoc meeting begins opened."""

    SCHEDULED = "scheduled"
    DOORS_OPEN = "doors_open"
    OPENED = "opened"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Layout(StrEnum):
    """How the pictures of a meeting stand (R23): one for all that the chair sets, or each page's own."""

    FREE = "free"
    """Each page chooses."""
    GRID = "grid"
    SPEAKER = "speaker"
    TWO_COLUMNS = "two_columns"
    PRESENTATION = "presentation"
    CONFERENCE = "conference"
    """Hội nghị: who has the floor large, the chair beside it, five more below."""


class Source(StrEnum):
    """What a participant can send."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"
    SCREEN_AUDIO = "screen_audio"


class BridgePointKind(StrEnum):
    """Kinds of bridge point (R14)."""

    ROOM = "room"
    PERSON = "person"


class Cause(StrEnum):
    """Why a participant left or a meeting closed."""

    LEFT = "left"
    LOST = "lost"
    """The seat time is over."""
    REMOVED = "removed"
    BANNED = "banned"
    TAKEN_OVER = "taken_over"
    ENDED = "ended"
    """By the chair."""
    EMPTY = "empty"
    CANCELLED = "cancelled"
    SIGNED_OUT = "signed_out"
    """The account signed out, or was disabled (S27)."""


class LobbyOutcome(StrEnum):
    """How a stay in the lobby ended."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    LEFT = "left"
    LOST = "lost"
    ENDED = "ended"
    SIGNED_OUT = "signed_out"


class MeetingKind(StrEnum):
    """One choice that sets what a meeting begins with (`settings.KINDS`)."""

    DISCUSSION = "discussion"
    """All equal: everybody may speak; the floor only keeps an order."""
    TRAINING = "training"
    """One microphone, granted."""
    CONFERENCE = "conference"
    """Granted, with a time; several may have the floor at once."""


class Overrun(StrEnum):
    """What the end of a turn's time does (R17)."""

    CLOSE = "close"
    """The turn ends and the gate closes."""
    WARN = "warn"
    """The time runs over, for all to see, until somebody ends the turn."""


class TurnState(StrEnum):
    """granted → speaking ⇄ held; from each of them a turn ends (R17)."""

    GRANTED = "granted"
    """Invited; the microphone waits for the participant's own press."""
    SPEAKING = "speaking"
    HELD = "held"
    """The clock stands still."""


class HeldBecause(StrEnum):
    """Why the clock of a turn stands still."""

    LINE = "line"
    """The speaker's line is lost: the turn goes on by itself when it is back."""
    CHAIR = "chair"
    """Somebody who leads interrupted, and lets it go on."""


class TurnChange(StrEnum):
    """What changed in a turn that goes on."""

    EXTENDED = "extended"
    """It got more time, or less."""
    HELD = "held"
    RESUMED = "resumed"
    MORE_TIME_ASKED = "more_time_asked"
    ALLOWED = "allowed"
    """The speaker was allowed to speak besides: the right outlasts the turn."""
    SPARED = "spared"
    """All others were muted: the right ends with the turn."""


class TurnEnd(StrEnum):
    """Why a turn ended."""

    FINISHED = "finished"
    """By the speaker."""
    OVER = "over"
    """Its time was over."""
    ENDED = "ended"
    """By somebody who leads."""
    DECLINED = "declined"
    LAPSED = "lapsed"
    """It was granted and not taken in time."""
    LEFT = "left"
    LOST = "lost"
    REMOVED = "removed"
    REPLACED = "replaced"
    """The floor was given to somebody else instead."""


class RequestEnd(StrEnum):
    """Why a speaking request ended without a turn."""

    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    LEFT = "left"
    LOST = "lost"
    REMOVED = "removed"

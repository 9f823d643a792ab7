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

"""Words of refusal: one list of codes, one exception that carries them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ErrorCode(StrEnum):
    """Every reason for which hoptt says no, as it stands on the wire.

    HTTP status, close code and translated text are tables over this list.
    """

    # the door: names (R11)
    NAME_PART_MISSING = "name.part_missing"
    NAME_TOO_SHORT = "name.too_short"
    NAME_TOO_LONG = "name.too_long"
    NAME_SCRIPT = "name.script"
    NAME_LOOKALIKE = "name.lookalike"
    NAME_IMPERSONATES = "name.impersonates"
    NAME_POINT_UNKNOWN = "name.point_unknown"
    NAME_UNIT_MISSING = "name.unit_missing"
    # the door: passwords, links, tokens (R1, R3, S28, S32)
    PASSWORD_MISSING = "password.missing"
    PASSWORD_WRONG = "password.wrong"
    PASSWORD_WAIT = "password.wait"
    LINK_UNKNOWN = "link.unknown"
    TOKEN_INVALID = "token.invalid"
    TOKEN_EXPIRED = "token.expired"
    SEAT_TAKEN = "seat.taken"
    SEAT_GONE = "seat.gone"
    TAKEN_OVER = "taken_over"
    # the door: the meeting (R3, R4, R6, R18, R37)
    MEETING_NOT_OPEN = "meeting.not_open"
    MEETING_ENDED = "meeting.ended"
    MEETING_MOVED = "meeting.moved"
    MEETING_POSTPONED = "meeting.postponed"
    ROOM_CLOSED = "room.closed"
    ROOM_LOCKED = "room.locked"
    ROOM_FULL = "room.full"
    LOBBY_FULL = "lobby.full"
    LOBBY_REFUSED = "lobby.refused"
    NOT_INVITED = "not_invited"
    REMOVED = "removed"
    BANNED = "banned"
    # in the meeting
    NOT_ALLOWED = "not_allowed"
    NOT_IN_MEETING = "not_in_meeting"
    ALREADY_IN_MEETING = "already_in_meeting"
    PARTICIPANT_UNKNOWN = "participant.unknown"
    TRACK_UNKNOWN = "track.unknown"
    NOT_POSSIBLE = "not_possible"
    NOT_STORED = "not_stored"
    BRANCH_OUTSIDE = "branch.outside"
    BRANCH_UNKNOWN = "branch.unknown"
    CHAIR_PRESENT = "chair.present"
    CHAIR_NOT_OFFERED = "chair.not_offered"
    # the floor (R17)
    FLOOR_TAKEN = "floor.taken"
    FLOOR_FULL = "floor.full"
    FLOOR_ALREADY = "floor.already"
    FLOOR_NOT_ASKED = "floor.not_asked"
    FLOOR_NO_TURN = "floor.no_turn"
    FLOOR_HELD = "floor.held"
    FLOOR_AWAY = "floor.away"
    FLOOR_NUMBER = "floor.number"
    # the chat (R25, S35, S36)
    CHAT_CLOSED = "chat.closed"
    CHAT_EMPTY = "chat.empty"
    CHAT_TOO_LONG = "chat.too_long"
    CHAT_RATE = "chat.rate"
    CHAT_NO_UNIT = "chat.no_unit"
    # messages (S35-S37)
    MESSAGE_MALFORMED = "message.malformed"
    MESSAGE_TOO_LARGE = "message.too_large"
    MESSAGE_RATE = "message.rate"
    MESSAGE_UNEXPECTED = "message.unexpected"
    PROTOCOL_VERSION = "protocol.version"
    SDP_INVALID = "sdp.invalid"
    ORIGIN = "origin"
    # the server
    ENGINE_AWAY = "engine.away"
    SHUTTING_DOWN = "shutting_down"
    INTERNAL = "internal_error"
    # rooms and meetings as they are made (CLI, REST)
    SLUG_INVALID = "slug.invalid"
    SLUG_RESERVED = "slug.reserved"
    SLUG_LOOKALIKE = "slug.lookalike"
    ROOM_EXISTS = "room.exists"
    ROOM_IN_USE = "room.in_use"
    MEETING_UNKNOWN = "meeting.unknown"
    INVITATION_INVALID = "invitation.invalid"
    CONFIG_INVALID = "config.invalid"
    # units, accounts, signing in (R2, S27, S30, S33)
    UNIT_UNKNOWN = "unit.unknown"
    UNIT_EXISTS = "unit.exists"
    ACCOUNT_UNKNOWN = "account.unknown"
    ACCOUNT_EXISTS = "account.exists"
    ACCOUNT_INVALID = "account.invalid"
    PASSWORD_WEAK = "password.weak"
    LOGIN_NEEDED = "login.needed"
    LOGIN_WRONG = "login.wrong"
    LOGIN_WAIT = "login.wait"
    LOGIN_CODE_NEEDED = "login.code_needed"
    LOGIN_CODE_WRONG = "login.code_wrong"
    LOGIN_NO_SECOND_FACTOR = "login.no_second_factor"
    SIGNED_OUT = "signed_out"


class HopttError(Exception):
    """A refusal: raised by a rule, translated once, at the door.

    `message` is English and for whoever reads logs or writes programs; the page
    shows its own text for `code`, filled in from `details`.
    `field` names the form field at fault, where there is one.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        field: str | None = None,
        details: Mapping[str, str | int | float] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.details: dict[str, str | int | float] = dict(details or {})


class Refusals(HopttError):
    """Several faults told at once, so that a form is corrected in one go (R11)."""

    def __init__(self, faults: list[HopttError]) -> None:
        first = faults[0]
        super().__init__(first.code, first.message, field=first.field, details=first.details)
        self.faults = faults

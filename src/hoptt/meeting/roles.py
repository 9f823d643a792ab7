"""Who may ask what: the one table (S25). A command without a row fails the build; what is not in it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.chat_words import CloseChat, Say
from hoptt.meeting.commands import (
    Admit,
    Allow,
    AllowSource,
    Cancel,
    Command,
    CorrectName,
    EndMeeting,
    Enter,
    Leave,
    LetTimePass,
    LiftBan,
    LiftMute,
    Lock,
    Lose,
    Mute,
    OpenMeeting,
    Refuse,
    Remove,
    Restore,
    Return,
    SetLayout,
    SetStage,
    SignOut,
    StopSource,
    TakeBack,
)
from hoptt.meeting.floor.commands import (
    AskFloor,
    AskMoreTime,
    DeclineFloor,
    EndTurn,
    ExtendTurn,
    GrantFloor,
    HoldTurn,
    MoveRequest,
    RefuseRequest,
    ResumeTurn,
    SetFloor,
    SkipRequest,
    TakeFloor,
    WithdrawFloor,
)
from hoptt.meeting.role_commands import (
    AnswerChair,
    GiveLobby,
    NameDeputy,
    OfferChair,
    ReadActs,
    Rename,
    SetBranch,
    SetRole,
    TakeChair,
    WithdrawChairOffer,
)
from hoptt.meeting.state import Meeting
from hoptt.meeting.words import Role


class Standing(StrEnum):
    """As what somebody asks: with a role in the meeting, or without one."""

    SERVER = "server"
    OUTSIDE = "outside"
    LOBBY = "lobby"
    CHAIR = Role.CHAIR
    CO_CHAIR = Role.CO_CHAIR
    SECRETARY = Role.SECRETARY
    ATTENDEE = Role.ATTENDEE
    OBSERVER = Role.OBSERVER
    OPERATOR = Role.OPERATOR
    TECHNICIAN = Role.TECHNICIAN
    COMPANION = Role.COMPANION


_CHAIR = frozenset({Standing.CHAIR})
_LEADS = frozenset({Standing.CHAIR, Standing.CO_CHAIR})
_KEEPS_THE_BOOK = _LEADS | {Standing.SECRETARY}
"""The secretary corrects names and reads who did what (R20, R27)."""
_MAY_TAKE_THE_CHAIR = frozenset(
    {Standing.CHAIR, Standing.CO_CHAIR, Standing.SECRETARY, Standing.ATTENDEE, Standing.TECHNICIAN}
)
_SEATED = frozenset(Standing(role.value) for role in Role)
_WRITES = _SEATED - {Standing.OBSERVER, Standing.OPERATOR, Standing.COMPANION}
"""Who takes part: observers and operators look on, and for a companion its seat writes."""
_INSIDE = _SEATED | {Standing.LOBBY}
_SERVER = frozenset({Standing.SERVER})
_SPEAKS = _SEATED - {Standing.OBSERVER, Standing.COMPANION}
_ASKS = _SPEAKS - {Standing.OPERATOR, Standing.TECHNICIAN}
"""Technical staff is not part of the meeting: they speak when they are invited to (R13)."""
_AT_THE_DOOR = frozenset({Standing.OUTSIDE})

MAY: Mapping[type[Command], frozenset[Standing]] = {
    Enter: _AT_THE_DOOR,
    Return: _AT_THE_DOOR | _INSIDE,
    Leave: _INSIDE,
    Lose: _INSIDE,
    CorrectName: frozenset({Standing.LOBBY}),
    Admit: _LEADS,
    Refuse: _LEADS,
    Remove: _LEADS,
    LiftBan: _LEADS,
    Allow: _LEADS,
    TakeBack: _LEADS,
    Mute: _LEADS,
    LiftMute: _LEADS,
    StopSource: _LEADS,
    AllowSource: _LEADS,
    SetLayout: _LEADS,
    SetStage: _LEADS,
    Lock: _CHAIR,
    OpenMeeting: _CHAIR,
    EndMeeting: _CHAIR,
    SetRole: _CHAIR,
    SetBranch: _LEADS,
    Rename: _KEEPS_THE_BOOK,
    OfferChair: _CHAIR,
    WithdrawChairOffer: _CHAIR,
    AnswerChair: _MAY_TAKE_THE_CHAIR,
    NameDeputy: _CHAIR,
    TakeChair: _MAY_TAKE_THE_CHAIR,
    GiveLobby: _CHAIR,
    ReadActs: _KEEPS_THE_BOOK,
    AskFloor: _ASKS,
    WithdrawFloor: _ASKS,
    TakeFloor: _SPEAKS,
    DeclineFloor: _SPEAKS,
    EndTurn: _SPEAKS,
    AskMoreTime: _SPEAKS,
    GrantFloor: _LEADS,
    ExtendTurn: _LEADS,
    HoldTurn: _LEADS,
    ResumeTurn: _LEADS,
    RefuseRequest: _LEADS,
    SkipRequest: _LEADS,
    MoveRequest: _LEADS,
    SetFloor: _LEADS,
    Say: _WRITES,
    CloseChat: _LEADS,
    LetTimePass: _SERVER,
    Restore: _SERVER,
    Cancel: _SERVER,
    SignOut: _SERVER,
}

WITH_THE_LOBBY: Mapping[type[Command], frozenset[Standing]] = {
    Admit: frozenset({Standing.SECRETARY}),
    Refuse: frozenset({Standing.SECRETARY}),
}
"""Who may besides, while the chair has given them the lobby."""

RECEIVES_ONLY = frozenset({Role.OBSERVER})
"""Roles that have neither microphone nor camera in a meeting."""
SILENT = RECEIVES_ONLY | {Role.COMPANION}
"""Roles that never have a microphone: a companion hears and shows, and speaks through its seat (R12)."""


def standing(meeting: Meeting, who: ParticipantId | None) -> Standing:
    """Tell as what somebody asks."""
    if who is None:
        return Standing.SERVER
    seat = meeting.participants.get(who)
    if seat is not None:
        return Standing(seat.role.value)
    return Standing.LOBBY if who in meeting.lobby else Standing.OUTSIDE


def check(meeting: Meeting, command: Command, who: ParticipantId | None) -> None:
    """Refuse a command that is not for this role: NOT_IN_MEETING from outside, NOT_ALLOWED from inside."""
    stands = standing(meeting, who)
    if stands in MAY[type(command)]:
        return
    if who == meeting.lobby_keeper and stands in WITH_THE_LOBBY.get(type(command), ()):
        return
    if stands is Standing.OUTSIDE:
        raise HopttError(ErrorCode.NOT_IN_MEETING, "not in this meeting")
    raise HopttError(ErrorCode.NOT_ALLOWED, f"not for the role {stands}")

"""Every command × every standing (S25): the table in code beside the table one reads here."""

from __future__ import annotations

from typing import get_args

import pytest
from tests.support.clock import NINE
from tests.support.meetings import (
    OPEN_FLOOR,
    TIMES,
    Told,
    a_companion,
    a_guest,
    a_link,
    a_meeting,
    a_name,
    pid,
    the_chair,
)

from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting import commands, role_commands
from hoptt.meeting.audience import Audience, audience_of, may_see
from hoptt.meeting.chat_words import ChatTo, CloseChat, Say
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
from hoptt.meeting.decide import decide
from hoptt.meeting.events import EVENT_TYPES
from hoptt.meeting.floor.commands import (
    AskFloor,
    AskMoreTime,
    DeclineFloor,
    EndTurn,
    ExtendTurn,
    FloorCommand,
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
from hoptt.meeting.roles import MAY, Standing
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, Layout, Overrun, Role, Source

# columns: server outside lobby | chair co_chair secretary attendee observer operator technician companion
TABLE = """
Enter        -  +  -   -  -  -  -  -  -  -  -
Return       -  +  +   +  +  +  +  +  +  +  +
Leave        -  -  +   +  +  +  +  +  +  +  +
Lose         -  -  +   +  +  +  +  +  +  +  +
CorrectName  -  -  +   -  -  -  -  -  -  -  -
Admit        -  -  -   +  +  -  -  -  -  -  -
Refuse       -  -  -   +  +  -  -  -  -  -  -
Remove       -  -  -   +  +  -  -  -  -  -  -
LiftBan      -  -  -   +  +  -  -  -  -  -  -
Allow        -  -  -   +  +  -  -  -  -  -  -
TakeBack     -  -  -   +  +  -  -  -  -  -  -
Mute         -  -  -   +  +  -  -  -  -  -  -
LiftMute     -  -  -   +  +  -  -  -  -  -  -
StopSource   -  -  -   +  +  -  -  -  -  -  -
AllowSource  -  -  -   +  +  -  -  -  -  -  -
SetLayout    -  -  -   +  +  -  -  -  -  -  -
SetStage     -  -  -   +  +  -  -  -  -  -  -
Lock         -  -  -   +  -  -  -  -  -  -  -
OpenMeeting  -  -  -   +  -  -  -  -  -  -  -
EndMeeting   -  -  -   +  -  -  -  -  -  -  -
SetRole      -  -  -   +  -  -  -  -  -  -  -
SetBranch    -  -  -   +  +  -  -  -  -  -  -
Rename       -  -  -   +  +  +  -  -  -  -  -
OfferChair   -  -  -   +  -  -  -  -  -  -  -
WithdrawChairOffer -  -  -   +  -  -  -  -  -  -  -
AnswerChair  -  -  -   +  +  +  +  -  -  +  -
NameDeputy   -  -  -   +  -  -  -  -  -  -  -
TakeChair    -  -  -   +  +  +  +  -  -  +  -
GiveLobby    -  -  -   +  -  -  -  -  -  -  -
ReadActs     -  -  -   +  +  +  -  -  -  -  -
AskFloor       -  -  -   +  +  +  +  -  -  -  -
WithdrawFloor  -  -  -   +  +  +  +  -  -  -  -
TakeFloor      -  -  -   +  +  +  +  -  +  +  -
DeclineFloor   -  -  -   +  +  +  +  -  +  +  -
EndTurn        -  -  -   +  +  +  +  -  +  +  -
AskMoreTime    -  -  -   +  +  +  +  -  +  +  -
GrantFloor     -  -  -   +  +  -  -  -  -  -  -
ExtendTurn     -  -  -   +  +  -  -  -  -  -  -
HoldTurn       -  -  -   +  +  -  -  -  -  -  -
ResumeTurn     -  -  -   +  +  -  -  -  -  -  -
RefuseRequest  -  -  -   +  +  -  -  -  -  -  -
SkipRequest    -  -  -   +  +  -  -  -  -  -  -
MoveRequest    -  -  -   +  +  -  -  -  -  -  -
SetFloor       -  -  -   +  +  -  -  -  -  -  -
Say          -  -  -   +  +  +  +  -  -  +  -
CloseChat    -  -  -   +  +  -  -  -  -  -  -
LetTimePass  +  -  -   -  -  -  -  -  -  -  -
Restore      +  -  -   -  -  -  -  -  -  -  -
Cancel       +  -  -   -  -  -  -  -  -  -  -
SignOut      +  -  -   -  -  -  -  -  -  -  -
"""
EXPECTED = {
    (name, standing): sign == "+"
    for name, *signs in (line.split() for line in TABLE.strip().splitlines())
    for standing, sign in zip(Standing, signs, strict=True)
}
ALL = get_args(Command)
SAMPLES: dict[type[Command], Command] = {
    Enter: a_guest("outside"),
    Return: Return(0),
    Leave: Leave(),
    Lose: Lose(),
    CorrectName: CorrectName(a_name("Trần Thị Ánh", "Xã Ba", "UBND")),
    Admit: Admit((pid("lobby"),)),
    Refuse: Refuse(pid("lobby")),
    Remove: Remove(pid("target")),
    LiftBan: LiftBan(pid("banned")),
    Allow: Allow((pid("target"),)),
    TakeBack: TakeBack((pid("target"),)),
    Mute: Mute((pid("target"),)),
    LiftMute: LiftMute(),
    StopSource: StopSource(pid("target"), Source.CAMERA),
    AllowSource: AllowSource(pid("target"), Source.CAMERA),
    SetLayout: SetLayout(Layout.CONFERENCE),
    SetStage: SetStage((pid("target"),)),
    Lock: Lock(locked=True),
    OpenMeeting: OpenMeeting(),
    EndMeeting: EndMeeting(),
    SetRole: SetRole(pid("target"), Role.SECRETARY),
    SetBranch: SetBranch(pid("target"), "Huyện Tam Đường"),
    Rename: Rename(pid("target"), a_name("Trần Thị Ánh", "Xã Ba", "UBND")),
    OfferChair: OfferChair(pid("target")),
    WithdrawChairOffer: WithdrawChairOffer(),
    AnswerChair: AnswerChair(accept=True),
    NameDeputy: NameDeputy(pid("target")),
    TakeChair: TakeChair(),
    GiveLobby: GiveLobby(pid("secretary")),
    ReadActs: ReadActs(),
    AskFloor: AskFloor(),
    WithdrawFloor: WithdrawFloor(),
    TakeFloor: TakeFloor(),
    DeclineFloor: DeclineFloor(),
    EndTurn: EndTurn(),
    AskMoreTime: AskMoreTime(60),
    GrantFloor: GrantFloor(pid("target")),
    ExtendTurn: ExtendTurn(pid("target"), 60),
    HoldTurn: HoldTurn(pid("target")),
    ResumeTurn: ResumeTurn(pid("target")),
    RefuseRequest: RefuseRequest(pid("target")),
    SkipRequest: SkipRequest(pid("target")),
    MoveRequest: MoveRequest(pid("target"), 0),
    SetFloor: SetFloor(180, 2, Overrun.WARN),
    Say: Say(ChatTo.ALL, "Đã nhận tài liệu."),
    CloseChat: CloseChat(closed=True),
    LetTimePass: LetTimePass(),
    Restore: Restore(),
    Cancel: Cancel(),
    SignOut: SignOut("link-target"),
}


def a_full_meeting() -> Told:
    """One of each standing, somebody to act on, somebody banned."""
    told = a_meeting(the_chair("the chair"), rules=OPEN_FLOOR)
    for role in Role:
        if role is not Role.COMPANION:
            told.act(a_link(role.value, role, knock=True))
    told.act(a_companion("companion", "attendee"))
    for waiting in ("operator", "technician"):
        told.act(Admit((pid(waiting),)), "the chair")
    told.act(a_guest("target"))
    told.act(a_guest("banned"))
    told.act(Remove(pid("banned"), ban=True), "the chair")
    told.act(Lock(locked=True), "the chair")
    told.act(a_guest("lobby", knock=True))
    told.act(Lock(locked=False), "the chair")
    return told


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_S25_each_command_is_for_whom_the_table_says(kind: type[Command], standing: Standing) -> None:
    meeting = a_full_meeting().meeting
    by = None if standing is Standing.SERVER else pid(standing.value)
    try:
        decide(meeting, SAMPLES[kind], NINE, TIMES, by=by)
        carried_out = True
    except HopttError as refusal:
        not_for_them = refusal.code in (ErrorCode.NOT_ALLOWED, ErrorCode.NOT_IN_MEETING)
        by_state = refusal.code in (ErrorCode.CHAIR_PRESENT, ErrorCode.CHAIR_NOT_OFFERED)
        by_floor = kind in get_args(FloorCommand) and refusal.code.startswith("floor.")
        expected = not_for_them or by_state or by_floor or (kind, standing) == (Return, Standing.OUTSIDE)
        assert expected, "no other reason to refuse it here"
        carried_out = not not_for_them
    assert carried_out is EXPECTED[kind.__name__, standing]


def test_S25_every_command_has_a_row_and_a_sample() -> None:
    assert set(MAY) == set(ALL) == set(SAMPLES)
    named = {
        value
        for module in (commands, role_commands)
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    }
    assert named - set(ALL) == {commands.Identity, commands.IdentityKind}


def test_S26_only_those_who_may_admit_are_told_of_the_lobby() -> None:
    assert {role for role in Role if audience_of(role) is Audience.ADMITTING} == {Role.CHAIR, Role.CO_CHAIR}
    told = a_meeting(the_chair(), a_guest("an"), rules=Rules(entry=EntryRule.LOBBY))
    seen = {audience: [e.type for e in told.log if may_see(e, audience)] for audience in Audience}
    assert "lobby_entered" in seen[Audience.ADMITTING]
    assert seen[Audience.SEATED] == ["meeting_opened", "participant_joined"]


def test_every_event_has_a_type_of_its_own() -> None:
    assert len(EVENT_TYPES) == len({kind.__name__ for kind in EVENT_TYPES.values()})

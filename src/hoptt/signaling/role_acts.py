"""Messages about who is what to commands of the meeting."""

from __future__ import annotations

from typing import assert_never

from hoptt.ids import ParticipantId
from hoptt.meeting import role_commands as commands
from hoptt.meeting.settings import Name
from hoptt.signaling import messages as wire


def command(act: wire.RoleCommand) -> commands.RoleCommand:  # noqa: PLR0911 - one line a case
    """Give the command that a message asks for."""
    match act:
        case wire.SetRole():
            return commands.SetRole(ParticipantId(act.participant), act.role, act.branch)
        case wire.SetBranch():
            return commands.SetBranch(ParticipantId(act.participant), act.branch)
        case wire.Rename():
            name = act.name
            return commands.Rename(ParticipantId(act.participant), Name(name.bridge_point, name.name, name.unit))
        case wire.OfferChair():
            return commands.OfferChair(ParticipantId(act.participant))
        case wire.WithdrawChairOffer():
            return commands.WithdrawChairOffer()
        case wire.AnswerChair():
            return commands.AnswerChair(act.accept)
        case wire.NameDeputy():
            return commands.NameDeputy(None if act.participant is None else ParticipantId(act.participant))
        case wire.TakeChair():
            return commands.TakeChair()
        case wire.GiveLobby():
            return commands.GiveLobby(None if act.participant is None else ParticipantId(act.participant))
        case _:
            assert_never(act)

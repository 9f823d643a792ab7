"""Messages about the floor to commands of the meeting."""

from __future__ import annotations

from typing import assert_never

from hoptt.ids import ParticipantId
from hoptt.meeting.chat import cleaned
from hoptt.meeting.floor import commands
from hoptt.signaling.messages import floor as wire


def command(act: wire.FloorCommand) -> commands.FloorCommand:  # noqa: PLR0911, PLR0912 - one line a case
    """Give the command that a message asks for."""
    match act:
        case wire.AskFloor():
            return commands.AskFloor()
        case wire.WithdrawFloor():
            return commands.WithdrawFloor()
        case wire.TakeFloor():
            return commands.TakeFloor()
        case wire.DeclineFloor():
            return commands.DeclineFloor()
        case wire.EndTurn():
            return commands.EndTurn(None if act.participant is None else ParticipantId(act.participant))
        case wire.AskMoreTime():
            return commands.AskMoreTime(act.seconds)
        case wire.GrantFloor():
            return commands.GrantFloor(ParticipantId(act.participant), act.instead)
        case wire.ExtendTurn():
            return commands.ExtendTurn(ParticipantId(act.participant), act.seconds)
        case wire.HoldTurn():
            return commands.HoldTurn(ParticipantId(act.participant))
        case wire.ResumeTurn():
            return commands.ResumeTurn(ParticipantId(act.participant))
        case wire.RefuseRequest():
            return commands.RefuseRequest(ParticipantId(act.participant), cleaned(act.reason))
        case wire.SkipRequest():
            return commands.SkipRequest(ParticipantId(act.participant))
        case wire.MoveRequest():
            return commands.MoveRequest(ParticipantId(act.participant), act.place)
        case wire.SetFloor():
            return commands.SetFloor(act.turn_s, act.at_once, act.overrun)
        case _:
            assert_never(act)

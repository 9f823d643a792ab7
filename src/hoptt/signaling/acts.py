"""Messages of those who are in to commands of the meeting. Who asks is not in them: the seat knows (S24)."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from hoptt.ids import ParticipantId
from hoptt.meeting import chat_words, commands
from hoptt.meeting.chat import cleaned
from hoptt.meeting.settings import Name
from hoptt.signaling import floor_acts, role_acts
from hoptt.signaling import messages as wire

Act: TypeAlias = (
    wire.CorrectName
    | wire.Admit
    | wire.Refuse
    | wire.Remove
    | wire.LiftBan
    | wire.Allow
    | wire.TakeBack
    | wire.Mute
    | wire.LiftMute
    | wire.StopSource
    | wire.AllowSource
    | wire.Lock
    | wire.OpenMeeting
    | wire.EndMeeting
    | wire.RoleCommand
    | wire.SetLayout
    | wire.SetStage
    | wire.FloorCommand
    | wire.Say
    | wire.CloseChat
)


def command(act: Act) -> commands.Command:  # noqa: PLR0911, PLR0912 - one line a case
    """Give the command that a message asks for."""
    if isinstance(act, wire.FloorCommand):
        return floor_acts.command(act)
    if isinstance(act, wire.RoleCommand):
        return role_acts.command(act)
    match act:
        case wire.CorrectName():
            return commands.CorrectName(Name(act.name.bridge_point, act.name.name, act.name.unit))
        case wire.Admit():
            return commands.Admit(_ids(act.applicants), act.all_invited)
        case wire.Refuse():
            return commands.Refuse(ParticipantId(act.applicant), cleaned(act.reason))
        case wire.Remove():
            return commands.Remove(ParticipantId(act.participant), act.ban, cleaned(act.reason))
        case wire.LiftBan():
            return commands.LiftBan(ParticipantId(act.participant))
        case wire.Allow():
            return commands.Allow(_ids(act.participants))
        case wire.TakeBack():
            return commands.TakeBack(_ids(act.participants))
        case wire.Mute():
            return commands.Mute(_ids(act.participants), _ids(act.all_but), act.may_reopen)
        case wire.LiftMute():
            return commands.LiftMute()
        case wire.StopSource():
            return commands.StopSource(ParticipantId(act.participant), act.source)
        case wire.AllowSource():
            return commands.AllowSource(ParticipantId(act.participant), act.source)
        case wire.Lock():
            return commands.Lock(act.locked)
        case wire.OpenMeeting():
            return commands.OpenMeeting()
        case wire.EndMeeting():
            return commands.EndMeeting()
        case wire.SetLayout():
            return commands.SetLayout(act.layout)
        case wire.SetStage():
            return commands.SetStage(_ids(act.participants))
        case wire.Say():
            return chat_words.Say(act.to, act.text)
        case wire.CloseChat():
            return chat_words.CloseChat(act.closed)
        case _:
            assert_never(act)


def _ids(given: list[str]) -> tuple[ParticipantId, ...]:
    return tuple(ParticipantId(one) for one in given)

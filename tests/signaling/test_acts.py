"""Messages of those who are in become commands of the meeting."""

from __future__ import annotations

import pytest

from hoptt.meeting.commands import Refuse, Remove
from hoptt.meeting.floor.commands import RefuseRequest
from hoptt.signaling import acts
from hoptt.signaling import messages as wire
from hoptt.signaling.messages import floor

HARMFUL = "\x1b]0;mất điện\x07\x1b[2J\u202egnp.exe ồn ào\n"


@pytest.mark.parametrize(
    "act",
    [
        wire.Remove(id=1, participant="p", ban=True, reason=HARMFUL),
        wire.Refuse(id=1, applicant="p", reason=HARMFUL),
        floor.RefuseRequest(id=1, participant="p", reason=HARMFUL),
    ],
    ids=lambda act: type(act).__name__,
)
def test_S41_of_a_reason_only_what_can_be_read_is_kept(act: acts.Act) -> None:
    command = acts.command(act)
    assert isinstance(command, Remove | Refuse | RefuseRequest)
    assert command.reason == "]0;mất điện[2Jgnp.exe ồn ào"

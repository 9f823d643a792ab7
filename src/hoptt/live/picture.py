"""A meeting as one reader may see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hoptt.ids import ParticipantId
from hoptt.live.deliveries import MeetingPicture, Picture, Switches
from hoptt.meeting import chat
from hoptt.meeting.audience import Reader, may_read, sees_waiting
from hoptt.meeting.state import Meeting


def picture(
    meeting: Meeting, seq: int, now: datetime, reader: Reader, switches: Mapping[ParticipantId, Switches]
) -> Picture:
    """Draw the meeting at event number `seq`: of the lobby whom the reader may admit (S26), their part of the chat."""
    seat = meeting.participants.get(reader.id)
    return Picture(
        seq=seq,
        now=now,
        meeting=MeetingPicture(
            id=meeting.id,
            room=meeting.room,
            room_name=meeting.room_name,
            title=meeting.title,
            state=meeting.state,
            rules=meeting.rules,
            locked=meeting.locked,
            muted_all=meeting.muted_all,
            chat_closed=meeting.chat.closed,
            expected=len(meeting.invitations),
            deputy=meeting.deputy,
            chair_offered_to=None if meeting.chair_offer is None else meeting.chair_offer.to,
            chair_offered_by=None if meeting.chair_offer is None else meeting.chair_offer.by,
            stands_in_for=None if meeting.stand_in is None else meeting.stand_in.chair,
            lobby_keeper=meeting.lobby_keeper,
            layout=meeting.layout,
            stage=meeting.stage,
            starts_at=meeting.starts_at,
            opened_at=meeting.opened_at,
        ),
        participants=tuple(meeting.participants.values()),
        lobby=tuple(one for one in meeting.lobby.values() if sees_waiting(one, reader)),
        chat=tuple(line for line in meeting.chat.lines if may_read(line.said, reader)),
        unit="" if seat is None else chat.unit_of(seat),
        switches={who: switches[who] for who in meeting.participants if who in switches},
        floor=meeting.floor,
    )

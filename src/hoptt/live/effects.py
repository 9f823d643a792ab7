"""What events make happen outside the rules: media closes, pages are told to go.

`at_once` runs right after `decide` for acts that take away: it reaches the engine. Pages are told by `recorded` after
the commit, or by `unrecorded` when that failed and the act stands all the same. Each effect may come twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from hoptt.live import farewell
from hoptt.live.deliveries import Admitted, LobbyNow, Picture, ResumeClaims
from hoptt.live.fanout import Fanout
from hoptt.live.ledger import Entry
from hoptt.live.live_media import LiveMedia
from hoptt.live.observe import Observer
from hoptt.live.slips import Slip
from hoptt.meeting.audience import reader_in
from hoptt.meeting.events import (
    Event,
    LobbyLeft,
    MeetingClosed,
    Muted,
    ParticipantJoined,
    ParticipantLeft,
)
from hoptt.meeting.floor.commands import TakeFloor
from hoptt.meeting.state import Meeting, Participant
from hoptt.meeting.words import Cause, LobbyOutcome, Role

PutOut = (Cause.REMOVED, Cause.BANNED, Cause.SIGNED_OUT)
TurnedAway = (LobbyOutcome.REFUSED, LobbyOutcome.SIGNED_OUT)


def at_once(events: Sequence[Event], state: Meeting, draft: Meeting, media: LiveMedia) -> None:
    """Close in the engine what these events take away. `state` is what is recorded, `draft` what is decided."""
    for event in events:
        match event:
            case Muted():
                media.turn_off_microphones(event.participants)
            case ParticipantLeft() if event.cause in PutOut:
                media.close(event.participant)
            case MeetingClosed():
                media.end()
            case _:
                pass
    media.follow(state, draft, urgent=True)


def unrecorded(events: Sequence[Event], draft: Meeting, fanout: Fanout) -> None:
    """Send away those whom an act put out that could not be stored yet: it stands, and is tried again."""
    for event in events:
        match event:
            case ParticipantLeft() if event.cause in PutOut:
                fanout.close(event.participant, farewell.removed(event.cause, event.reason))
            case LobbyLeft() if event.outcome in TurnedAway:
                fanout.close(event.applicant, farewell.turned_away(event.outcome, event.reason))
            case _:
                pass
    if draft.closed:
        fanout.close_all(farewell.over(draft))


def recorded(
    events: Sequence[Event], *, before: Meeting, state: Meeting, media: LiveMedia, fanout: Fanout, observer: Observer
) -> None:
    """Carry out what only a recorded event allows, and tidy up after those who left."""
    for event in events:
        match event:
            case ParticipantLeft():
                observer.left(event.cause)
                media.close(event.participant)
                if event.cause in PutOut:
                    fanout.close(event.participant, farewell.removed(event.cause, event.reason))
                elif event.participant not in state.participants:  # whoever came back in the same batch listens
                    seat = before.participants.get(event.participant)
                    if seat is not None and seat.role is Role.COMPANION:
                        fanout.close(event.participant, farewell.left_alone())
                    fanout.detach(event.participant)
            case LobbyLeft():
                observer.lobby_left(event.outcome)
                _lobby_left(event, fanout)
            case _:
                pass
    if state.closed:
        media.end()
        fanout.close_all(farewell.over(state))
    elif before.chair_present is not state.chair_present:
        fanout.signal_lobby(LobbyNow(state.chair_present))


def take_floor(entries: Sequence[Entry[Slip]], media: LiveMedia) -> None:
    """Turn on the microphones of those who took the floor: one message from the press to the first packet (R17)."""
    for entry in entries:
        if isinstance(entry.command, TakeFloor) and entry.by is not None:
            media.turn_on_microphone(entry.by)


def admitted(events: Sequence[Event], fanout: Fanout) -> list[Participant]:
    """Give those who waited here, listening, and have a seat now."""
    seats = [event.participant for event in events if isinstance(event, ParticipantJoined)]
    return [seat for seat in seats if fanout.listener(seat.id) is not None]


def tell_admitted(state: Meeting, seat: Participant, picture: Picture, fanout: Fanout) -> None:
    """Tell somebody who waited that the chair let them in; the picture is the first they hear of the meeting."""
    fanout.promote(seat.id, reader_in(state, seat))
    fanout.tell(seat.id, Admitted(ResumeClaims(state.id, seat.id, seat.takeovers), picture))


def _lobby_left(event: LobbyLeft, fanout: Fanout) -> None:
    match event.outcome:
        case LobbyOutcome.REFUSED | LobbyOutcome.SIGNED_OUT:
            fanout.close(event.applicant, farewell.turned_away(event.outcome, event.reason))
        case LobbyOutcome.LEFT | LobbyOutcome.LOST:
            fanout.detach(event.applicant)
        case LobbyOutcome.ADMITTED | LobbyOutcome.ENDED:
            pass

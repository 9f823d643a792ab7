"""What the running meetings say, as it stands on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from hoptt.auth.relays import IceServer
from hoptt.errors import HopttError, Refusals
from hoptt.ids import ParticipantId
from hoptt.live import deliveries
from hoptt.live.deliveries import ALL_OFF
from hoptt.live.seat import Resumed
from hoptt.meeting import chat_words
from hoptt.meeting import events as happened
from hoptt.meeting.commands import IdentityKind
from hoptt.meeting.floor.events import FloorEvent
from hoptt.meeting.state import Applicant, Participant
from hoptt.sfu.contract import LayersTold, LimitsTold, MediaAnswer, SlotShows
from hoptt.signaling import floor_views, role_views
from hoptt.signaling import messages as wire
from hoptt.signaling.basic_views import ms, name


def participant(seat: Participant) -> wire.ParticipantView:
    return wire.ParticipantView(
        id=seat.id,
        role=seat.role,
        name=name(seat.name),
        kind=seat.kind,
        invited=seat.invited,
        order=seat.order,
        joined_at=ms(seat.joined_at),
        connected=seat.connected,
        may_speak=seat.rights.may_speak,
        may_show=seat.rights.may_show,
        may_share=seat.rights.may_share,
        branch=seat.branch,
        leads_branch=seat.leads_branch,
    )


def applicant(waiting: Applicant) -> wire.ApplicantView:
    return wire.ApplicantView(
        id=waiting.id,
        name=name(waiting.name),
        since=ms(waiting.since),
        invited=waiting.invited,
        without_password=waiting.without_password,
        account=waiting.identity.kind is not IdentityKind.GUEST,
        connected=waiting.connected,
        resembles=waiting.resembles,
        branch=waiting.branch,
    )


def switches(who: ParticipantId, on: deliveries.Switches) -> wire.Switches:
    return wire.Switches(participant=who, microphone=on.microphone, camera=on.camera, screen=on.screen)


def picture(drawn: deliveries.Picture, you: ParticipantId) -> wire.Picture:
    """Give the picture of one reader."""
    meeting = drawn.meeting
    return wire.Picture(
        seq=drawn.seq,
        now=ms(drawn.now),
        you=you,
        room=wire.RoomView(slug=meeting.room, name=meeting.room_name),
        meeting=wire.MeetingView(
            id=meeting.id,
            title=meeting.title,
            state=meeting.state,
            entry=meeting.rules.entry,
            kind=meeting.rules.kind,
            muted_until_allowed=meeting.rules.muted_until_allowed,
            locked=meeting.locked,
            muted_all=meeting.muted_all,
            chat_closed=meeting.chat_closed,
            capacity=meeting.rules.capacity,
            expected=meeting.expected,
            layout=meeting.layout,
            stage=list(meeting.stage),
            starts_at=None if meeting.starts_at is None else ms(meeting.starts_at),
            opened_at=None if meeting.opened_at is None else ms(meeting.opened_at),
            deputy=meeting.deputy,
            chair_offered_to=meeting.chair_offered_to,
            chair_offered_by=meeting.chair_offered_by,
            stands_in_for=meeting.stands_in_for,
            lobby_keeper=meeting.lobby_keeper,
        ),
        participants=[participant(seat) for seat in drawn.participants],
        lobby=[applicant(waiting) for waiting in drawn.lobby],
        chat=[line(one) for one in drawn.chat],
        unit=drawn.unit,
        switches=[switches(who, on) for who, on in drawn.switches.items() if who == you or on != ALL_OFF],
        floor=floor_views.floor(drawn.floor),
    )


def line(kept: chat_words.Line) -> wire.ChatLine:
    said = kept.said
    return wire.ChatLine(
        at=ms(said.at),
        participant=said.participant,
        to=said.to,
        text=said.text,
        number=said.number,
        name=name(kept.name),
    )


def shows(slot: SlotShows) -> wire.Shows:
    return wire.Shows(
        kind=slot.kind, slot=slot.slot, participant=slot.participant, source=slot.source, rtp_time=slot.rtp_time
    )


def layers(told: LayersTold) -> wire.Layers:
    return wire.Layers(source=told.source, rids=list(told.rids))


def limits(told: LimitsTold) -> wire.Limits:
    limits = [wire.Limit(participant=who, source=source, reason=why) for (who, source), why in told.reasons.items()]
    return wire.Limits(limits=limits)


def answer(media: MediaAnswer, relays: Sequence[IceServer] = ()) -> wire.Answer:
    return wire.Answer(sdp=media.sdp, slots=slots(media), ice_servers=ice_servers(relays))


def ice_servers(relays: Sequence[IceServer]) -> list[wire.IceServer]:
    return [wire.IceServer(urls=list(one.urls), username=one.username, credential=one.credential) for one in relays]


def slots(media: MediaAnswer) -> list[wire.SlotView]:
    return [wire.SlotView(kind=line.kind, slot=line.slot, mid=line.mid) for line in media.slots]


def missed(back: Resumed) -> list[wire.Events]:
    """Give what somebody missed; without a picture it moves their number on in any case."""
    if back.picture is not None:
        return []
    return [wire.Events(seq=back.seq, events=[event(one) for one in back.missed])]


def refused(number: int, refusal: HopttError) -> wire.Refused:
    """Give the answer to a command that changed nothing, with everything that is to be corrected."""
    faults = refusal.faults if isinstance(refusal, Refusals) else [refusal]
    return wire.Refused(
        id=number,
        code=refusal.code,
        message=refusal.message,
        faults=[wire.Fault(code=one.code, message=one.message, field=one.field, details=one.details) for one in faults],
    )


def event(one: happened.Event) -> wire.Event:  # noqa: PLR0911, PLR0912 - one line a case
    """Give an event as its readers get it. Those for the log alone were sifted out before (`meeting/audience.py`)."""
    if isinstance(one, FloorEvent):
        return floor_views.event(one)
    at = ms(one.at)
    match one:
        case happened.MeetingOpened():
            return wire.MeetingOpened(at=at, by=one.by)
        case happened.MeetingClosed():
            return wire.MeetingClosed(at=at, by=one.by, cause=one.cause)
        case happened.ParticipantJoined():
            return wire.ParticipantJoined(at=at, participant=participant(one.participant))
        case happened.ParticipantLeft():
            return wire.ParticipantLeft(at=at, participant=one.participant, cause=one.cause, by=one.by)
        case happened.ParticipantLost():
            return wire.ParticipantLost(at=at, participant=one.participant, until=ms(one.until))
        case happened.ParticipantBack():
            return wire.ParticipantBack(at=at, participant=one.participant)
        case happened.RightsChanged():
            return wire.RightsChanged(
                at=at,
                participants=list(one.participants),
                by=one.by,
                may_speak=one.may_speak,
                may_show=one.may_show,
                may_share=one.may_share,
            )
        case happened.Muted():
            return wire.Muted(at=at, participants=list(one.participants), by=one.by)
        case happened.AllMuted():
            return wire.AllMuted(at=at, on=one.on, by=one.by)
        case happened.RoomLocked():
            return wire.RoomLocked(at=at, locked=one.locked, by=one.by)
        case (
            happened.RoleChanged()
            | happened.BranchSet()
            | happened.NameChanged()
            | happened.ChairOffered()
            | happened.ChairAnswered()
            | happened.DeputyNamed()
            | happened.ChairStandsIn()
            | happened.ChairRestored()
            | happened.LobbyGiven()
        ):
            return role_views.event(one)
        case happened.LobbyEntered():
            return wire.LobbyEntered(at=at, applicant=applicant(one.applicant))
        case happened.LobbyLeft():
            return wire.LobbyLeft(at=at, applicant=one.applicant, outcome=one.outcome, by=one.by)
        case happened.LayoutSet():
            return wire.LayoutSet(at=at, layout=one.layout, by=one.by)
        case happened.StageSet():
            return wire.StageSet(at=at, participants=list(one.participants), by=one.by)
        case chat_words.Said():
            return wire.Said(at=at, participant=one.participant, to=one.to, text=one.text, number=one.number)
        case chat_words.ChatClosed():
            return wire.ChatClosed(at=at, closed=one.closed, by=one.by)
        case (
            happened.MeetingBegun()
            | happened.DoorsOpened()
            | happened.SeatTakenOver()
            | happened.SeatsForgotten()
            | happened.BanLifted()
            | happened.ControlRestored()
        ):
            raise AssertionError(f"{one.type} is for the log alone")
        case _:
            assert_never(one)

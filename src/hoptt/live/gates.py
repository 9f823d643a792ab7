"""Which gates are to be open (R16): right × own switch × no veto, always computed whole for a participant."""

from __future__ import annotations

from dataclasses import replace

from hoptt.ids import ParticipantId
from hoptt.live.deliveries import Switches
from hoptt.meeting.state import Participant, Rights
from hoptt.meeting.words import Source
from hoptt.sfu.contract import GateState

Key = tuple[ParticipantId, Source]
NOTHING = Rights(may_speak=False, may_show=False, may_share=False)
SOURCES = tuple(Source)


def gates_of(seat: Participant, decided: Participant | None, on: Switches) -> dict[Key, GateState]:
    """Give all gates of one participant: `seat` as recorded, `decided` as decided (None: no seat any more).

    A right counts once it is recorded. One that was taken away since stands as a veto until that is recorded.
    """
    rights = NOTHING if decided is None else decided.rights
    gates = {}
    for source in SOURCES:
        allowed = may(seat.rights, source)
        gates[seat.id, source] = GateState(allowed, is_on(on, source), vetoed=allowed and not may(rights, source))
    return gates


def effective(seat: Participant | None, decided: Participant | None) -> Rights:
    """Give what a participant may send now: recorded, and not vetoed."""
    if seat is None or decided is None:
        return NOTHING
    one, other = seat.rights, decided.rights
    if one is other:
        return one
    return Rights(one.may_speak and other.may_speak, one.may_show and other.may_show, one.may_share and other.may_share)


def may(rights: Rights, source: Source) -> bool:
    """Give the right that a source needs."""
    match source:
        case Source.MICROPHONE:
            return rights.may_speak
        case Source.CAMERA:
            return rights.may_show
        case Source.SCREEN | Source.SCREEN_AUDIO:
            return rights.may_share


def is_on(switches: Switches, source: Source) -> bool:
    """Give the switch of a source."""
    match source:
        case Source.MICROPHONE:
            return switches.microphone
        case Source.CAMERA:
            return switches.camera
        case Source.SCREEN | Source.SCREEN_AUDIO:
            return switches.screen


def turned(switches: Switches, source: Source, *, on: bool) -> Switches:
    """Give the switches with one of them turned."""
    match source:
        case Source.MICROPHONE:
            return replace(switches, microphone=on)
        case Source.CAMERA:
            return replace(switches, camera=on)
        case Source.SCREEN | Source.SCREEN_AUDIO:
            return replace(switches, screen=on)


def within(switches: Switches, rights: Rights) -> Switches:
    """Turn off what there is no right to: giving a right back never opens anything."""
    return Switches(
        switches.microphone and rights.may_speak,
        switches.camera and rights.may_show,
        switches.screen and rights.may_share,
    )

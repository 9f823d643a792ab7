"""Deliveries to the text of a frame, once for all who get the same object."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

import msgspec

from hoptt.ids import ParticipantId
from hoptt.live import deliveries as told
from hoptt.live.deliveries import ResumeClaims
from hoptt.signaling import messages as wire
from hoptt.signaling import views

Word = told.ToPage | told.Turned


def encode(message: wire.Message) -> bytes:
    """Give the text of a message."""
    return _ENCODER.encode(message)


def encode_delivery(word: Word, you: ParticipantId, sign: Callable[[ResumeClaims], str]) -> bytes:
    """Give the text of a delivery. What is the same for all its readers is made for the first of them and kept."""
    if word.wire is not None:
        return word.wire
    text = encode(_message(word, you, sign))
    if not isinstance(word, (told.PictureNow, told.Admitted)):  # these say who reads them
        word.wire = text
    return text


def _message(word: Word, you: ParticipantId, sign: Callable[[ResumeClaims], str]) -> wire.Message:  # noqa: PLR0911, PLR0912 - one line a case
    match word:
        case told.Happened():
            return wire.Events(seq=word.seq, events=[views.event(one) for one in word.events])
        case told.PictureNow():
            return wire.PictureNow(picture=views.picture(word.picture, you))
        case told.Admitted():
            return wire.Admitted(resume=sign(word.resume), picture=views.picture(word.picture, you))
        case told.MediaLost():
            return wire.MediaLost()
        case told.SwitchesNow():
            return wire.SwitchesChanged(switches=[views.switches(who, on) for who, on in word.switches.items()])
        case told.LevelsNow():
            levels = [wire.Loud(participant=who, level=level) for who, level in word.levels.items()]
            return wire.LevelsNow(levels=levels, dominant=word.dominant)
        case told.LinesNow():
            return wire.LinesNow(lines=[wire.Line(participant=who, sign=sign) for who, sign in word.lines.items()])
        case told.LobbyNow():
            return wire.LobbyNow(chair_present=word.chair_present)
        case told.ShowsNow():
            return views.shows(word.shows)
        case told.LayersNow():
            return views.layers(word.layers)
        case told.LimitsNow():
            return views.limits(word.limits)
        case told.Turned():
            return wire.Turned(
                code=word.code,
                message=word.message,
                details=dict(word.details),
                again_after_ms=word.again_after_ms,
            )
        case _:
            assert_never(word)


_ENCODER = msgspec.json.Encoder()

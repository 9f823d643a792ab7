"""What a player shows: the stage, or the one picture that its address names (`?track=`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.live.seat import Seat
from hoptt.meeting.words import Source
from hoptt.sfu.contract import Tile

LARGE, SMALL = (1920, 1080), (640, 360)
"""Pixels of the first picture of a player, and of each other one."""
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """Neither: the stage. `source` alone: whoever shares a screen; with `who`: that bridge point's picture."""

    who: str = ""
    source: Source | None = None


def choice_of(track: str | None) -> Choice:
    """Read `?track=`: `stage`, `screen`, or `BRIDGE POINT/camera`, `BRIDGE POINT/screen`.

    The bridge point is named as it is shown, or by the participant's id. Raises HopttError(TRACK_UNKNOWN).
    """
    if track is None or track == "stage":
        return Choice()
    if track == "screen":
        return Choice(source=Source.SCREEN)
    who, _, source = track.rpartition("/")
    if who and len(who) <= MAX_TEXT and source in (Source.CAMERA, Source.SCREEN):
        return Choice(who, Source(source))
    raise HopttError(
        ErrorCode.TRACK_UNKNOWN, "`track` is stage, screen, BRIDGE POINT/camera or BRIDGE POINT/screen", field="track"
    )


def check_choice(seat: Seat, choice: Choice) -> None:
    """See that the bridge point that is named is here. Raises HopttError(TRACK_UNKNOWN)."""
    if choice.who and seat.named(choice.who) is None:
        raise HopttError(ErrorCode.TRACK_UNKNOWN, "no bridge point of this name is in the meeting", field="track")


def tiles(seat: Seat, choice: Choice, slots: Sequence[int]) -> list[Tile]:
    """Give what each video place of a player shows now."""
    pictures = _pictures(seat, choice)
    return [
        Tile(slot, who, source, *(LARGE if place == 0 else SMALL))
        for place, (slot, (who, source)) in enumerate(zip(slots, pictures, strict=False))
    ]


def _pictures(seat: Seat, choice: Choice) -> Sequence[tuple[ParticipantId, Source]]:
    if choice.who:
        who = seat.named(choice.who)
        return [] if who is None or choice.source is None else [(who, choice.source)]
    scene = seat.scene()
    return scene if choice.source is None else [key for key in scene if key[1] is choice.source]

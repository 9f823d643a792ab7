"""What holds now: the latest wins, and a slow reader loses the older ones first."""

from __future__ import annotations

from hoptt.meeting.words import Source
from hoptt.signaling.messages.basics import Message
from hoptt.signaling.messages.picture import Picture, Switches


class SwitchesChanged(Message, frozen=True, kw_only=True, tag="switches"):
    """The switches of these participants; also says when the chair's act turned the reader's own off."""

    switches: list[Switches]


class Shows(Message, frozen=True, kw_only=True, tag="shows"):
    """What a receiving slot carries from RTP time `rtp_time` on: sent before the first packet of the new source."""

    kind: str
    slot: int
    participant: str | None
    source: Source | None = None
    rtp_time: int | None = None


class Layers(Message, frozen=True, kw_only=True, tag="layers"):
    """Which encodings of the reader's own `source` anybody gets, by rid: the others need not be sent."""

    source: Source
    rids: list[str]


class Limit(Message, frozen=True, kw_only=True):
    """Why a picture is no better: its `tile`, its `sender`, the reader's `line`, or that line has it `paused`."""

    participant: str
    source: Source
    reason: str


class Limits(Message, frozen=True, kw_only=True, tag="limits"):
    """Of all pictures that the reader is to be shown (R24)."""

    limits: list[Limit]


class Loud(Message, frozen=True, kw_only=True):
    """0 (silence) to 127."""

    participant: str
    level: int


class LevelsNow(Message, frozen=True, kw_only=True, tag="levels"):
    """Who is heard now, and who leads the talk."""

    levels: list[Loud]
    dominant: str | None


class Line(Message, frozen=True, kw_only=True):
    """How a participant's line does: `good`, `watch` or `bad` (R24)."""

    participant: str
    sign: str


class LinesNow(Message, frozen=True, kw_only=True, tag="lines"):
    """Only those whose sign changed."""

    lines: list[Line]


class MediaLost(Message, frozen=True, kw_only=True, tag="media_lost"):
    """The reader's media session is gone (the engine died, or the line did): send a fresh offer."""


class LobbyNow(Message, frozen=True, kw_only=True, tag="lobby"):
    """To somebody waiting."""

    chair_present: bool


class Admitted(Message, frozen=True, kw_only=True, tag="admitted"):
    """The chair let the reader in: the seat is there, the page sends a fresh offer."""

    resume: str
    picture: Picture


class PictureNow(Message, frozen=True, kw_only=True, tag="picture"):
    """The whole picture anew: the role changed, or the reader was too slow."""

    picture: Picture


class Turned(Message, frozen=True, kw_only=True, tag="turned_away"):
    """Last message before the server closes: refused in the lobby, removed, banned, ended, taken over, shutting down.

    `again_after_ms` tells whether the page should come back by itself, and after how long.
    """

    code: str
    message: str
    details: dict[str, str | int | float] = {}
    again_after_ms: int | None = None

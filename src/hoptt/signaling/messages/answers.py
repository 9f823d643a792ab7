"""The answers to commands."""

from __future__ import annotations

from typing import TypeAlias

from hoptt.signaling.messages.acts import Acts
from hoptt.signaling.messages.basics import Message
from hoptt.signaling.messages.events import Events
from hoptt.signaling.messages.picture import Picture, SlotView
from hoptt.signaling.messages.signals import Layers, Shows


class IceServer(Message, frozen=True, kw_only=True):
    """Relays for a network that lets no media out, with credentials for this seat (an RTCIceServer of browsers)."""

    urls: list[str]
    username: str
    credential: str


class Joined(Message, frozen=True, kw_only=True, tag="joined"):
    """In. `resume` brings the page back to this seat; it is kept in memory and session storage only (S29)."""

    resume: str
    picture: Picture
    answer: str | None = None
    slots: list[SlotView] = []
    ice_servers: list[IceServer] = []


class Resumed(Message, frozen=True, kw_only=True, tag="resumed"):
    """Back on the same seat. Either the events missed, or a new picture when there were too many (or the role changed).

    `media` is false when the media session is gone: the page then sends a fresh offer.
    """

    resume: str
    media: bool
    picture: Picture | None = None
    missed: list[Events] = []
    shows: list[Shows] = []
    layers: list[Layers] = []


class Waiting(Message, frozen=True, kw_only=True, tag="waiting"):
    """In the lobby: no media, no list (S26)."""

    resume: str
    applicant: str
    since: int
    title: str
    chair_present: bool
    invited: bool
    typed: bool
    """The name was typed, so it may be corrected."""


class Answer(Message, frozen=True, kw_only=True, tag="answer"):
    """The SDP answer to an `offer`, and which m-line carries which slot."""

    sdp: str
    slots: list[SlotView]
    ice_servers: list[IceServer] = []


class Nothing(Message, frozen=True, kw_only=True, tag="nothing"):
    """Done, and there is nothing more to say."""


Result: TypeAlias = Joined | Resumed | Waiting | Answer | Acts | Nothing


class Ok(Message, frozen=True, kw_only=True, tag="ok"):
    """The command was carried out. `recorded` is false for an act that took effect before it could be stored."""

    id: int
    result: Result
    recorded: bool = True


class Fault(Message, frozen=True, kw_only=True):
    """One thing to correct, at one field."""

    code: str
    message: str
    field: str | None = None
    details: dict[str, str | int | float] = {}


class Refused(Message, frozen=True, kw_only=True, tag="refused"):
    """The command changed nothing. The first of `faults` is repeated in `code` and `message`."""

    id: int
    code: str
    message: str
    faults: list[Fault] = []

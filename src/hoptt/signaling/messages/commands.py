"""What the page asks (docs/protocol.md). Who asks is not in it: the seat knows (S24)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from hoptt.meeting.words import Layout, Source
from hoptt.signaling.messages.basics import MAX_LIST, Command, Id, Ids, Name, Number, Sdp, Text, Tile, Token


class Join(Command, frozen=True, kw_only=True, tag="join"):
    """First message of a newcomer. Answered by `Joined`, by `Waiting`, or refused.

    `token` is a join token (personal link); without one the typed name makes a guest (R3).
    `knock` asks for a place in the lobby without the password.
    `offer` saves a round trip; it is not kept while somebody waits in the lobby.
    """

    protocol: Number
    room: Annotated[str, Meta(max_length=64)]
    name: Name | None = None
    token: Token | None = None
    password: Text | None = None
    knock: bool = False
    take_over: bool = False
    offer: Sdp | None = None
    microphone: bool = False
    camera: bool = False


class Resume(Command, frozen=True, kw_only=True, tag="resume"):
    """First message of a page that lost its connection: the same seat or place in the lobby, without negotiation.

    Answered by `Resumed` (or `Waiting`); `last_seq` is the last event number seen, 0 for none.
    """

    protocol: Number
    token: Token
    last_seq: Number


class Offer(Command, frozen=True, kw_only=True, tag="offer"):
    """An SDP offer: `fresh` for a new peer connection, otherwise a re-offer. Answered by `Answer`."""

    sdp: Sdp
    fresh: bool = False


class Leave(Command, frozen=True, kw_only=True, tag="leave"):
    """Give the seat (or the place in the lobby) back."""


class Switch(Command, frozen=True, kw_only=True, tag="switch"):
    """The participant's own switch of a source. Refused with `not_allowed` when the right is missing."""

    source: Source
    on: bool


class View(Command, frozen=True, kw_only=True, tag="view"):
    """The whole of what the page shows: slots not named carry nothing."""

    tiles: Annotated[list[Tile], Meta(max_length=MAX_LIST)]


class CorrectName(Command, frozen=True, kw_only=True, tag="correct_name"):
    """Correct the own name while waiting in the lobby; the place is kept."""

    name: Name


# ---- commands of those who lead (R18) ------------------------------------------------------------


class Admit(Command, frozen=True, kw_only=True, tag="admit"):
    """Let applicants in; `all_invited` lets in everyone in the lobby who is on the list."""

    applicants: Ids = []
    all_invited: bool = False


class Refuse(Command, frozen=True, kw_only=True, tag="refuse"):
    """Turn an applicant away, with a reason that the applicant reads."""

    applicant: Id
    reason: Text = ""


class Remove(Command, frozen=True, kw_only=True, tag="remove"):
    """Remove a participant; `ban` also refuses every way back until the ban is lifted."""

    participant: Id
    ban: bool = False
    reason: Text = ""


class LiftBan(Command, frozen=True, kw_only=True, tag="lift_ban"):
    """Allow a banned participant to knock again."""

    participant: Id


class Allow(Command, frozen=True, kw_only=True, tag="allow"):
    """Allow to speak (R16). Never opens a microphone: the participant's own switch does. Empty list: all."""

    participants: Ids = []


class TakeBack(Command, frozen=True, kw_only=True, tag="take_back"):
    """Take the right to speak back, which closes the gate at once. Empty list: all but those who lead."""

    participants: Ids = []


class Mute(Command, frozen=True, kw_only=True, tag="mute"):
    """Mute some (`participants`), or all but `all_but` when `participants` is empty; never the chair.

    Takes the right to speak, unless `may_reopen` (open-floor meetings): then only the switch is turned off.
    Mute all in an open-floor meeting binds later entrants until `LiftMute`.
    """

    participants: Ids = []
    all_but: Ids = []
    may_reopen: bool = False


class LiftMute(Command, frozen=True, kw_only=True, tag="lift_mute"):
    """End a `mute all`: in an open-floor meeting everyone may open the own microphone again."""


class StopSource(Command, frozen=True, kw_only=True, tag="stop_source"):
    """Stop a camera or a screen share and take the right to it (R18)."""

    participant: Id
    source: Source


class AllowSource(Command, frozen=True, kw_only=True, tag="allow_source"):
    """Give the right to a camera or a screen share (back)."""

    participant: Id
    source: Source


class Lock(Command, frozen=True, kw_only=True, tag="lock"):
    """Lock or unlock the room: nobody new gets in, those with a seat come back (R18)."""

    locked: bool


class OpenMeeting(Command, frozen=True, kw_only=True, tag="open_meeting"):
    """Open a scheduled meeting (R6)."""


class EndMeeting(Command, frozen=True, kw_only=True, tag="end_meeting"):
    """End for all (R21)."""


# ---- one picture in every room (R23) -------------------------------------------------------------


class SetLayout(Command, frozen=True, kw_only=True, tag="set_layout"):
    """Set the layout of every page; `free` leaves each its own (R23)."""

    layout: Layout


class SetStage(Command, frozen=True, kw_only=True, tag="set_stage"):
    """Bring these to the stage of every page, in this order, and nobody else. Five at most; none clears it."""

    participants: Ids

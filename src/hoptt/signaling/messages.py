"""Messages between page and server: one JSON object each, told apart by `type` (docs/protocol.md).

The page sends *commands*; each carries an `id` and is answered once with `ok` or `refused`.
The server sends *events* (history, numbered by `seq`, never lost) and *signals*
(latest wins, dropped first for a slow reader). Times are milliseconds since 1970 UTC.
Unknown keys are refused (S37). Samples of every message lie in protocol/samples/signaling/.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from hoptt.meeting.words import (
    BridgePointKind,
    Cause,
    EntryRule,
    LobbyOutcome,
    MeetingState,
    Role,
    Source,
)

PROTOCOL = 1
MAX_MESSAGE_BYTES = 64 * 1024
MAX_SDP_MESSAGE_BYTES = 512 * 1024
MAX_SDP = 384 * 1024
MAX_LIST = 1_000
MAX_NUMBER = 2**53

# What a command may hold (S35, S37). Names and reasons may be longer than any rule lets them: the rule then says so.
Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Ids: TypeAlias = Annotated[list[Id], Meta(max_length=MAX_LIST)]
Text: TypeAlias = Annotated[str, Meta(max_length=1_000)]
Sdp: TypeAlias = Annotated[str, Meta(max_length=MAX_SDP)]
Token: TypeAlias = Annotated[str, Meta(max_length=8_192)]
Number: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]
Pixels: TypeAlias = Annotated[int, Meta(ge=0, le=16_384)]


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything on the wire."""


class Command(Message, frozen=True, kw_only=True):
    """Something the page asks; `id` is any number unique within the connection."""

    id: Number


# ---- parts ---------------------------------------------------------------------------------------


class Name(Message, frozen=True, kw_only=True):
    """How a participant is shown (R11). `name` is "Họ và tên, chức vụ": after the first comma comes the position."""

    bridge_point: Text
    name: Text
    unit: Text


class Tile(Message, frozen=True, kw_only=True):
    """What the page shows in one of its video slots, in device pixels."""

    slot: Annotated[int, Meta(ge=0, le=1_000)]
    participant: Id
    source: Source
    width: Pixels
    height: Pixels


# ---- commands of anybody -------------------------------------------------------------------------


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


# ---- answers -------------------------------------------------------------------------------------


class RoomView(Message, frozen=True, kw_only=True):
    """The room as its participants see it."""

    slug: str
    name: str


class MeetingView(Message, frozen=True, kw_only=True):
    """The meeting as its participants see it."""

    id: str
    title: str
    state: MeetingState
    entry: EntryRule
    muted_until_allowed: bool
    locked: bool
    muted_all: bool
    capacity: int
    expected: int
    """Bridge points on the invitation list."""
    starts_at: int | None = None
    opened_at: int | None = None


class ParticipantView(Message, frozen=True, kw_only=True):
    """A seat as everybody in the meeting sees it."""

    id: str
    role: Role
    name: Name
    kind: BridgePointKind
    invited: bool
    order: int
    """Place in the protocol order: that of the invitation list, then that of coming in."""
    joined_at: int
    connected: bool
    may_speak: bool
    may_show: bool
    may_share: bool


class ApplicantView(Message, frozen=True, kw_only=True):
    """Somebody in the lobby, as those see it who may admit."""

    id: str
    name: Name
    since: int
    invited: bool
    without_password: bool
    account: bool
    """The identity is proved by an account or a personal link."""
    connected: bool = True
    resembles: str = ""
    """The name of somebody invited or present that the typed one is taken for (S47)."""


class Switches(Message, frozen=True, kw_only=True):
    """What a participant has switched on."""

    participant: str
    microphone: bool
    camera: bool
    screen: bool


class Picture(Message, frozen=True, kw_only=True):
    """The meeting as one role may see it, at event number `seq`."""

    seq: int
    now: int
    you: str
    room: RoomView
    meeting: MeetingView
    participants: list[ParticipantView]
    lobby: list[ApplicantView]
    """Empty for those who may not admit."""
    switches: list[Switches]


class SlotView(Message, frozen=True, kw_only=True):
    """A receiving place of the answer: which m-line carries it."""

    kind: str
    slot: int
    mid: str


class Joined(Message, frozen=True, kw_only=True, tag="joined"):
    """In. `resume` brings the page back to this seat; it is kept in memory and session storage only (S29)."""

    resume: str
    picture: Picture
    answer: str | None = None
    slots: list[SlotView] = []


class Resumed(Message, frozen=True, kw_only=True, tag="resumed"):
    """Back on the same seat. Either the events missed, or a new picture when there were too many (or the role changed).

    `media` is false when the media session is gone: the page then sends a fresh offer.
    """

    resume: str
    media: bool
    picture: Picture | None = None
    missed: list[Events] = []
    shows: list[Shows] = []


class Waiting(Message, frozen=True, kw_only=True, tag="waiting"):
    """In the lobby: no media, no list (S26)."""

    resume: str
    applicant: str
    since: int
    title: str
    chair_present: bool
    invited: bool


class Answer(Message, frozen=True, kw_only=True, tag="answer"):
    """The SDP answer to an `offer`, and which m-line carries which slot."""

    sdp: str
    slots: list[SlotView]


class Nothing(Message, frozen=True, kw_only=True, tag="nothing"):
    """Done, and there is nothing more to say."""


Result: TypeAlias = Joined | Resumed | Waiting | Answer | Nothing


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


# ---- events: history -----------------------------------------------------------------------------


class MeetingOpened(Message, frozen=True, kw_only=True, tag="meeting_opened"):
    """The chair opened the meeting, or the first to enter began an ad-hoc one."""

    at: int
    by: str | None


class MeetingClosed(Message, frozen=True, kw_only=True, tag="meeting_closed"):
    """Last event of a meeting (R21)."""

    at: int
    by: str | None
    cause: Cause


class ParticipantJoined(Message, frozen=True, kw_only=True, tag="participant_joined"):
    """Somebody took a seat."""

    at: int
    participant: ParticipantView


class ParticipantLeft(Message, frozen=True, kw_only=True, tag="participant_left"):
    """The seat is given up. `by` is who removed them, when that is the cause."""

    at: int
    participant: str
    cause: Cause
    by: str | None = None


class ParticipantLost(Message, frozen=True, kw_only=True, tag="participant_lost"):
    """The connection is gone; the seat is kept until `until`."""

    at: int
    participant: str
    until: int


class ParticipantBack(Message, frozen=True, kw_only=True, tag="participant_back"):
    """Back on the seat that was kept."""

    at: int
    participant: str


class RightsChanged(Message, frozen=True, kw_only=True, tag="rights_changed"):
    """May speak, show a camera, share a screen: null is unchanged."""

    at: int
    participants: list[str]
    by: str | None
    may_speak: bool | None = None
    may_show: bool | None = None
    may_share: bool | None = None


class Muted(Message, frozen=True, kw_only=True, tag="muted"):
    """Microphones were turned off by someone who leads; the right is told by `rights_changed`."""

    at: int
    participants: list[str]
    by: str | None


class AllMuted(Message, frozen=True, kw_only=True, tag="all_muted"):
    """`mute all` begins or ends to bind later entrants."""

    at: int
    on: bool
    by: str | None


class RoomLocked(Message, frozen=True, kw_only=True, tag="room_locked"):
    """Locked or unlocked."""

    at: int
    locked: bool
    by: str | None


class RoleChanged(Message, frozen=True, kw_only=True, tag="role_changed"):
    """The one concerned gets a new picture besides."""

    at: int
    participant: str
    role: Role
    by: str | None


class NameChanged(Message, frozen=True, kw_only=True, tag="name_changed"):
    """A participant is shown under another name."""

    at: int
    participant: str
    name: Name
    by: str | None


class LobbyEntered(Message, frozen=True, kw_only=True, tag="lobby_entered"):
    """To those who may admit. Again for the same applicant when the name was corrected or the line came or went."""

    at: int
    applicant: ApplicantView


class LobbyLeft(Message, frozen=True, kw_only=True, tag="lobby_left"):
    """To those who may admit."""

    at: int
    applicant: str
    outcome: LobbyOutcome
    by: str | None = None


Event: TypeAlias = (
    MeetingOpened
    | MeetingClosed
    | ParticipantJoined
    | ParticipantLeft
    | ParticipantLost
    | ParticipantBack
    | RightsChanged
    | Muted
    | AllMuted
    | RoomLocked
    | RoleChanged
    | NameChanged
    | LobbyEntered
    | LobbyLeft
)


class Events(Message, frozen=True, kw_only=True, tag="events"):
    """What happened, up to event number `seq`. An empty list moves the number on past events not for this reader."""

    seq: int
    events: list[Event]


# ---- signals: latest wins ------------------------------------------------------------------------


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


FromPage: TypeAlias = (
    Join
    | Resume
    | Offer
    | Leave
    | Switch
    | View
    | CorrectName
    | Admit
    | Refuse
    | Remove
    | LiftBan
    | Allow
    | TakeBack
    | Mute
    | LiftMute
    | StopSource
    | AllowSource
    | Lock
    | OpenMeeting
    | EndMeeting
)
ToPage: TypeAlias = (
    Ok
    | Refused
    | Events
    | SwitchesChanged
    | Shows
    | LevelsNow
    | LinesNow
    | MediaLost
    | LobbyNow
    | Admitted
    | PictureNow
    | Turned
)


# ---- REST: GET /api/rooms/{slug}/door ------------------------------------------------------------


class NameRuleView(Message, frozen=True, kw_only=True):
    """The part of a name rule that a form can help with (R11)."""

    require: list[str]
    min_words: int
    max_length: int


class Identity(Message, frozen=True, kw_only=True):
    """Who the bearer of a join token is: the form shows it and does not ask."""

    role: Role
    name: Name | None
    invited: bool


class Door(Message, frozen=True, kw_only=True):
    """What a page needs before the door. With `Authorization: Bearer JOIN-TOKEN` it names the bearer."""

    room: RoomView
    title: str
    state: MeetingState | None
    """null: no meeting now, an ad-hoc one may begin."""
    entry: EntryRule
    password: bool
    """A password is set."""
    muted_until_allowed: bool
    name_rule: NameRuleView
    now: int
    starts_at: int | None = None
    ends_at: int | None = None
    doors_at: int | None = None
    ended_at: int | None = None
    chair: str | None = None
    identity: Identity | None = None

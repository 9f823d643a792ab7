"""`GET /api/rooms/{slug}/door` (REST)."""

from __future__ import annotations

from hoptt.meeting.words import EntryRule, MeetingState, Role
from hoptt.signaling.messages.basics import Message, Name
from hoptt.signaling.messages.picture import RoomView


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

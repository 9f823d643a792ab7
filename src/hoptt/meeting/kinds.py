"""Kinds of meeting (R16, R17): one choice that sets all defaults, each of which can be changed by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hoptt.meeting.floor.numbers import MAX_AT_ONCE, MAX_TURN_S, MIN_TURN_S, within
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import MeetingKind, Overrun


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen of how people come to speak. None: as the kind has it, without a kind: as it was."""

    kind: MeetingKind | None = None
    muted_until_allowed: bool | None = None
    turn_s: int | None = None
    """0: without a limit."""
    at_once: int | None = None
    overrun: Overrun | None = None

    @property
    def empty(self) -> bool:
        return self == Choice()


KINDS: Mapping[MeetingKind, Choice] = {
    MeetingKind.DISCUSSION: Choice(
        MeetingKind.DISCUSSION, muted_until_allowed=False, turn_s=0, at_once=MAX_AT_ONCE, overrun=Overrun.CLOSE
    ),
    MeetingKind.TRAINING: Choice(
        MeetingKind.TRAINING, muted_until_allowed=True, turn_s=0, at_once=1, overrun=Overrun.CLOSE
    ),
    MeetingKind.CONFERENCE: Choice(
        MeetingKind.CONFERENCE, muted_until_allowed=True, turn_s=300, at_once=1, overrun=Overrun.CLOSE
    ),
}


def chosen(rules: Rules, choice: Choice) -> Rules:
    """Give the rules with a choice applied. Raises HopttError(FLOOR_NUMBER) that names the field."""
    if choice.kind is not None:
        rules = _with(rules, KINDS[choice.kind])
    return _with(rules, choice)


def _with(rules: Rules, choice: Choice) -> Rules:
    turn_s, at_once = rules.turn_s, rules.at_once
    if choice.turn_s is not None:
        turn_s = None if choice.turn_s == 0 else within("turn_s", choice.turn_s, MIN_TURN_S, MAX_TURN_S)
    if choice.at_once is not None:
        at_once = within("at_once", choice.at_once, 1, MAX_AT_ONCE)
    muted = choice.muted_until_allowed
    return replace(
        rules,
        kind=choice.kind or rules.kind,
        muted_until_allowed=rules.muted_until_allowed if muted is None else muted,
        turn_s=turn_s,
        at_once=at_once,
        overrun=choice.overrun or rules.overrun,
    )

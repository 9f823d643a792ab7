"""A turn that runs (R17): ended, interrupted, resumed, made longer or shorter, and what that does to the right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.meeting.events import Event, RightsChanged
from hoptt.meeting.floor.commands import AskMoreTime, EndTurn, ExtendTurn, HoldTurn, ResumeTurn
from hoptt.meeting.floor.events import TurnChanged, TurnEnded
from hoptt.meeting.floor.numbers import MAX_STEP_S, MAX_TURN_S, MIN_STEP_S, SHORTEST_LEFT, within
from hoptt.meeting.floor.state import Turn, in_ms
from hoptt.meeting.state import LEADS, Meeting
from hoptt.meeting.words import HeldBecause, Overrun, Role, TurnChange, TurnEnd, TurnState


def end(meeting: Meeting, command: EndTurn, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """End the own turn, or, for those who lead, anybody's. A grant that nobody has taken yet goes back to the queue."""
    who = by if command.participant is None else command.participant
    if who != by and meeting.participants[by].role not in LEADS:
        raise HopttError(ErrorCode.NOT_ALLOWED, "somebody else's turn is ended by those who lead")
    turn = of(meeting, who)
    if who == by:
        return ended(meeting, turn, TurnEnd.FINISHED if turn.begun else TurnEnd.DECLINED, by, now)
    return ended(meeting, turn, TurnEnd.ENDED, by, now)


def hold(meeting: Meeting, command: HoldTurn, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Interrupt: the clock stands, and the right is away until the turn goes on or ends."""
    turn = of(meeting, command.participant)
    if meeting.participants[turn.participant].role is Role.CHAIR:
        raise HopttError(ErrorCode.NOT_ALLOWED, "not against the chair")
    if not turn.begun:
        raise HopttError(ErrorCode.FLOOR_NO_TURN, "this turn has not begun: it is ended, not interrupted")
    if turn.held_because is HeldBecause.CHAIR:
        return ()
    stopped = standing_still(meeting, turn, HeldBecause.CHAIR, now)
    return (
        TurnChanged(now, stopped, TurnChange.HELD, by),
        *right(meeting, turn.participant, by, now, may=False),
    )


def resume(meeting: Meeting, command: ResumeTurn, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Let an interrupted turn go on. The microphone stays closed until its owner opens it."""
    turn = of(meeting, command.participant)
    if turn.held_because is HeldBecause.LINE:
        raise HopttError(ErrorCode.FLOOR_AWAY, "their line is lost; the turn goes on by itself when it is back")
    if turn.state is not TurnState.HELD:
        return ()
    if meeting.participants[turn.participant].connected:
        on = running(turn, now)
    else:
        on = replace(turn, held_because=HeldBecause.LINE, held_at=now)
    return (
        TurnChanged(now, on, TurnChange.RESUMED, by),
        *right(meeting, turn.participant, by, now, may=True),
    )


def extend(meeting: Meeting, command: ExtendTurn, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Give more time, or take some away, but for the last seconds: to end a turn is an act of its own."""
    turn = of(meeting, command.participant)
    within("seconds", abs(command.seconds), MIN_STEP_S, MAX_STEP_S)
    step = timedelta(seconds=command.seconds)
    if turn.ends_at is not None:
        ends_at = max(turn.ends_at, now) + step if command.seconds > 0 else turn.ends_at + step
        ends_at = min(max(ends_at, now + SHORTEST_LEFT), now + timedelta(seconds=MAX_TURN_S))
        changed = replace(turn, ends_at=ends_at, asked_ms=0)
    elif turn.left_ms is not None:
        left_ms = (max(turn.left_ms, 0) if command.seconds > 0 else turn.left_ms) + in_ms(step)
        changed = replace(turn, left_ms=min(max(left_ms, in_ms(SHORTEST_LEFT)), MAX_TURN_S * 1000), asked_ms=0)
    else:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "this turn has no end that could be moved")
    return () if changed == turn else (TurnChanged(now, changed, TurnChange.EXTENDED, by),)


def ask_more(meeting: Meeting, command: AskMoreTime, by: ParticipantId, now: datetime) -> tuple[Event, ...]:
    """Ask for more time in the own turn; those who lead see it and may give it."""
    turn = of(meeting, by)
    within("seconds", command.seconds, MIN_STEP_S, MAX_STEP_S)
    if not turn.begun:
        raise HopttError(ErrorCode.FLOOR_NO_TURN, "this turn has not begun")
    if turn.ends_at is None and turn.left_ms is None:
        raise HopttError(ErrorCode.NOT_POSSIBLE, "this turn has no end")
    asked_ms = command.seconds * 1000
    if turn.asked_ms == asked_ms:
        return ()
    return (TurnChanged(now, replace(turn, asked_ms=asked_ms), TurnChange.MORE_TIME_ASKED, by),)


# ---- what acts on the right to speak do to turns ----------------------------------------------------


def taken(
    meeting: Meeting, from_whom: Iterable[ParticipantId], by: ParticipantId, now: datetime
) -> tuple[TurnEnded, ...]:
    """End the turns of those whose right is taken: that event stands beside, so none is given back here."""
    turns = (meeting.floor.turn_of(who) for who in from_whom)
    return tuple(TurnEnded(now, t.participant, TurnEnd.ENDED, by, t.spoken_by(now)) for t in turns if t is not None)


def outlasting(
    meeting: Meeting, who: Iterable[ParticipantId], by: ParticipantId, now: datetime
) -> tuple[TurnChanged, ...]:
    """Let the right outlast the turns of those who are allowed to speak besides."""
    return _with_standing(meeting, who, by, now, TurnChange.ALLOWED)


def ending_with_turn(
    meeting: Meeting, who: Iterable[ParticipantId], by: ParticipantId, now: datetime
) -> tuple[TurnChanged, ...]:
    """Let the right end with the turns of those whom a mute of all spares."""
    return _with_standing(meeting, who, by, now, TurnChange.SPARED)


def interrupted(meeting: Meeting, who: ParticipantId) -> bool:
    """Tell whether somebody's turn stands still by an act of those who lead."""
    turn = meeting.floor.turn_of(who)
    return turn is not None and turn.held_because is HeldBecause.CHAIR


def speaks(meeting: Meeting, who: ParticipantId) -> bool:
    """Tell whether somebody has the floor: a turn of theirs has begun."""
    turn = meeting.floor.turn_of(who)
    return turn is not None and turn.begun


# ---- for the other rules of the floor ---------------------------------------------------------------


def of(meeting: Meeting, who: ParticipantId) -> Turn:
    """Give somebody's turn. Raises HopttError(FLOOR_NO_TURN)."""
    turn = meeting.floor.turn_of(who)
    if turn is None:
        raise HopttError(ErrorCode.FLOOR_NO_TURN, "the floor is not given to them (any more)")
    return turn


def ended(meeting: Meeting, turn: Turn, cause: TurnEnd, by: ParticipantId | None, now: datetime) -> tuple[Event, ...]:
    """End a turn and leave the right as it was without it.

    Who had asked and could not begin, because it lapsed or was taken back, is next in the queue again.
    """
    back = not turn.begun and not turn.invited and cause in (TurnEnd.LAPSED, TurnEnd.ENDED, TurnEnd.REPLACED)
    event = TurnEnded(now, turn.participant, cause, by, turn.spoken_by(now), back_in_queue=back)
    if not turn.begun:
        return (event,)
    return (event, *right(meeting, turn.participant, by, now, may=turn.standing))


def right(
    meeting: Meeting, who: ParticipantId, by: ParticipantId | None, now: datetime, *, may: bool
) -> tuple[RightsChanged, ...]:
    """Give or take the right to speak; nothing when it is so already."""
    if meeting.participants[who].rights.may_speak is may:
        return ()
    return (RightsChanged(now, (who,), by, may_speak=may),)


def running(turn: Turn, now: datetime) -> Turn:
    """Give the turn with its clock running from now on."""
    ends_at = None if turn.left_ms is None else now + timedelta(milliseconds=turn.left_ms)
    return replace(
        turn,
        state=TurnState.SPEAKING,
        started_at=now,
        ends_at=ends_at,
        left_ms=None,
        held_because=None,
        held_at=None,
    )


def standing_still(meeting: Meeting, turn: Turn, because: HeldBecause, now: datetime) -> Turn:
    """Give the turn with its clock standing still."""
    left_ms = turn.left_ms
    if turn.ends_at is not None:
        left_ms = in_ms(turn.ends_at - now)
        if meeting.floor.overrun is Overrun.CLOSE:
            left_ms = max(0, left_ms)  # its end was due, and not looked at yet
    return replace(
        turn,
        state=TurnState.HELD,
        started_at=None,
        ends_at=None,
        left_ms=left_ms,
        held_because=because,
        held_at=now if because is HeldBecause.LINE else None,
        spoken_ms=turn.spoken_by(now),
    )


def _with_standing(
    meeting: Meeting, who: Iterable[ParticipantId], by: ParticipantId, now: datetime, change: TurnChange
) -> tuple[TurnChanged, ...]:
    standing = change is TurnChange.ALLOWED
    turns = (meeting.floor.turn_of(one) for one in who)
    return tuple(
        TurnChanged(now, replace(turn, standing=standing), change, by)
        for turn in turns
        if turn is not None and turn.begun and turn.standing is not standing
    )

"""How each kind of incident is played, and what counts as handled."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from enum import StrEnum

from hoptt.bots.rehearsal.actor import Actor, Floor, Standing
from hoptt.bots.rehearsal.points import Point, stranger
from hoptt.bots.rehearsal.script import Incident, What
from hoptt.errors import ErrorCode
from hoptt.meeting.chat_words import ChatTo
from hoptt.signaling import messages as wire

PATIENCE_S = 120.0
"""So long a chair has for an incident."""
SPAM_EVERY_S = 1.0
THINKS_S = 1.0
"""From reading that one is given the floor to the press."""
SPEAKS_S = 6.0
"""Before and after a line that breaks in mid-speech."""
QUESTION = "Điểm cầu {point} đề nghị chủ trì cho biết thứ tự báo cáo."
SPAM = "Xem ngay https://khuyenmai.example/{count}"


class End(StrEnum):
    """How an incident ended."""

    HANDLED = "handled"
    MISSED = "missed"
    WRONG = "wrong"
    """The opposite of what was to be done."""
    BY_ITSELF = "by_itself"
    """The server deals with it; the chair has nothing to do but to see it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one incident at one bridge point."""

    what: What
    point: str
    end: End
    after_s: float | None
    """From the incident to the act; None when there was none."""
    why: str = ""


async def play(incident: Incident, actor: Actor, like: Point, *, patience_s: float = PATIENCE_S) -> Outcome:
    """Play an incident with one actor; gives what came of it. `like`: whom a stranger passes for."""
    began = asyncio.get_running_loop().time()
    given: float | None = None
    match incident.what:
        case What.KNOCK:
            end, why = await _knock(actor, patience_s)
        case What.KNOCK_STRANGE:
            end, why = await _knock_strange(actor, like, patience_s)
        case What.SPEAK_WITHOUT_LEAVE:
            end, why = await _speak(actor, incident.seconds)
        case What.LOSE_LINE:
            end, why = await _lose_line(actor, incident.seconds)
        case What.ASK_FLOOR:
            end, why, given = await _ask_floor(actor, incident.seconds, patience_s, lose_s=0)
        case What.LOSE_LINE_SPEAKING:
            end, why, given = await _ask_floor(actor, SPEAKS_S, patience_s, lose_s=incident.seconds)
        case What.ASK_CHAIR:
            end, why = await _ask_chair(actor, incident.text, patience_s)
        case What.DISTURB:
            end, why = await _disturb(actor, incident, patience_s)
        case What.LEAVE_EARLY:
            await actor.leave()
            end, why = End.BY_ITSELF, "left"
    took = given if given is not None else asyncio.get_running_loop().time() - began
    return Outcome(incident.what, actor.point.name.bridge_point, end, took if end is not End.MISSED else None, why)


async def _knock(actor: Actor, patience_s: float) -> tuple[End, str]:
    actor.knock(actor.point.name)
    await actor.until(lambda: actor.standing in (Standing.IN, Standing.OUT), patience_s)
    if actor.standing is Standing.IN:
        return End.HANDLED, "admitted"
    if actor.standing is Standing.OUT:
        return End.WRONG, actor.why
    return End.MISSED, "still waiting"


async def _knock_strange(actor: Actor, like: Point, patience_s: float) -> tuple[End, str]:
    actor.knock(stranger(like))
    await actor.until(lambda: actor.standing in (Standing.IN, Standing.OUT), patience_s)
    if actor.standing is Standing.OUT:
        return End.HANDLED, actor.why
    if actor.standing is Standing.IN:
        return End.WRONG, "let in under a name that passes for another"
    return End.MISSED, "still waiting"


async def _speak(actor: Actor, seconds: float) -> tuple[End, str]:
    """A right that is there makes it no incident: where the floor is open, everybody may speak."""
    let = await actor.microphone(on=True)
    actor.talk(on=True)
    await asyncio.sleep(seconds)
    actor.talk(on=False)
    if let:
        await actor.microphone(on=False)
        return End.BY_ITSELF, "may speak here"
    return End.BY_ITSELF, "kept silent"


async def _lose_line(actor: Actor, seconds: float) -> tuple[End, str]:
    seat = actor.you
    await actor.lose_line(seconds)
    back = await actor.until(lambda: actor.standing is Standing.IN, PATIENCE_S)
    return End.BY_ITSELF, "back on the same seat" if back and actor.you == seat else "not back"


async def _ask_floor(
    actor: Actor, seconds: float, patience_s: float, *, lose_s: float
) -> tuple[End, str, float | None]:
    """Ask, speak when it is given, and end the turn. Gives how long the giving took, too."""
    began = asyncio.get_running_loop().time()
    refusal = await actor.ask(wire.AskFloor(id=0))
    if refusal is not None:
        return End.BY_ITSELF, str(refusal), None
    await actor.until(lambda: not actor.has(Floor.NOTHING), SPEAKS_S)
    if not await actor.until(lambda: not actor.has(Floor.QUEUED), patience_s):
        await actor.ask(wire.WithdrawFloor(id=0))
        return End.MISSED, "not given the floor", None
    given = asyncio.get_running_loop().time() - began
    if not actor.has(Floor.GRANTED):
        return End.HANDLED, "taken from the queue", given
    await asyncio.sleep(THINKS_S)
    if await actor.ask(wire.TakeFloor(id=0)) is not None:
        return End.HANDLED, "taken back before it began", given
    actor.talk(on=True)
    await actor.until(lambda: actor.has(Floor.NOTHING), seconds)
    why = "spoke"
    if lose_s and actor.has(Floor.SPEAKING):
        await actor.lose_line(lose_s)
        back = await actor.until(lambda: actor.has(Floor.SPEAKING) and actor.standing is Standing.IN, PATIENCE_S)
        why = "spoke on after the line came back" if back else "the turn was gone when the line came back"
        actor.talk(on=True)
        await actor.until(lambda: actor.has(Floor.NOTHING), seconds)
    actor.talk(on=False)
    if actor.has(Floor.NOTHING):
        return End.HANDLED, f"{why}; the turn was ended", given
    await actor.ask(wire.EndTurn(id=0))
    return End.HANDLED, why, given


async def _ask_chair(actor: Actor, text: str, patience_s: float) -> tuple[End, str]:
    before = actor.answered
    written = text or QUESTION.format(point=actor.point.name.bridge_point)
    refusal = await actor.say(ChatTo.LEADS, written)
    if refusal is not None:
        return End.BY_ITSELF, str(refusal)
    if await actor.until(lambda: actor.answered > before, patience_s):
        return End.HANDLED, "answered"
    return End.MISSED, "not answered"


async def _disturb(actor: Actor, incident: Incident, patience_s: float) -> tuple[End, str]:
    """Flood the chat until somebody does something about it, or nobody did in time."""

    def stopped() -> bool:
        return actor.chat_closed or actor.standing is Standing.OUT

    async def flood() -> None:
        for count in range(round(incident.seconds / SPAM_EVERY_S)):
            if await actor.say(ChatTo.ALL, incident.text or SPAM.format(count=count)) is ErrorCode.CHAT_CLOSED:
                return
            await asyncio.sleep(SPAM_EVERY_S)

    flooding = asyncio.get_running_loop().create_task(flood())
    try:
        if await actor.until(stopped, patience_s):
            return End.HANDLED, actor.why or "the chat was closed"
        return End.MISSED, "went on"
    finally:
        flooding.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await flooding

"""What a rehearsal is made of: points, script, reel, and what counts as handled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import av
import pytest

from hoptt.bots.picture import read_code
from hoptt.bots.rehearsal.actor import Actor, Floor, Standing
from hoptt.bots.rehearsal.incidents import End, play
from hoptt.bots.rehearsal.points import BRANCHES, points, stranger
from hoptt.bots.rehearsal.reel import HEIGHT, MAGIC, WIDTH, reel
from hoptt.bots.rehearsal.run import Report
from hoptt.bots.rehearsal.script import Incident, What, read, standard
from hoptt.bots.tracks import luma_of
from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting import names
from hoptt.meeting.chat_words import ChatTo
from hoptt.meeting.settings import Name, NameRule
from hoptt.signaling import messages as wire


def kept(name: Any) -> Name:
    return names.clean(Name(name.bridge_point, name.name, name.unit))


def test_sixty_points_are_sixty_names_that_the_door_lets_in() -> None:
    people = points(60)
    shown = [kept(point.name) for point in people]
    assert [fault for name in shown for fault in names.faults(name, NameRule())] == []
    assert len({name.bridge_point for name in shown}) == 60
    assert {point.branch for point in people} == set(BRANCHES)
    assert all(len(name.bridge_point) <= 26 for name in shown), "captions have room for so much"


def test_two_hundred_points_are_still_no_two_alike() -> None:
    assert len({names.skeleton(point.name.bridge_point) for point in points(200)}) == 200


def test_a_stranger_reads_like_the_one_they_pass_for() -> None:
    for point in points(40):
        odd = kept(stranger(point))
        assert names.plain(odd.bridge_point) == names.plain(point.name.bridge_point)
        assert names.faults(odd, NameRule()) == [], "the door has nothing against it: the chair has to look"


def test_the_script_of_hoptt_has_twelve_incidents_and_time_for_the_last() -> None:
    script = standard(15)
    assert len(script.incidents) == 12
    assert {incident.what for incident in script.incidents} == set(What)
    assert all(incident.at + 100 < 15 * 60 for incident in script.incidents)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "wrong"),
        ('{"incidents": []}', "length"),
        ('{"incidents": [{"at": 1, "what": "dance"}]}', "knock_strange"),
        ('{"incidents": [{"at": 1, "what": "knock", "who": 3}]}', "who"),
        ('{"incidents": [{"at": -1, "what": "knock"}]}', ">= 0"),
    ],
)
def test_a_script_that_is_wrong_says_what_to_correct(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "script.json"
    path.write_text(text)
    with pytest.raises(HopttError, match=says) as refusal:
        read(path)
    assert refusal.value.code is ErrorCode.CONFIG_INVALID
    with pytest.raises(HopttError, match="cannot be read"):
        read(tmp_path / "none.json")


def test_a_reel_has_pictures_that_a_browser_shows_and_voices() -> None:
    parts = records(reel(pictures=2, voices=1, seconds=2))
    for track in (0, 1):
        frames = [(flag, data) for kind, number, flag, data in parts if (kind, number) == (b"V", track)]
        assert [flag for flag, _ in frames] == [1 if n % 10 == 0 else 0 for n in range(20)]
        decoder = av.CodecContext.create("libvpx", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        shown = [frame for _, data in frames for frame in decoder.decode(av.Packet(data))]
        assert (shown[0].width, shown[0].height) == (WIDTH, HEIGHT)
        codes = [read_code(luma_of(frame)) for frame in shown]
        assert [code.painter for code in codes if code is not None] == [track] * 20
    sounds = [(level, data) for kind, _, level, data in parts if kind == b"A"]
    assert len(sounds) >= 195
    assert {len(data) < 200 for _, data in sounds} == {True}
    assert min(level for level, _ in sounds) < 30, "somebody speaks"


def records(file: bytes) -> list[tuple[bytes, int, int, bytes]]:
    assert file.startswith(MAGIC)
    found, at = [], len(MAGIC)
    while at < len(file):
        length = int.from_bytes(file[at + 3 : at + 7], "little")
        found.append((file[at : at + 1], file[at + 1], file[at + 2], file[at + 7 : at + 7 + length]))
        at += 7 + length
    return found


class Played:
    """An actor without a line: `later` is what comes while it waits."""

    def __init__(self, later: Callable[[Played], None] = lambda _: None) -> None:
        self.point = points(1)[0]
        self.standing, self.why, self.you = Standing.IN, "", "p_1"
        self.chat_closed, self.answered, self.floor = False, 0, Floor.NOTHING
        self.asked: list[str] = []
        self.said: list[tuple[ChatTo, str]] = []
        self.talked: list[bool] = []
        self.microphone_let = False
        self._later = later

    def knock(self, _: object) -> None:
        self.standing = Standing.WAITING

    async def until(self, true: Callable[[], bool], _: float) -> bool:
        await asyncio.sleep(0)
        self._later(self)
        return true()

    async def microphone(self, *, on: bool) -> bool:
        return self.microphone_let and on

    def talk(self, *, on: bool) -> None:
        self.talked.append(on)

    async def say(self, to: ChatTo, text: str) -> ErrorCode | None:
        self.said.append((to, text))
        return ErrorCode.CHAT_CLOSED if self.chat_closed else None

    def has(self, floor: Floor) -> bool:
        return self.floor is floor

    async def ask(self, command: wire.Command) -> ErrorCode | None:
        self.asked.append(type(command).__name__)
        if isinstance(command, wire.AskFloor):
            self.floor = Floor.QUEUED
        if isinstance(command, wire.TakeFloor):
            self.floor = Floor.SPEAKING
        return None

    async def lose_line(self, _: float) -> None:
        self.standing = Standing.IN

    async def leave(self) -> None:
        self.standing = Standing.OUT


def stands(standing: Standing, why: str = "") -> Callable[[Played], None]:
    def later(actor: Played) -> None:
        actor.standing, actor.why = standing, why

    return later


def gives(actor: Played) -> None:
    if actor.floor is Floor.QUEUED:
        actor.floor = Floor.GRANTED


def answers(actor: Played) -> None:
    actor.answered += 1


def closes(actor: Played) -> None:
    actor.chat_closed = True


@pytest.mark.parametrize(
    ("what", "later", "end"),
    [
        (What.KNOCK, stands(Standing.IN), End.HANDLED),
        (What.KNOCK, stands(Standing.OUT, "lobby.refused"), End.WRONG),
        (What.KNOCK, stands(Standing.WAITING), End.MISSED),
        (What.KNOCK_STRANGE, stands(Standing.OUT, "lobby.refused"), End.HANDLED),
        (What.KNOCK_STRANGE, stands(Standing.IN), End.WRONG),
        (What.KNOCK_STRANGE, stands(Standing.WAITING), End.MISSED),
        (What.ASK_FLOOR, gives, End.HANDLED),
        (What.ASK_FLOOR, stands(Standing.IN), End.MISSED),
        (What.LOSE_LINE_SPEAKING, gives, End.HANDLED),
        (What.ASK_CHAIR, answers, End.HANDLED),
        (What.ASK_CHAIR, stands(Standing.IN), End.MISSED),
        (What.DISTURB, closes, End.HANDLED),
        (What.DISTURB, stands(Standing.OUT, "removed"), End.HANDLED),
        (What.DISTURB, stands(Standing.IN), End.MISSED),
        (What.SPEAK_WITHOUT_LEAVE, stands(Standing.IN), End.BY_ITSELF),
        (What.LOSE_LINE, stands(Standing.IN), End.BY_ITSELF),
        (What.LEAVE_EARLY, stands(Standing.OUT), End.BY_ITSELF),
    ],
)
async def test_what_counts_as_handled(what: What, later: Callable[[Played], None], end: End) -> None:
    actor = Played(later)
    outcome = await play(Incident(at=0, what=what, seconds=1), cast("Actor", actor), points(2)[1], patience_s=0.1)
    assert outcome.end is end
    assert (outcome.after_s is None) is (end is End.MISSED)


async def test_R17_who_is_given_the_floor_takes_it_by_their_own_press_and_ends_the_turn() -> None:
    actor = Played(gives)
    await play(Incident(at=0, what=What.ASK_FLOOR, seconds=1), cast("Actor", actor), points(2)[1])
    assert actor.asked == ["AskFloor", "TakeFloor", "EndTurn"]
    assert actor.talked == [True, False]


async def test_R16_who_speaks_without_leave_sends_a_voice_all_the_same() -> None:
    actor = Played()
    outcome = await play(Incident(at=0, what=What.SPEAK_WITHOUT_LEAVE, seconds=1), cast("Actor", actor), points(2)[1])
    assert (actor.talked, outcome.why) == ([True, False], "kept silent")


def test_a_report_counts_only_what_the_chair_had_to_do() -> None:
    from hoptt.bots.rehearsal.incidents import Outcome  # noqa: PLC0415 - beside its only use

    report = Report(
        4,
        outcomes=[
            Outcome(What.KNOCK, "A", End.HANDLED, 3.0),
            Outcome(What.KNOCK, "B", End.HANDLED, 5.0),
            Outcome(What.KNOCK, "C", End.WRONG, 1.0),
            Outcome(What.LOSE_LINE, "D", End.BY_ITSELF, 8.0),
        ],
    )
    assert (report.handled, len(report.for_the_chair), report.median_s(What.KNOCK)) == (2, 3, 4.0)

"""The engine's process and its socket (process.py, client.py, engine.py), against an engine without media."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.support.fake_engine import FakeEngine
from tests.support.pages import until
from tests.support.server import free_media_port

from hoptt.errors import ErrorCode, HopttError
from hoptt.sfu import client, engine, process
from hoptt.sfu.client import Event, RefusedByEngineError
from hoptt.sfu.engine import Engine
from hoptt.sfu.frames import (
    MAX_SAID_BYTES,
    CreateMeeting,
    CreateTransport,
    Done,
    Ping,
    Snapshot,
    Stats,
    TrackDown,
    TrackUp,
    Welcome,
)
from hoptt.sfu.process import EngineFailedError, EngineSettings

ROOT = Path(__file__).parents[2]


class Listener:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def engine_back(self, welcome: Welcome, snapshot: Snapshot, *, fresh: bool) -> None:
        self.heard.append(("back", fresh, len(snapshot.meetings)))

    def engine_away(self) -> None:
        self.heard.append("away")

    def engine_said(self, event: Event) -> None:
        self.heard.append(event)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.4)
    monkeypatch.setattr(engine, "PING_SECONDS", 0.05)
    monkeypatch.setattr(engine, "PING_ANSWER_SECONDS", 0.2)


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    script = tmp_path / "hoptt-media"
    script.write_text(
        f"#!{sys.executable}\nimport asyncio, sys\nsys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'src')!r}]\n"
        "from tests.support.fake_engine import run\nasyncio.run(run())\n"
    )
    script.chmod(0o755)
    return script


@pytest.fixture
def settings(tmp_path: Path, binary: Path) -> EngineSettings:
    return EngineSettings(tmp_path / "data", port=free_media_port(), binary=binary)


@pytest.fixture
async def made(settings: EngineSettings) -> AsyncIterator[Callable[[int], Engine]]:
    all_made: list[Engine] = []

    def make(epoch: int) -> Engine:
        one = Engine(settings, epoch=epoch)
        one.listener = Listener()
        all_made.append(one)
        return one

    yield make
    for one in all_made:
        await one.stop()


def heard(one: Engine) -> list[object]:
    assert isinstance(one.listener, Listener)
    return one.listener.heard


def alive(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    return True


def environment_of(pid: int | None) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


# ---- starting ------------------------------------------------------------------------------------


async def test_an_engine_is_started_when_there_is_none(made: Callable[[int], Engine]) -> None:
    one = made(1)
    await one.start()
    assert (one.up, heard(one), one.counts.started) == (True, [("back", True, 0)], 1)


@pytest.fixture
def somebody_else_s(settings: EngineSettings, monkeypatch: pytest.MonkeyPatch) -> EngineSettings:
    """Settings of a control plane that starts no engine."""
    monkeypatch.setattr(engine, "START_SECONDS", 1.0)
    return dataclasses.replace(settings, starts=False)


async def test_an_engine_that_somebody_else_starts_is_waited_for(somebody_else_s: EngineSettings) -> None:
    one = Engine(somebody_else_s, epoch=1)
    one.listener = Listener()
    starting = asyncio.ensure_future(one.start())
    await asyncio.sleep(0.2)
    somebody_else_s.data_dir.mkdir(mode=0o700)
    async with FakeEngine(somebody_else_s.socket):
        await starting
        assert (one.up, one.counts.started) == (True, 0)
        await one.leave()


async def test_an_engine_that_somebody_else_restarts_is_found_again(somebody_else_s: EngineSettings) -> None:
    one = Engine(somebody_else_s, epoch=1)
    one.listener = Listener()
    somebody_else_s.data_dir.mkdir(mode=0o700)
    async with FakeEngine(somebody_else_s.socket):
        await one.start()
    await until(lambda: not one.up, "the loss of the engine")
    async with FakeEngine(somebody_else_s.socket):
        await until(lambda: one.up, "the next engine")
        assert one.counts.started == 0
        await one.leave()


async def test_an_engine_that_nobody_starts_is_told(somebody_else_s: EngineSettings) -> None:
    with pytest.raises(EngineFailedError, match=r"rtc\.start is false: start hoptt-media there"):
        await Engine(somebody_else_s, epoch=1).start()
    assert not somebody_else_s.socket.exists()


async def test_the_engine_has_a_session_of_its_own(made: Callable[[int], Engine]) -> None:
    one = made(1)
    await one.start()
    assert one.pid is not None
    assert os.getsid(one.pid) == one.pid


async def test_S48_the_engine_gets_no_secrets_of_the_environment(
    made: Callable[[int], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOPTT__DATABASE__URL", "postgresql://hoptt:secret@db/hoptt")
    one = made(1)
    await one.start()
    assert b"secret" not in environment_of(one.pid)


async def test_a_found_engine_is_taken_with_what_it_has(made: Callable[[int], Engine]) -> None:
    first = made(1)
    await first.start()
    await first.ask(CreateMeeting(id=0, meeting="m_1"))
    await first.leave()
    second = made(2)
    await second.start()
    assert (second.pid, heard(second), second.counts.started) == (first.pid, [("back", True, 1)], 0)


async def test_leaving_lets_the_engine_live_and_stopping_ends_it(made: Callable[[int], Engine]) -> None:
    one = made(1)
    await one.start()
    pid = one.pid
    await one.leave()
    assert alive(pid)
    two = made(2)
    await two.start()
    await two.stop()
    assert not alive(pid)


@pytest.mark.parametrize(("name", "kind"), [("UDP", socket.SOCK_DGRAM), ("TCP", socket.SOCK_STREAM)])
async def test_a_taken_port_is_a_sentence(settings: EngineSettings, name: str, kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("0.0.0.0", settings.port))
        if kind == socket.SOCK_STREAM:
            other.listen()
        with pytest.raises(EngineFailedError, match=rf"{name} port \d+ is in use by another program.*rtc\.port"):
            await Engine(settings, epoch=1).start()


async def test_a_missing_engine_is_a_sentence(tmp_path: Path) -> None:
    nowhere = EngineSettings(tmp_path, port=free_media_port(), binary=tmp_path / "nothing")
    with pytest.raises(EngineFailedError, match="not installed"):
        await Engine(nowhere, epoch=1).start()


async def test_a_data_folder_too_deep_for_a_socket_is_a_sentence(tmp_path: Path, binary: Path) -> None:
    deep = EngineSettings(tmp_path / ("d" * 120), port=free_media_port(), binary=binary)
    with pytest.raises(EngineFailedError, match=r"shorter data\.dir"):
        await Engine(deep, epoch=1).start()


async def test_an_engine_that_ends_while_starting_is_a_sentence(
    made: Callable[[int], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOPTT_MEDIA_FAKE", "exit")
    with pytest.raises(EngineFailedError, match="ended while it was starting"):
        await made(1).start()


async def test_an_older_epoch_is_a_sentence_and_leaves_the_engine_alone(made: Callable[[int], Engine]) -> None:
    newer, older = made(2), made(1)
    await newer.start()
    with pytest.raises(EngineFailedError, match="epoch"):
        await older.start()
    assert await newer.ask(Ping(id=0))


# ---- watching ------------------------------------------------------------------------------------


async def test_F1_a_dead_engine_is_replaced(made: Callable[[int], Engine]) -> None:
    one = made(1)
    await one.start()
    old = one.pid
    assert old is not None
    os.kill(old, signal.SIGKILL)
    await until(lambda: one.pid != old and one.up, "another engine")
    assert heard(one) == [("back", True, 0), "away", ("back", True, 0)]


async def test_F2_a_hung_engine_is_killed_and_reaped_before_another_starts(made: Callable[[int], Engine]) -> None:
    one = made(1)
    await one.start()
    old = one.pid
    assert old is not None
    os.kill(old, signal.SIGSTOP)
    await until(lambda: one.pid != old and one.up, "another engine")
    assert not alive(old)
    assert one.counts.killed == 1


async def test_F5_one_question_without_an_answer_kills_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When our own loop stood still, the time of a question is over before its answer is looked at."""
    killed: list[int] = []

    async def kill(pid: int) -> None:
        killed.append(pid)  # this very process: the engine of this test lives in it

    monkeypatch.setattr(process, "kill", kill)
    async with FakeEngine(tmp_path / "engine.sock") as fake:
        one = Engine(EngineSettings(tmp_path, port=0), epoch=1)
        await one.start()
        fake.silent = True
        await until(lambda: fake.asked(Ping), "a question")
        fake.silent = False
        asked = len(fake.asked(Ping))
        await until(lambda: len(fake.asked(Ping)) > asked + 3, "further questions")
        assert (killed, one.counts.lost) == ([], 0)
        await one.leave()


async def test_a_hung_engine_of_an_older_control_plane_is_killed_at_start(
    made: Callable[[int], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = made(1)
    await one.start()
    old = one.pid
    await one.leave()
    assert old is not None
    os.kill(old, signal.SIGSTOP)
    two = made(2)
    await two.start()
    assert two.pid != old
    assert process.has_ended(old)


async def test_a_cut_line_to_the_same_engine_is_mended(tmp_path: Path) -> None:
    async with FakeEngine(tmp_path / "engine.sock") as fake:
        one = Engine(EngineSettings(tmp_path, port=0), epoch=1)
        one.listener = Listener()
        await one.start()
        fake.hang_up()
        await until(lambda: len(heard(one)) == 3, "back")
        assert heard(one) == [("back", True, 0), "away", ("back", False, 0)]
        await one.leave()


async def test_a_newer_control_plane_takes_over(tmp_path: Path) -> None:
    async with FakeEngine(tmp_path / "engine.sock"):
        old, new = (Engine(EngineSettings(tmp_path, port=0), epoch=epoch) for epoch in (1, 2))
        await old.start()
        await new.start()
        await asyncio.wait_for(old.superseded.wait(), 2)
        assert not old.up
        await old.leave()
        await new.leave()


# ---- asking --------------------------------------------------------------------------------------


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[FakeEngine, Engine]]:
    async with FakeEngine(tmp_path / "engine.sock") as fake:
        one = Engine(EngineSettings(tmp_path, port=0), epoch=1)
        one.listener = Listener()
        await one.start()
        yield fake, one
        await one.leave()


async def test_answers_find_their_question(pair: tuple[FakeEngine, Engine]) -> None:
    _, one = pair
    await one.ask(CreateMeeting(id=0, meeting="m"))
    made = await asyncio.gather(
        *(one.ask(CreateTransport(id=0, meeting="m", transport=f"p/{n}")) for n in range(50)), one.ask(Ping(id=0))
    )
    assert [getattr(answer, "transport", None) for answer in made] == [f"p/{n}" for n in range(50)] + [None]
    assert isinstance(made[-1], Done)


async def test_a_refusal_carries_the_engines_code(pair: tuple[FakeEngine, Engine]) -> None:
    _, one = pair
    with pytest.raises(RefusedByEngineError) as refused:
        await one.ask(CreateTransport(id=0, meeting="nowhere", transport="p/1"))
    assert (refused.value.code, refused.value.reason) == (ErrorCode.NOT_POSSIBLE, "unknown_meeting")


async def test_events_come_in_order(pair: tuple[FakeEngine, Engine]) -> None:
    fake, one = pair
    said: list[Event] = [TrackUp(track="p/microphone", codec="opus"), TrackDown(track="p/microphone")] * 20
    for event in said:
        fake.say(event)
    await until(lambda: len(heard(one)) == 41, "all events")
    assert heard(one)[1:] == said


async def test_statistics_reach_whoever_counts(tmp_path: Path) -> None:
    seen: list[Stats] = []
    stats = Stats(counters={"packets_in": 7}, forward_latency_us=[0] * 10, forward_latency_sum_us=0, lines=[])
    async with FakeEngine(tmp_path / "engine.sock") as fake:
        one = Engine(EngineSettings(tmp_path, port=0), epoch=1, on_stats=seen.append)
        await one.start()
        fake.say(stats)
        await until(lambda: seen == [stats], "statistics")
        await one.leave()


async def test_an_engine_that_does_not_answer_is_away(
    pair: tuple[FakeEngine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, one = pair
    monkeypatch.setattr(process, "kill", _no_kill)
    fake.silent = True
    with pytest.raises(HopttError) as refused:
        await one.ask(CreateMeeting(id=0, meeting="m"))
    assert refused.value.code is ErrorCode.ENGINE_AWAY


async def test_without_an_engine_asking_fails_at_once(tmp_path: Path) -> None:
    with pytest.raises(HopttError) as refused:
        await Engine(EngineSettings(tmp_path, port=0), epoch=1).ask(Ping(id=0))
    assert refused.value.code is ErrorCode.ENGINE_AWAY


async def test_S22_a_frame_that_is_too_long_ends_the_line(pair: tuple[FakeEngine, Engine]) -> None:
    fake, one = pair
    assert fake._controller is not None
    fake._controller.write((MAX_SAID_BYTES + 1).to_bytes(4, "big"))
    await until(lambda: one.counts.lost == 1, "the line closed")


async def test_what_is_not_answered_is_bounded(
    pair: tuple[FakeEngine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, one = pair
    monkeypatch.setattr(client, "MAX_PENDING", 10)
    for _ in range(10):
        one.tell(Ping(id=0))
    with pytest.raises(HopttError, match="keep up"):
        one.tell(Ping(id=0))


async def _no_kill(pid: int) -> None:
    """The fake is this very process."""

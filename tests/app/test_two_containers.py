"""The recipe for two containers, without containers: two processes that know each other by the data folder alone."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.docs.documents import read, sections
from tests.support.server import Server, a_server

from hoptt.sfu.process import EngineSettings, find_binary

pytestmark = pytest.mark.engine
RECIPE = re.sub(r"\\\n\s*", " ", sections(read("operating.md"), level=2)["Containers"])


def engine_words(server: Server) -> list[str]:
    """Give the engine's own words of the recipe, for this folder and port."""
    [line] = re.findall(r"^docker run .* --entrypoint hoptt-media .*$", RECIPE, re.MULTILINE)
    words = shlex.split(line)
    words = words[words.index("hoptt") + 1 :]
    for name, value in (
        ("--data-dir", str(server.data)),
        ("--port", str(server.settings["rtc"]["port"])),
        ("--announce", "127.0.0.1"),
    ):
        words[words.index(name) + 1] = value
    return words


def control_plane_environment() -> dict[str, str]:
    """Give what the recipe sets for the control plane."""
    [line] = [one for one in re.findall(r"^docker run .*$", RECIPE, re.MULTILINE) if "--entrypoint" not in one]
    words = shlex.split(line)
    told = dict(words[n + 1].split("=", 1) for n, word in enumerate(words) if word == "-e")
    assert words[words.index("serve") :] == ["serve", "--leave-engine"]
    return {name: value for name, value in told.items() if name != "HOPTT__HTTP__LISTEN"}


class Engine:
    """The engine's container."""

    def __init__(self, server: Server) -> None:
        server.data.mkdir(mode=0o700, exist_ok=True)
        program = find_binary(EngineSettings(server.data, port=1))
        self._words = [str(program), *engine_words(server)]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with a_server(tmp_path) as one:
        one.environment |= control_plane_environment()
        yield one


@pytest.fixture
def engine(server: Server) -> Iterator[Engine]:
    one = Engine(server)
    yield one
    one.kill()


def until(seen: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def test_the_control_plane_takes_the_engine_of_the_other_container_and_leaves_it_there(
    server: Server, engine: Engine
) -> None:
    server.start("--leave-engine")
    assert server.engine_pid == engine.process.pid
    assert server.stop(signal.SIGTERM) == 0
    assert engine.process.poll() is None
    server.start("--leave-engine")
    assert server.engine_pid == engine.process.pid


def test_F1_an_engine_whose_container_restarts_is_taken_again_and_none_is_started_beside_it(
    server: Server, engine: Engine
) -> None:
    server.start("--leave-engine")
    engine.kill()
    until(lambda: server.get(server.watch("/readyz"))[0] == 503, "the loss is seen")
    time.sleep(2)  # a container is not there again at once: time in which another engine would be started
    assert not Path(f"/proc/{server.engine_pid}").exists() or server.engine_pid == 0
    engine.start()
    until(lambda: server.get(server.watch("/readyz"))[0] == 200, "the next engine is taken")
    assert server.engine_pid == engine.process.pid
    assert os.path.samefile(f"/proc/{server.engine_pid}/exe", engine.process.args[0])  # type: ignore[index]

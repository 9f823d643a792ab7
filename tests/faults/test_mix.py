"""Faults drawn from a seed, one after another, over a meeting whose people come back by themselves."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.faults.conftest import LONG, Measured
from tests.faults.test_database import full, held
from tests.support.gathering import Gathering, a_gathering
from tests.support.pages import until
from tests.support.server import Server
from tests.support.steady import Steady, steady_company

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PEOPLE = 4
MINUTES = float(os.environ.get("HOPTT_FAULT_MINUTES", "30"))
SEED = int(os.environ.get("HOPTT_FAULT_SEED", "1"))
LAY_THERE_S = 0.3
"""So long a busy test may take to read what had arrived before."""
LIMIT = 3.0
"""One fault may take so many times what is promised as a median."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Moments of time.monotonic()."""

    at: float
    """From when the promise counts."""
    gone: float
    """What came before this came from what was there before the fault."""


Break = Callable[[Gathering, Sequence[Steady], random.Random], Awaitable[Broken]]


def now() -> Broken:
    return Broken(time.monotonic(), time.monotonic())


async def engine_killed(gathering: Gathering, _: Sequence[Steady], __: random.Random) -> Broken:
    return await another_engine(gathering, signal.SIGKILL)


async def engine_stopped(gathering: Gathering, _: Sequence[Steady], __: random.Random) -> Broken:
    return await another_engine(gathering, signal.SIGSTOP)


async def another_engine(gathering: Gathering, sign: signal.Signals) -> Broken:
    old, broken = gathering.server.engine_pid, time.monotonic()
    os.kill(old, sign)
    await until(lambda: gathering.server.engine_pid not in (0, old), "another engine", 20)
    return Broken(broken, time.monotonic())


async def control_plane_killed(gathering: Gathering, _: Sequence[Steady], __: random.Random) -> Broken:
    await asyncio.to_thread(gathering.server.stop, signal.SIGKILL)
    await asyncio.to_thread(gathering.server.start)
    return now()


async def control_plane_stands_still(gathering: Gathering, _: Sequence[Steady], __: random.Random) -> Broken:
    gathering.server.tell(signal.SIGSTOP)
    await asyncio.sleep(5)
    gathering.server.tell(signal.SIGCONT)
    return now()


async def line_gone_5_s(_: Gathering, company: Sequence[Steady], dice: random.Random) -> Broken:
    return await without_line(dice.choice(company), 5)


async def line_gone_20_s(_: Gathering, company: Sequence[Steady], dice: random.Random) -> Broken:
    return await without_line(dice.choice(company), 20)


async def without_line(one: Steady, seconds: float) -> Broken:
    one.silence()
    await asyncio.sleep(seconds)
    one.speak()
    return now()


async def address_changed(_: Gathering, company: Sequence[Steady], dice: random.Random) -> Broken:
    await dice.choice(company).relay.rebind()
    return now()


async def websocket_reset(_: Gathering, company: Sequence[Steady], dice: random.Random) -> Broken:
    dice.choice(company).proxy.reset()
    return now()


async def database_locked(gathering: Gathering, _: Sequence[Steady], __: random.Random) -> Broken:
    with held(gathering.server.data / "log.db"):
        await asyncio.sleep(6)
    return now()


async def disk_full(gathering: Gathering, _: Sequence[Steady], __: random.Random) -> Broken:
    with full(gathering.server.pid):
        await asyncio.sleep(4)
    return now()


@dataclass(frozen=True, slots=True)
class Kind:
    bring: Break
    back_s: float
    """Promised: until everybody has everything again."""
    ends: str = ""
    """Which process it ends, by itself or by the watchdog."""


KINDS = (
    Kind(engine_killed, 10, ends="engine"),
    Kind(engine_stopped, 12, ends="engine"),
    Kind(control_plane_killed, 5, ends="control plane"),
    Kind(control_plane_stands_still, 1),
    Kind(line_gone_5_s, 2),
    Kind(line_gone_20_s, 3),
    Kind(address_changed, 2),
    Kind(websocket_reset, 3),
    Kind(database_locked, 1),
    Kind(disk_full, 1),
)


async def everybody(company: Sequence[Steady], since: float, what: str, seconds: float) -> None:
    """Wait until everybody's WebSocket is there, and pictures and sound that came after a moment and what lay there."""
    since += LAY_THERE_S
    await until(lambda: all(one.flows(max(since, time.monotonic() - 0.5)) for one in company), what, seconds)


def counted(server: Server, name: str) -> float:
    """Read one metric."""
    found = re.search(rf"^{name} (\S+)$", server.get(server.watch("/metrics"))[1], re.MULTILINE)
    assert found, f"no metric {name}"
    return float(found[1])


@pytest.mark.skipif(not LONG, reason="takes minutes: make faults")
async def test_whatever_breaks_in_whatever_order_everybody_is_back(tmp_path: Path, measured: Measured) -> None:
    dice, ends_at, said = random.Random(SEED), time.monotonic() + 60 * MINUTES, list[str]()
    async with a_gathering(tmp_path) as gathering, steady_company(gathering, PEOPLE, seed=SEED) as company:
        server, seats = gathering.server, [one.peer.you for one in company]
        await everybody(company, 0, "everybody", 30)
        while time.monotonic() < ends_at:
            kind = dice.choice(KINDS)
            said.append(kind.bring.__name__)
            before = {"engine": server.engine_pid, "control plane": server.pid}
            broken = await kind.bring(gathering, company, dice)
            await everybody(
                company, broken.gone, f"everybody (seed {SEED}: {', '.join(said)})", LIMIT * kind.back_s + 5
            )
            measured("mix", kind.bring.__name__, time.monotonic() - broken.at)
            after = {"engine": server.engine_pid, "control plane": server.pid}
            ended = {name for name in after if after[name] != before[name]}
            assert ended <= {kind.ends}, said
            await asyncio.sleep(2)
            assert [one.peer.you for one in company] == seats
            assert counted(server, "hoptt_participants") == PEOPLE, said
            assert counted(server, "hoptt_bugs_total") == 0, said
            assert counted(server, "hoptt_engine_faults_total") == 0, said
        verified = await asyncio.to_thread(server.cli, "log", "verify")
        assert verified.returncode == 0, verified.stderr
        assert "Traceback" not in server.output.read_text()

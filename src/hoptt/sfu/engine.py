"""The media engine seen from Python: found or started, watched, replaced when it dies or hangs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from hoptt import patience
from hoptt.errors import ErrorCode, HopttError
from hoptt.sfu import process
from hoptt.sfu.client import (
    ANSWER_SECONDS,
    EngineAbsentError,
    EngineClient,
    EngineHungError,
    Event,
    RefusedByEngineError,
    Reply,
    SupersededError,
)
from hoptt.sfu.frames import Command, Ping, Shutdown, Snapshot, Stats, TakeSnapshot, Welcome
from hoptt.sfu.process import EngineFailedError, EngineSettings
from hoptt.sfu.restarting import RestartCounts

START_SECONDS = 10.0
PING_SECONDS, PING_ANSWER_SECONDS = patience.WATCHDOG_PING_S, patience.WATCHDOG_ANSWER_S
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
"""Before another try to start an engine: doubled each time, and back to the first after a minute that went well."""
CALM_SECONDS = 60.0

log = structlog.get_logger(__name__)


class EngineListener(Protocol):
    """Who follows the engine. Called on the loop; never blocks."""

    def engine_back(self, welcome: Welcome, snapshot: Snapshot, *, fresh: bool) -> None:
        """Take over an engine: `fresh` when it is another process than the one known before."""

    def engine_away(self) -> None:
        """Note that the engine does not answer."""

    def engine_said(self, event: Event) -> None:
        """Take an event."""


@dataclass(slots=True)
class EngineCounts:
    """For /metrics."""

    started: int = 0
    killed: int = 0
    lost: int = 0
    """Connections to the engine that ended without our doing."""
    ice: RestartCounts = field(default_factory=RestartCounts)


class Engine:
    """Use as: `start`, then `ask` and `tell`; at the end `stop` (the engine too) or `leave` (it keeps its grace)."""

    def __init__(
        self, settings: EngineSettings, *, epoch: int, on_stats: Callable[[Stats], None] | None = None
    ) -> None:
        self.listener: EngineListener | None = None
        self.counts = EngineCounts()
        self.superseded = asyncio.Event()
        """Another control plane has taken the engine: this one must not go on."""
        self._settings = settings
        self._epoch = epoch
        self._on_stats = on_stats
        self._client: EngineClient | None = None
        self._instance: str | None = None
        self._pid: int | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Find the engine of the data folder, else start one. Raises EngineFailedError, a sentence for the admin."""
        try:
            await self._take(await self._find_or_spawn())
        except SupersededError as newer:
            raise EngineFailedError(
                f"the media engine in {self._settings.data_dir} refused this hoptt: {newer}"
            ) from newer
        self._watch = asyncio.get_running_loop().create_task(self._keep_watch())

    async def stop(self) -> None:
        """End the engine too: it closes everything with close_notify first."""
        await self._stop_watching()
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(HopttError):
                await client.ask(Shutdown(id=0))
            await client.close()
        if self._pid is not None and not await process.ended(self._pid, ANSWER_SECONDS):
            await process.kill(self._pid)
            self.counts.killed += 1

    async def leave(self) -> None:
        """Leave the engine alone: it goes on for its grace, and another control plane takes it over."""
        await self._stop_watching()
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    @property
    def up(self) -> bool:
        """Tell whether the engine answers."""
        return self._client is not None

    @property
    def pid(self) -> int | None:
        return self._pid

    @property
    def welcome(self) -> Welcome:
        """What the engine said of itself. Raises HopttError(ENGINE_AWAY)."""
        return self._here().welcome

    async def ask(self, command: Command) -> Reply:
        """Send a command and wait for its answer. Raises HopttError(ENGINE_AWAY), RefusedByEngineError."""
        return await self._here().ask(command)

    def tell(self, command: Command) -> None:
        """Send a command and do not wait. Raises HopttError(ENGINE_AWAY)."""
        self._here().tell(command)

    # ---- finding, starting, watching ---------------------------------------------------------------

    def _here(self) -> EngineClient:
        if self._client is None:
            raise HopttError(ErrorCode.ENGINE_AWAY, "the media engine is away")
        return self._client

    async def _take(self, client: EngineClient) -> None:
        """Adopt what the engine has, before any event that came after it is heard."""
        welcome = client.welcome
        fresh = welcome.instance != self._instance

        def adopt(reply: Reply) -> None:
            assert isinstance(reply, Snapshot), "take_snapshot is answered by a snapshot"
            self._client, self._instance, self._pid = client, welcome.instance, client.pid
            if self.listener is not None:
                self.listener.engine_back(welcome, reply, fresh=fresh)

        try:
            await client.ask(TakeSnapshot(id=0), adopt)
        except HopttError as fault:
            await client.close()
            raise EngineHungError(client.pid) from fault
        log.info("engine taken", pid=client.pid, instance=welcome.instance, port=welcome.port, fresh=fresh)

    async def _connect(self) -> EngineClient:
        return await EngineClient.connect(
            self._settings.socket, epoch=self._epoch, grace_ms=self._settings.grace_ms, hear=self._said
        )

    async def _find_or_spawn(self) -> EngineClient:
        """Give the engine that is there; kill one that hangs; else start one. Raises EngineFailedError."""
        try:
            return await self._connect()
        except EngineHungError as hung:
            old = hung.pid or process.running(self._settings)
        except EngineAbsentError:
            old = process.running(self._settings) if self._settings.starts else None  # else it may be starting
        if old is not None:
            log.warning("engine killed: it does not answer", pid=old)
            await process.kill(old)
            self.counts.killed += 1
        if not self._settings.starts:
            return await self._until_it_answers(None)
        self._settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        pid = process.spawn(self._settings)
        self.counts.started += 1
        try:
            return await self._until_it_answers(pid)
        except BaseException:
            await process.kill(pid)
            raise

    async def _until_it_answers(self, pid: int | None) -> EngineClient:
        """Wait for an engine that was started; without a pid, by somebody else."""
        loop = asyncio.get_running_loop()
        until = loop.time() + START_SECONDS
        while loop.time() < until:
            try:
                return await self._connect()
            except EngineAbsentError:
                if pid is not None and process.has_ended(pid):
                    raise EngineFailedError(
                        "the media engine ended while it was starting: its own words stand on standard error"
                    ) from None
                await asyncio.sleep(0.01)
            except EngineHungError:
                break
        if pid is None:
            raise EngineFailedError(
                f"no media engine answers in {self._settings.data_dir}, and rtc.start is false: start hoptt-media there"
            )
        raise EngineFailedError(f"the media engine did not answer within {START_SECONDS:.0f} s")

    async def _keep_watch(self) -> None:
        """Ask whether all of the engine turns; replace it when it is dead or hangs."""
        pause = FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while True:
            since = loop.time()
            if self._client is not None:
                hung = await self._until_lost(self._client)
                pid, superseded = self._client.pid, self._client.superseded
                await self._lose(self._client)
                if superseded:
                    log.error("engine taken by another control plane")
                    self.superseded.set()
                    return
                if hung:
                    log.error("engine killed: its watchdog got no answer", pid=pid)
                    await process.kill(pid)
                    self.counts.killed += 1
                else:
                    process.has_ended(pid)
            if loop.time() - since > CALM_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            try:
                await self._take(await self._find_or_spawn())
            except SupersededError:
                self.superseded.set()
                return
            except (EngineFailedError, EngineHungError, OSError) as fault:
                log.warning("engine not back", reason=str(fault), again_in_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _until_lost(self, client: EngineClient) -> bool:
        """Wait until the connection ends (False) or the engine stops answering (True)."""
        unanswered = 0
        while unanswered < patience.WATCHDOG_UNANSWERED:
            if unanswered == 0:
                await asyncio.wait([client.closed], timeout=PING_SECONDS)
            if client.closed.done():
                return False
            try:
                await client.ask(Ping(id=0), within=PING_ANSWER_SECONDS)
                unanswered = 0
            except RefusedByEngineError:
                unanswered = 0  # an answer is an answer
            except HopttError:
                unanswered += 1
        return not client.closed.done()

    async def _lose(self, client: EngineClient) -> None:
        self.counts.lost += 1
        self._client = None
        if self.listener is not None:
            self.listener.engine_away()
        await client.close()

    async def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
            self._watch = None

    def _said(self, event: Event) -> None:
        if self._client is None:
            return  # before the snapshot, which tells it too
        if isinstance(event, Stats) and self._on_stats is not None:
            self._on_stats(event)
        if self.listener is not None:
            self.listener.engine_said(event)

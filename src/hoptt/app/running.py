"""The control plane while it runs: every object in order, and closed in reverse order (docs/closing.md)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.metadata import version

import structlog
from aiohttp import web

from hoptt.api.admin import AdminSocket
from hoptt.api.office import Office
from hoptt.api.requests import Requests
from hoptt.api.web import make_runner, make_web
from hoptt.api.whip.door import WhipDoor
from hoptt.api.whip.ice_servers import of_relays
from hoptt.api.whip.sessions import Sessions as WhipSessions
from hoptt.app.data_dir import DataDir, data_dir, locked
from hoptt.app.listening import bound
from hoptt.app.people import people
from hoptt.app.reloading import InForce
from hoptt.app.seen import watch_engine, wire
from hoptt.app.times import times_of
from hoptt.app.tls import ServedCertificate, watch_certificate
from hoptt.auth.browsers import Browsers
from hoptt.auth.guessing import Guessing
from hoptt.auth.keys import open_keys
from hoptt.auth.passwords import Passwords
from hoptt.auth.relays import relays_of
from hoptt.auth.tokens import Tokens
from hoptt.config import Config
from hoptt.live.clock import SteadyClock
from hoptt.live.house import House
from hoptt.sfu.engine import Engine
from hoptt.sfu.frames import Shutdown
from hoptt.sfu.line_tests import LineTests
from hoptt.sfu.media import EngineMedia
from hoptt.sfu.process import EngineSettings
from hoptt.signaling.doorkeeper import Doorkeeper
from hoptt.signaling.lines import Lines
from hoptt.signaling.signing_out import SigningOut
from hoptt.store.database import Database
from hoptt.store.log import EventLog
from hoptt.store.prepare import prepare
from hoptt.store.rooms import RoomStore
from hoptt.telemetry.health import make_watch
from hoptt.telemetry.lag import watch_lag
from hoptt.telemetry.metrics import Metrics
from hoptt.telemetry.observer import Watching

ENGINE_LOG = {"debug": "debug", "info": "info", "warning": "warn", "error": "error"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """What a server is made of, for whoever starts it."""

    config: Config
    folder: DataDir
    engine: Engine
    house: House
    office: Office
    metrics: Metrics
    in_force: InForce


@contextlib.asynccontextmanager
async def running(config: Config, *, leave_engine: bool = False) -> AsyncIterator[Running]:
    """Serve until the context is left. Raises HopttError with a sentence when it cannot.

    `leave_engine`: at the end the media engine goes on for its grace, and the next server takes it over.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = data_dir(config)
        stack.enter_context(locked(folder))
        metrics = Metrics(version=version("hoptt"))
        keys = open_keys(folder.keys)
        prepare(folder.database_url(config), folder.backups)
        sockets = _Sockets(config, stack)

        database = await stack.enter_async_context(Database(folder.database_url(config)))
        rooms = RoomStore(database)
        event_log = await stack.enter_async_context(EventLog(folder.log, keys.log, commit_seen=metrics.commit_seen))
        engine = Engine(
            engine_settings(config, folder), epoch=event_log.epoch, on_stats=lambda stats: watch_engine(metrics, stats)
        )
        media = EngineMedia(engine, audio_slots=config.rtc.audio_slots, red=config.rtc.red)
        clock = SteadyClock()
        passwords = Passwords()
        stack.callback(passwords.close)
        times, observer = times_of(config.meeting), Watching(metrics)
        house = House(rooms=rooms, media=media, log=event_log, times=times, observer=observer, clock=clock)
        tokens = Tokens(keys)
        known = people(database, config, keys, passwords, clock.now, log=event_log)
        guessing = Guessing(config.http.trusted_networks)
        keeper = Doorkeeper(
            house=house,
            tokens=tokens,
            sessions=known.sessions,
            hashes=rooms,
            passwords=passwords,
            guessing=guessing,
            clock=clock,
        )
        lines = Lines(house=house, keeper=keeper, observer=observer, relays=relays_of(config.rtc.turn))
        signing_out = SigningOut(known.sessions, house, lines, known.record)
        office = Office(
            rooms=rooms,
            keys=keys,
            tokens=tokens,
            defaults=config.meeting,
            times=times,
            now=clock.now,
            hash_password=passwords.hash,
            stop_engine=lambda: _restart(engine),
            people=known.office(signing_out),
            house=house,
        )
        line_tests = LineTests(engine)
        in_force = InForce(config, guessing, sockets.certificate)
        requests = Requests(Browsers(keys.browser), in_force.http)
        whip = WhipSessions(house, observer, ice_servers=of_relays(relays_of(config.rtc.turn)))
        page = make_runner(
            make_web(
                house=house,
                keeper=keeper,
                requests=requests,
                line_tests=line_tests,
                lines=lines,
                doors=[
                    *known.doors(requests, office, signing_out, keeper, tokens),
                    WhipDoor(requests, keeper, whip),
                ],
                clock=clock,
                observer=observer,
            )
        )
        await engine.start()
        stack.push_async_callback(_part_with, engine, leave=leave_engine)
        stack.push_async_callback(line_tests.close)
        await stack.enter_async_context(_set_up(page))
        await stack.enter_async_context(_restored(house, whip))
        wire(
            metrics,
            engine,
            lines.counts,
            passwords,
            guessing=guessing,
            sign_ins=known.guessing,
            sign_in_record=known.record,
            line_tests=line_tests,
            whip=whip.counts,
            certificate=sockets.certificate,
        )
        watch = web.AppRunner(make_watch(metrics, {"engine": lambda: engine.up}), access_log=None)
        await stack.enter_async_context(_set_up(watch))

        lag = asyncio.get_running_loop().create_task(watch_lag(metrics.lag_seen))
        stack.callback(lag.cancel)
        if sockets.certificate is not None:
            looks = asyncio.get_running_loop().create_task(watch_certificate(sockets.certificate))
            stack.callback(looks.cancel)
        admin = AdminSocket(folder.admin_socket, office.do)
        await admin.open()
        stack.push_async_callback(admin.close)
        await sockets.serve(page, watch, stack)
        log.info("serving", http=str(config.http.listen), metrics=str(config.metrics.listen), rtc_port=config.rtc.port)
        yield Running(config, folder, engine, house, office, metrics, in_force)
        log.info("stopping", engine="left" if leave_engine else "stopped")


def engine_settings(config: Config, folder: DataDir) -> EngineSettings:
    """Say how the engine of this installation is started."""
    return EngineSettings(
        folder.root,
        port=config.rtc.port,
        announce=[str(address) for address in config.rtc.announce],
        shards=config.rtc.shards,
        meeting_per_shard=config.rtc.meeting_per_shard,
        dscp_audio=config.rtc.dscp.audio,
        dscp_video=config.rtc.dscp.video,
        gather_ms=config.rtc.gather.wait_ms,
        gather_above=config.rtc.gather.above_percent,
        gather_longest_ms=config.rtc.gather.longest_ms,
        grace_seconds=config.rtc.grace_s,
        log_level=ENGINE_LOG[config.log.level],
        starts=config.rtc.start,
        binary=config.rtc.binary,
    )


class _Sockets:
    """All listeners, bound before anything is started, served when everything is."""

    def __init__(self, config: Config, stack: contextlib.ExitStack | contextlib.AsyncExitStack) -> None:
        self.certificate: ServedCertificate | None = None
        if config.https.listen is not None:
            assert config.http.tls_cert is not None, "checked when the configuration was read"
            assert config.http.tls_key is not None, "checked when the configuration was read"
            self.certificate = ServedCertificate(config.http.tls_cert, config.http.tls_key)
        self._http = bound(config.http.listen, "http.listen")
        stack.callback(self._http.close)
        self._metrics = bound(config.metrics.listen, "metrics.listen")
        stack.callback(self._metrics.close)
        self._https = None if config.https.listen is None else bound(config.https.listen, "https.listen")
        if self._https is not None:
            stack.callback(self._https.close)

    async def serve(self, page: web.AppRunner, watch: web.AppRunner, stack: contextlib.AsyncExitStack) -> None:
        """Begin to answer. When the stack is closed, no new connection is taken any more."""
        sites = [web.SockSite(page, self._http), web.SockSite(watch, self._metrics)]
        if self._https is not None and self.certificate is not None:
            sites.append(web.SockSite(page, self._https, ssl_context=self.certificate.context))
        for site in sites:
            await site.start()
            stack.push_async_callback(site.stop)


@contextlib.asynccontextmanager
async def _set_up(runner: web.AppRunner) -> AsyncIterator[None]:
    await runner.setup()
    try:
        yield
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def _restored(house: House, whip: WhipSessions) -> AsyncIterator[None]:
    """Take up the meetings that were running, then the encoders and players that the engine carried on."""
    async with house:
        await whip.take_up()
        yield


async def _part_with(engine: Engine, *, leave: bool) -> None:
    """End the engine, or leave it: as was asked, and in any case when another control plane has taken it."""
    await (engine.leave() if leave or engine.superseded.is_set() else engine.stop())


async def _restart(engine: Engine) -> None:
    """End the engine; whoever watches it starts another."""
    await engine.ask(Shutdown(id=0))

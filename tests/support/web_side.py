"""The web side on a port of its own, over a house with a real log, a fake engine, and a clock turned by hand."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import brotli
from aiohttp import web
from argon2 import PasswordHasher
from tests.support.clock import NINE, HandClock
from tests.support.fake_media import FakeMedia
from tests.support.pages import FakeRooms, until
from tests.support.people import PASSWORD, Person, a_database

from hoptt.api.office import Office
from hoptt.api.requests import Requests
from hoptt.api.web import make_runner, make_web
from hoptt.api.whip.door import WhipDoor
from hoptt.api.whip.ice_servers import IceServer
from hoptt.api.whip.sessions import Sessions as WhipSessions
from hoptt.app.people import People, people
from hoptt.auth.browsers import Browsers
from hoptt.auth.guessing import Guessing
from hoptt.auth.keys import Keys, open_keys
from hoptt.auth.passwords import Passwords
from hoptt.auth.relays import Relays
from hoptt.auth.tokens import Tokens
from hoptt.config import Config, Http, Meeting
from hoptt.errors import HopttError
from hoptt.ids import RoomSlug
from hoptt.live.house import House
from hoptt.live.observe import Unobserved
from hoptt.meeting.settings import Name
from hoptt.meeting.timers import Times
from hoptt.meeting.words import Role
from hoptt.sfu.line_tests import LineTest
from hoptt.signaling.doorkeeper import Doorkeeper
from hoptt.signaling.lines import Lines
from hoptt.signaling.signing_out import SigningOut
from hoptt.store.database import Database
from hoptt.store.log import EventLog
from hoptt.store.rooms import RoomStore

HASH = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
OTHER_HASH = "sha256-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB="
DISPLAY_HASH = "sha256-CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC="
POLICY = f"default-src 'self'; script-src 'self' '{HASH}'; object-src 'none'; base-uri 'none'; form-action 'self'"
LOG_KEY = b"k" * 32
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def a_page(folder: Path) -> Path:
    """Lay out a page as it is built, in small."""
    immutable = folder / "_app/immutable"
    immutable.mkdir(parents=True)
    text = f'<!doctype html><meta http-equiv="content-security-policy" content="{POLICY}"><title>hop</title>'
    (folder / "index.html").write_text(text)
    (folder / "index.html.br").write_bytes(brotli.compress(text.encode()))
    (folder / "index.html.gz").write_bytes(gzip.compress(text.encode()))
    other = text.replace(HASH, OTHER_HASH).replace("<title>hop", "<title>login")
    (folder / "login.html").write_text(other)
    display = text.replace(HASH, DISPLAY_HASH).replace("<title>hop", "<title>room")
    (folder / "room.html").write_text(display)
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    (folder / "mark.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (immutable / "start.abc.js").write_text("export {}")
    return folder


class Watching(Unobserved):
    """Keeps the faults of ours, so that no test passes over one."""

    def __init__(self) -> None:
        self.bugs: list[BaseException] = []

    def bug(self, error: BaseException) -> None:
        self.bugs.append(error)


A_LINE_TEST = LineTest("SFU7", "s" * 24, "abcd", ("1 1 udp 2130706431 203.0.113.7 7882 typ host",), 20.0)


@dataclass
class FakeLineTests:
    """Opens line tests without an engine; `asked` is who wanted one, and how many they may have."""

    asked: list[tuple[str, int]] = field(default_factory=list)
    refusal: HopttError | None = None
    made: LineTest = A_LINE_TEST

    async def open(self, network: str, *, at_once: int) -> LineTest:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append((network, at_once))
        return self.made


@dataclass
class WebSide:
    """A served web side, and what a test wants to reach into."""

    house: House
    rooms: FakeRooms
    media: FakeMedia
    log: EventLog
    clock: HandClock
    keys: Keys
    tokens: Tokens
    guessing: Guessing
    lines: Lines
    watching: Watching
    line_tests: FakeLineTests
    known: People
    office: Office
    whip: WhipSessions
    ice_servers: list[IceServer]
    """What encoders and players are given, for a test to fill."""
    routes: set[tuple[str, str]]
    """Method and path of all that is served."""
    url: str = ""
    session: aiohttp.ClientSession = field(init=False)

    def token(self, person: str, role: Role = Role.ATTENDEE, *, room: str = "duan", name: str = "") -> str:
        """Make a personal link's token."""
        shown = Name(f"Sở {person}", name or f"Lê Văn {person.capitalize()}", f"Sở {person}")
        return self.tokens.join(room=RoomSlug(room), person=person, role=role, name=shown, now=self.clock.now())

    def companion_token(self, of: str, word: str = "camera 2") -> str:
        """Make the token of another device of a personal link's seat."""
        return self.tokens.join(
            room=RoomSlug("duan"),
            person=f"device of {of}",
            role=Role.COMPANION,
            name=Name("", word, ""),
            now=self.clock.now(),
            companion_of=f"hoptt:{of}",
        )

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Ask the REST doors as a page of ours does, and give status and body."""
        own = {"Origin": self.url, "X-Hoptt": "1"} if method != "GET" else {}
        async with self.session.request(method, self.url + path, json=body, headers={**own, **headers}) as answer:
            return answer.status, (await answer.json() if answer.content_length else None)

    async def signed_in(self, person: Person, code: str | None = None) -> dict[str, Any]:
        """Sign this browser in."""
        status, told = await self.ask("POST", "/api/login", {"login": person.login, "password": PASSWORD, "code": code})
        assert status == 200, told
        assert isinstance(told, dict)
        return told

    async def line(self, **options: Any) -> RawLine:
        """Open a WebSocket as the page does."""
        socket = await self.session.ws_connect(
            self.url + "/ws", **{"origin": self.url, "autoping": True, "max_msg_size": 0, **options}
        )
        return RawLine(socket)


class RawLine:
    """A WebSocket that says anything, and keeps all that it is told."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self.last_id = 0
        self._task = asyncio.get_running_loop().create_task(self._listen())

    async def say(self, message: object) -> None:
        """Send a message; text as it is."""
        await self.socket.send_str(message if isinstance(message, str) else json.dumps(message, ensure_ascii=False))

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self.last_id += 1
        number = self.last_id
        await self.say({"type": type_, "id": number, **fields})
        return await self.answer(number)

    async def answer(self, number: int) -> dict[str, Any]:
        """Wait for the answer to a command."""
        await until(lambda: self._answers(number) or self.closed, f"an answer to {number}")
        assert self._answers(number), f"closed with {self.socket.close_code} before an answer"
        [answer] = self._answers(number)
        return answer

    async def join(self, who: str = "an", **fields: Any) -> dict[str, Any]:
        """Come in as a guest, or with a token."""
        values: dict[str, Any] = {"protocol": 1, "room": "duan"}
        if "token" not in fields:
            values["name"] = a_wire_name(who)
        return await self.ask("join", **(values | fields))

    async def close_code(self, seconds: float = 5.0) -> int | None:
        """Wait until the server has closed; gives its code."""
        await until(lambda: self.closed, "the server closes", seconds)
        return self.socket.close_code

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [one for one in self.heard if one["type"] == type_]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for one in self.of("events") for event in one["events"]]

    @property
    def closed(self) -> bool:
        return self._task.done()

    async def cut(self) -> None:
        """Break the TCP connection without a word."""
        connection = self.socket._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()

    async def close(self) -> None:
        await self.socket.close()
        await self._task

    def _answers(self, number: int) -> list[dict[str, Any]]:
        return [one for one in self.heard if one["type"] in ("ok", "refused") and one["id"] == number]

    async def _listen(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.heard.append(json.loads(message.data))


def a_wire_name(who: str) -> dict[str, str]:
    """A name that every rule lets in, another for each `who`."""
    letters = "".join(c for c in who if c.isalpha()).capitalize() or "An"
    return {"bridge_point": f"Xã {letters}", "name": f"Trần Thị {letters}", "unit": f"UBND xã {letters}"}


async def _no_engine() -> None:
    raise AssertionError("nobody asked for that")


@asynccontextmanager
async def serving(
    tmp_path: Path, rooms: FakeRooms | None, http: Http | None = None, relays: Relays | None = None
) -> AsyncIterator[WebSide]:
    """Serve the web side on a free port of loopback; without `rooms` they are those of the database."""
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(EventLog(tmp_path / "log.db", LOG_KEY))
        database = await stack.enter_async_context(Database(a_database(tmp_path)))
        kept = RoomStore(database)
        clock, media, watching = HandClock(NINE), FakeMedia(), Watching()
        house = await stack.enter_async_context(
            House(rooms=rooms or kept, media=media, log=log, clock=clock, observer=watching)
        )
        keys = open_keys(tmp_path / "keys")
        tokens, guessing, passwords = Tokens(keys), Guessing(), Passwords(QUICK)
        stack.callback(passwords.close)
        known = people(database, Config(), keys, passwords, clock.now, log=log)
        keeper = Doorkeeper(
            house=house,
            tokens=tokens,
            sessions=known.sessions,
            hashes=rooms or kept,
            passwords=passwords,
            guessing=guessing,
            clock=clock,
        )
        line_tests = FakeLineTests()
        lines = Lines(house=house, keeper=keeper, observer=watching, relays=relays)
        signing_out = SigningOut(known.sessions, house, lines, known.record)
        office = Office(
            rooms=kept,
            keys=keys,
            tokens=tokens,
            defaults=Meeting(),
            times=Times(),
            now=clock.now,
            hash_password=passwords.hash,
            stop_engine=_no_engine,
            people=known.office(signing_out),
            house=house,
        )
        requests = Requests(Browsers(keys.browser), lambda: http or Http())
        ice_servers: list[IceServer] = []
        whip = WhipSessions(house, watching, ice_servers=lambda _: ice_servers)
        app = make_web(
            house=house,
            keeper=keeper,
            requests=requests,
            line_tests=line_tests,
            lines=lines,
            page=a_page(tmp_path / "page"),
            doors=[*known.doors(requests, office, signing_out, keeper, tokens), WhipDoor(requests, keeper, whip)],
            clock=clock,
            observer=watching,
        )
        fakes = rooms or FakeRooms()
        side = WebSide(
            house, fakes, media, log, clock, keys, tokens, guessing, lines, watching, line_tests, known, office, whip,
            ice_servers,
            {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None},
        )  # fmt: skip
        runner = make_runner(app)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        side.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        side.session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.CookieJar(unsafe=True))
        )
        yield side
        assert watching.bugs == [], "a fault of ours"

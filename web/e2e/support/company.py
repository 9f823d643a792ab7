"""A company of simulated bridge points that a story directs: `company.py URL DATA ROOM PASSWORD`.

Each line of standard input asks something, as JSON: `do`, the `number` of a bridge point where it is about one, and
what else it takes. Each line of standard output answers, by the same `id`. When the input ends, everybody is gone.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from hoptt.auth.keys import open_keys
from hoptt.auth.tokens import Tokens
from hoptt.bots.rehearsal.actor import Actor, Standing
from hoptt.bots.rehearsal.cast import Cast
from hoptt.bots.rehearsal.incidents import play
from hoptt.bots.rehearsal.points import Point, points
from hoptt.bots.rehearsal.reel import reel
from hoptt.bots.rehearsal.script import Incident, What
from hoptt.bots.visitor import Visitor
from hoptt.errors import HopttError
from hoptt.ids import RoomSlug
from hoptt.meeting.settings import Name
from hoptt.meeting.words import Role, Source
from hoptt.signaling import messages as wire

APART_S = 0.15
COMES_WITHIN_S = 150.0
PATIENT_S = 400.0
"""A chair on a busy machine has more time than in a rehearsal."""
PEOPLE = points(60)


async def _is_in(actor: Actor) -> bool:
    return await actor.until(lambda: actor.standing is Standing.IN, COMES_WITHIN_S)


class Disturber:
    """Sends a voice from the first moment to the last, whatever it is told, and tries every way back."""

    def __init__(self, company: Company, point: Point) -> None:
        self.why = ""
        """The last word that was said to it."""
        self.inside = False
        self._company, self._point = company, point
        self._visitor: Visitor | None = None
        self._resume = ""

    async def come(self, way: str) -> str:
        """Come by one of the ways; gives `in`, `waiting`, or the code of the refusal."""
        if self._visitor is not None:
            await self._visitor.close()
        company, self.why, self.inside = self._company, "", False
        other = wire.Name(bridge_point="Trạm Khí tượng", name="Đinh Công Tráng, Chuyên viên", unit="Trạm Khí tượng")
        join = wire.Join(id=0, protocol=wire.PROTOCOL, room=company.room, camera=True, microphone=True)
        ways: dict[str, wire.Join | wire.Resume] = {
            "resume": wire.Resume(id=0, protocol=wire.PROTOCOL, token=self._resume, last_seq=0),
            "link": msgspec.structs.replace(join, token=company.token(self._point)),
            "other name": msgspec.structs.replace(join, name=other, knock=True),
            "password": msgspec.structs.replace(join, name=other, password=company.password),
        }
        self._visitor = await Visitor.connect(company.url, self._hear)
        try:
            answer = await self._visitor.ask_any(ways[way])
        except HopttError as refusal:
            return str(refusal.code)
        assert isinstance(answer, wire.Joined | wire.Resumed | wire.Waiting)
        self._resume = answer.resume
        if isinstance(answer, wire.Waiting):
            return "waiting"
        await self._send_media()
        return "in"

    async def _send_media(self) -> None:
        number, cast = self._point.number, self._company.cast
        assert self._visitor is not None, "it has come"
        asked = wire.Offer(id=0, sdp=await cast.offer(number), fresh=True)
        await cast.answer(number, (await self._visitor.ask(asked, wire.Answer)).sdp, None)
        cast.talk(number, on=True)
        self.inside = True

    async def opens(self) -> str | None:
        """Turn the microphone on, as a page does; gives the code of the refusal."""
        assert self._visitor is not None, "it has come"
        try:
            await self._visitor.ask(wire.Switch(id=0, source=Source.MICROPHONE, on=True), wire.Nothing)
        except HopttError as refusal:
            return str(refusal.code)
        return None

    def _hear(self, message: wire.ToPage) -> None:
        match message:
            case wire.Admitted():
                self._resume = message.resume
                self._company.later(self._send_media())
            case wire.Turned():
                self.why, self.inside = message.code, False
            case _:
                pass


class Company:
    """All of them."""

    def __init__(self, url: str, data: Path, room: str, password: str, cast: Cast) -> None:
        self.url, self.room, self.password, self.cast = url, room, password, cast
        self._tokens = Tokens(open_keys(data / "keys"))
        self._actors: dict[int, Actor] = {}
        self._disturber: Disturber | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def later(self, doing: Any) -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def token(self, point: Point) -> str:
        """Make a personal link's token, a new one each time and of the same person."""
        name = Name(point.name.bridge_point, point.name.name, point.name.unit)
        room, now = RoomSlug(self.room), datetime.now(UTC)
        return self._tokens.join(room=room, person=f"simulated-{point.number}", role=Role.ATTENDEE, name=name, now=now)

    def _actor(self, number: int) -> Actor:
        made = Actor(PEOPLE[number], url=self.url, room=self.room, cast=self.cast, near=None, password=self.password)
        return self._actors.setdefault(number, made)

    # ---- what is asked -----------------------------------------------------------------------------

    async def come(self, count: int) -> dict[str, Any]:
        """Bring in that many by their links."""
        for number in range(count):
            self._actor(number).come(self.token(PEOPLE[number]))
            await asyncio.sleep(APART_S)
        await asyncio.gather(*(_is_in(one) for one in self._actors.values()))
        return await self.stand()

    async def stand(self) -> dict[str, Any]:
        """Tell how all stand, and why those who are out were sent away."""
        actors = self._actors.values()
        return {
            "standing": Counter(str(one.standing) for one in actors),
            "whys": Counter(one.why for one in actors if one.why),
        }

    async def name(self, number: int) -> dict[str, Any]:
        """Tell as what somebody is shown."""
        return {"point": PEOPLE[number].name.bridge_point}

    async def play(self, number: int, what: str, seconds: float) -> dict[str, Any]:
        """Play an incident of `hoptt rehearse`."""
        incident = Incident(at=0, what=What(what), seconds=seconds)
        outcome = await play(incident, self._actor(number), PEOPLE[number // 2], patience_s=PATIENT_S)
        return {"end": outcome.end, "why": outcome.why}

    async def act(self, number: int, command: dict[str, Any]) -> dict[str, Any]:
        """Let somebody ask the server anything; tells the code of the refusal."""
        return {"refused": await self._actor(number).ask(msgspec.convert({**command, "id": 0}, wire.FromPage))}

    async def disturb(self, number: int, way: str) -> dict[str, Any]:
        """Let the disturber try to come in."""
        self._disturber = self._disturber or Disturber(self, PEOPLE[number])
        return {"came": await self._disturber.come(way)}

    async def opens(self) -> dict[str, Any]:
        """Let the disturber turn its microphone on."""
        assert self._disturber is not None, "it has come once"
        return {"refused": await self._disturber.opens()}

    async def disturber(self) -> dict[str, Any]:
        """Tell how the disturber stands."""
        assert self._disturber is not None, "it has come once"
        return {"inside": self._disturber.inside, "why": self._disturber.why}

    async def count(self) -> dict[str, Any]:
        """Tell what the cast sent, and for how many."""
        return await self.cast.count()


async def direct(url: str, data: str, room: str, password: str) -> None:
    """Do what is asked, several things beside each other."""
    program = shutil.which("hoptt-load", path=str(Path(sys.executable).parent))
    assert program is not None, "make test-programs builds it"
    with tempfile.TemporaryDirectory(prefix="hoptt-company-") as folder:
        file = Path(folder) / "reel"
        file.write_bytes(await asyncio.to_thread(reel))
        async with await Cast.begin(program, file) as cast:
            company = Company(url, Path(data), room, password, cast)

            async def answer(asked: dict[str, Any]) -> None:
                number, do = asked.pop("id"), asked.pop("do")
                try:
                    told = await getattr(company, do)(**asked)
                except Exception:
                    told = {"fault": traceback.format_exc()}
                print(json.dumps({"id": number, **told}), flush=True)

            while line := await asyncio.to_thread(sys.stdin.readline):
                company.later(answer(json.loads(line)))


asyncio.run(direct(*sys.argv[1:]))

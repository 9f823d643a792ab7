"""A rehearsal beside a real server: points with media of the load program, a chair that does what a good one does."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from rich.console import Console
from tests.support.load import PROGRAM
from tests.support.server import a_server

from hoptt.bots.rehearsal.incidents import End
from hoptt.bots.rehearsal.run import Plan, Rehearsal
from hoptt.bots.rehearsal.script import Incident, Script, What
from hoptt.bots.visitor import Visitor
from hoptt.meeting.chat_words import ChatTo
from hoptt.signaling import messages as wire

pytestmark = pytest.mark.engine
ROOM = "hop-thu"


class Chair:
    """Admits who is honest, refuses who is not, gives the floor, answers, and closes a flooded chat."""

    def __init__(self) -> None:
        self.todo: asyncio.Queue[wire.Command] = asyncio.Queue()
        self.flooded: dict[str, int] = {}
        self.you = ""

    async def run(self, url: str, token: str, present: asyncio.Event) -> None:
        visitor = await Visitor.connect(url, self.hear)
        try:
            join = wire.Join(id=0, protocol=wire.PROTOCOL, room=ROOM, token=token)
            self.you = (await visitor.ask(join, wire.Joined)).picture.you
            present.set()
            while True:
                await visitor.ask_any(await self.todo.get())
        finally:
            await visitor.close()

    def hear(self, message: wire.ToPage) -> None:
        if not isinstance(message, wire.Events):
            return
        for event in message.events:
            match event:
                case wire.LobbyEntered() if event.applicant.connected:
                    who = event.applicant.id
                    honest = not event.applicant.resembles
                    self.do(wire.Admit(id=0, applicants=[who]) if honest else wire.Refuse(id=0, applicant=who))
                case wire.FloorAsked():
                    self.do(wire.GrantFloor(id=0, participant=event.participant))
                case wire.Said() if event.to is ChatTo.LEADS:
                    self.do(wire.Say(id=0, to=ChatTo.ALL, text="Thứ tự báo cáo theo chương trình."))
                case wire.Said() if event.participant != self.you:
                    lines = self.flooded[event.participant] = self.flooded.get(event.participant, 0) + 1
                    if lines == 3:
                        self.do(wire.CloseChat(id=0, closed=True))
                case _:
                    pass

    def do(self, command: wire.Command) -> None:
        self.todo.put_nowait(command)


async def test_R7_a_rehearsal_plays_its_incidents_and_tells_what_a_good_chair_handled(tmp_path: Path) -> None:
    assert PROGRAM is not None
    script = Script(
        [
            Incident(at=0.2, what=What.KNOCK),
            Incident(at=0.4, what=What.KNOCK_STRANGE),
            Incident(at=0.6, what=What.SPEAK_WITHOUT_LEAVE, seconds=2),
            Incident(at=1, what=What.ASK_FLOOR, seconds=2),
            Incident(at=2, what=What.ASK_CHAIR),
            Incident(at=8, what=What.LOSE_LINE, seconds=2),
            Incident(at=12, what=What.DISTURB, seconds=20),
        ]
    )
    with a_server(tmp_path) as server:
        server.start()
        server.told("room", "create", ROOM, "--name", "Họp thử", "--entry", "lobby")
        chair_token = server.cli("token", "--room", ROOM, "--role", "chair", "--name", "Trần Văn Bình").stdout.strip()

        async def mint(name: wire.Name) -> str:
            words = ("--name", name.name, "--bridge-point", name.bridge_point, "--unit", name.unit)
            done = await asyncio.to_thread(server.cli, "token", "--room", ROOM, *words)
            return done.stdout.strip()

        present = asyncio.Event()
        chairing = asyncio.create_task(Chair().run(server.url, chair_token, present))
        await asyncio.wait_for(present.wait(), 20)
        plan = Plan(server.url, ROOM, 7, 0.5, script, PROGRAM)
        report = await Rehearsal(plan, mint, Console(file=io.StringIO())).run()
        chairing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await chairing
        acts = server.output.read_text()
    ends = {outcome.what: (outcome.end, outcome.why) for outcome in report.outcomes}
    assert ends == {
        What.KNOCK: (End.HANDLED, "admitted"),
        What.KNOCK_STRANGE: (End.HANDLED, "lobby.refused"),
        What.SPEAK_WITHOUT_LEAVE: (End.BY_ITSELF, "kept silent"),
        What.ASK_FLOOR: (End.HANDLED, "spoke"),
        What.ASK_CHAIR: (End.HANDLED, "answered"),
        What.LOSE_LINE: (End.BY_ITSELF, "back on the same seat"),
        What.DISTURB: (End.HANDLED, "the chat was closed"),
    }
    assert (report.came, report.handled, len(report.for_the_chair), report.wrongly_removed) == (5, 5, 5, [])
    assert "Nguyễn" not in acts, "S49"

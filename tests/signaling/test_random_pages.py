"""Pages that do anything, in any order (I14): what each was told adds up to what there is, and nobody's gate opens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.support.fake_media import FakeMeetingMedia
from tests.support.fake_socket import FakePage
from tests.support.meetings import a_room
from tests.support.pages import FakeRooms, until
from tests.support.web_side import WebSide, a_wire_name, serving

from hoptt.ids import MeetingId
from hoptt.live.meeting_task import MeetingTask
from hoptt.meeting.audience import reader_in
from hoptt.meeting.chat import MAX_LINES
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, HeldBecause, Layout, Role, Source
from hoptt.signaling import views
from hoptt.signaling.encoding import encode

T = TypeVar("T")
STORIES = int(os.environ.get("HOPTT_STORIES", "60"))
"""Of up to 60 steps each, the same at each run; with a number given (833 are 50,000 steps) they are new ones."""
ACTS = [
    "come", "come", "come_back", "act", "act", "act", "act", "act", "own", "own", "floor", "floor", "floor",
    "talk", "talk",
    "vanish", "leave", "nonsense", "offer", "time", "engine",
]  # fmt: skip
NAMES = ["an", "binh", "chung", "dung", "em"]
RULES = [
    Rules(entry=EntryRule.OPEN, muted_until_allowed=False),
    Rules(entry=EntryRule.OPEN, capacity=3),
    Rules(entry=EntryRule.LOBBY, lobby_capacity=2),
]
ROLES = ["co_chair", "attendee", "observer", "secretary"]
OF_THE_CHAIR = ("deputy", "chair_offered_to", "chair_offered_by", "stands_in_for", "lobby_keeper")
SIGNALS_OF_THE_LOBBY = {"ok", "refused", "lobby", "turned_away", "admitted"}


@dataclass
class Person:
    """Somebody with a page, the picture they have drawn from what they were told, and what they asked."""

    who: str
    role: Role
    page: FakePage | None = None
    token: str | None = None
    seq: int = 0
    picture: dict[str, Any] | None = None
    read: int = 0
    waiting: bool = False
    asked: set[int] = field(default_factory=set)


class Pages(RuleBasedStateMachine):
    """A story whose steps Hypothesis chooses, and makes shorter when one goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = contextlib.AsyncExitStack()
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.story: Story | None = None

    @initialize(rules=st.sampled_from(RULES))
    def open(self, rules: Rules) -> None:
        side = self.run(self.stack.enter_async_context(serving(Path(self.folder), FakeRooms(a_room(rules)))))
        self.story = Story(side)

    @rule(
        act=st.sampled_from(ACTS), who=st.integers(0, len(NAMES)),
        seed=st.integers(0, 2**32 - 1), pause=st.booleans(),
    )  # fmt: skip
    def step(self, act: str, who: int, seed: int, pause: bool) -> None:
        assert self.story is not None
        self.run(self.story.step(act, who, random.Random(seed), pause=pause))

    def teardown(self) -> None:
        try:
            if self.story is not None:
                self.run(self.story.end())
        finally:
            self.run(self.stack.aclose())
            self.loop.close()

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(doing)


TestI14WhatEveryPageWasToldAddsUp = Pages.TestCase
TestI14WhatEveryPageWasToldAddsUp.settings = settings(
    max_examples=STORIES, stateful_step_count=60, deadline=None, derandomize="HOPTT_STORIES" not in os.environ,
    suppress_health_check=list(HealthCheck), print_blob=True,
)  # fmt: skip


class Story:
    """One random sequence."""

    def __init__(self, side: WebSide) -> None:
        self.side, self.chance = side, random.Random(0)
        self.people = [Person("chair", Role.CHAIR), *(Person(who, Role.ATTENDEE) for who in NAMES)]

    async def step(self, act: str, who: int, chance: random.Random, *, pause: bool) -> None:
        self.chance = chance
        do: Callable[[Person], Awaitable[None]] = getattr(self, act)
        await do(self.people[who])
        if pause:
            await asyncio.sleep(0.002)
        for person in self.people:
            self.listen(person)

    async def end(self) -> None:
        with contextlib.suppress(AssertionError):
            await self.settle()
        self.check()
        for person in self.people:
            if person.page is not None:
                await person.page.drop()

    # ---- what they do ------------------------------------------------------------------------------

    async def come(self, person: Person) -> None:
        if person.page is None or person.page.closed:
            self.open(person)
        fields: dict[str, Any] = {"protocol": 1, "room": "duan", "knock": self.chance.random() < 0.3}
        if person.role is Role.CHAIR:
            fields |= {"token": self.side.token("chair", Role.CHAIR), "take_over": self.chance.random() < 0.5}
        else:
            fields |= {"name": a_wire_name(person.who)}
        if self.chance.random() < 0.7:
            fields["offer"] = "offer"
        self.ask(person, "join", microphone=True, camera=self.chance.random() < 0.5, **fields)

    async def come_back(self, person: Person) -> None:
        if person.token is not None and (person.page is None or person.page.closed):
            self.open(person)
            self.ask(person, "resume", protocol=1, token=person.token, last_seq=person.seq)

    async def act(self, person: Person) -> None:
        one, some = self.somebody(), [self.somebody() for _ in range(self.chance.randrange(3))]
        acts: list[tuple[str, dict[str, Any]]] = [
            ("admit", {"applicants": some}), ("admit", {"all_invited": True}), ("refuse", {"applicant": one}),
            ("remove", {"participant": one}), ("allow", {"participants": some}), ("take_back", {"participants": some}),
            ("mute", {"participants": some, "all_but": [self.somebody()]}), ("mute", {"may_reopen": True}),
            ("lift_mute", {}), ("stop_source", {"participant": one, "source": "camera"}),
            ("allow_source", {"participant": one, "source": "camera"}),
            ("lock", {"locked": self.chance.random() < 0.3}),
            ("set_role", {"participant": one, "role": self.chance.choice(ROLES)}),
            ("set_branch", {"participant": one, "branch": self.chance.choice(["", "Huyện Một"])}),
            ("rename", {"participant": one, "name": a_wire_name(self.chance.choice(["giang", "hoa"]))}),
            ("name_deputy", {"participant": one}), ("offer_chair", {"participant": one}),
            ("give_lobby", {"participant": self.chance.choice([one, None])}),
            ("withdraw_chair_offer", {}), ("answer_chair", {"accept": True}), ("take_chair", {}), ("read_acts", {}),
            ("set_layout", {"layout": self.chance.choice([*Layout])}), ("set_stage", {"participants": some}),
            ("close_chat", {"closed": self.chance.random() < 0.3}),
        ]  # fmt: skip
        if self.chance.random() < 0.5:
            acts = self.floor_acts(one)
        type_, fields = self.chance.choice(acts)
        leads = self.people[0] if self.chance.random() < 0.8 else person
        self.ask(leads, type_, **fields)

    def floor_acts(self, one: str) -> list[tuple[str, dict[str, Any]]]:
        """Give acts of those who lead on the floor."""
        seconds = self.chance.choice([10, 60, -60])
        return [
            ("grant_floor", {"participant": one, "instead": self.chance.random() < 0.3}),
            ("grant_floor", {"participant": one, "instead": False}), ("end_turn", {"participant": one}),
            ("extend_turn", {"participant": one, "seconds": seconds}), ("hold_turn", {"participant": one}),
            ("resume_turn", {"participant": one}), ("refuse_request", {"participant": one, "reason": "sau"}),
            ("skip_request", {"participant": one}), ("move_request", {"participant": one, "place": 0}),
            ("set_floor", {"turn_s": self.chance.choice([None, 30]), "at_once": self.chance.choice([1, 2]),
             "overrun": self.chance.choice(["close", "warn"])}),
        ]  # fmt: skip

    async def floor(self, person: Person) -> None:
        asked = [("ask_floor", {}), ("ask_floor", {}), ("take_floor", {}), ("take_floor", {}), ("withdraw_floor", {}),
                 ("decline_floor", {}), ("end_turn", {}), ("ask_more_time", {"seconds": 60})]  # fmt: skip
        type_, fields = self.chance.choice(asked)
        self.ask(person, type_, **fields)

    async def own(self, person: Person) -> None:
        source = self.chance.choice(["microphone", "camera", "screen"])
        self.ask(person, "switch", source=source, on=self.chance.random() < 0.7)

    async def talk(self, person: Person) -> None:
        self.ask(person, "say", to=self.chance.choice(["all", "leads", "unit"]), text=self.chance.choice(["Vâng", " "]))

    async def offer(self, person: Person) -> None:
        self.ask(person, "offer", sdp=self.chance.choice(["offer", "wrong"]), fresh=self.chance.random() < 0.7)

    async def leave(self, person: Person) -> None:
        if self.chance.random() < 0.3:
            self.ask(person, "leave")

    async def vanish(self, person: Person) -> None:
        if person.page is not None:
            await person.page.drop()

    async def nonsense(self, person: Person) -> None:
        if person.page is None or person.page.closed:
            return
        if self.chance.random() < 0.5:
            self.ask(person, "lock")  # without what is to be locked
        else:
            person.page.say(self.chance.choice(["no JSON", "[]", '{"type":"hack","id":1}', '{"type":"leave"}']))

    async def time(self, _: Person) -> None:
        self.side.clock.turn(seconds=self.chance.choice([1, 30, 61]))

    async def engine(self, _: Person) -> None:
        for media in self.side.media.meetings.values():
            media.away = self.chance.random() < 0.3

    def open(self, person: Person) -> None:
        person.page = FakePage(self.side.lines._doors)
        person.read, person.waiting, person.asked = 0, False, set()

    def ask(self, person: Person, type_: str, **fields: Any) -> None:
        if person.page is not None and not person.page.closed:
            person.asked.add(person.page.ask_soon(type_, **fields))

    def somebody(self) -> str:
        known = [p.page.line._you for p in self.people if p.page is not None and p.page.line._you]
        return self.chance.choice([*known, "p_nobody"])

    # ---- what they are told ------------------------------------------------------------------------

    def listen(self, person: Person) -> None:
        if person.page is None:
            return
        for message in person.page.heard[person.read :]:
            person.read += 1
            if person.waiting:
                assert message["type"] in SIGNALS_OF_THE_LOBBY, "S26: the lobby is told nothing of the meeting"
            self.take(person, message)

    def take(self, person: Person, message: dict[str, Any]) -> None:
        result = message.get("result", message)
        person.token = result.get("resume", person.token)
        match message["type"], result["type"]:
            case "ok", "joined":
                self.draw(person, result["picture"])
            case "ok", "waiting":
                person.waiting, person.picture = True, None
            case "ok", "resumed":
                if result["picture"] is not None:
                    self.draw(person, result["picture"])
                for missed in result["missed"]:
                    self.happened(person, missed)
            case (("picture" | "admitted"), _):
                person.waiting = False
                self.draw(person, message["picture"])
            case "events", _:
                assert message["seq"] > person.seq, "numbers grow"
                self.happened(person, message)
            case "switches", _:
                for one in message["switches"]:
                    if person.picture is not None:
                        person.picture["switches"][one["participant"]] = one

    def happened(self, person: Person, message: dict[str, Any]) -> None:
        assert person.picture is not None, "events carry a picture on"
        person.seq = message["seq"]
        for event in message["events"]:
            carry_on(person.picture, event)

    def draw(self, person: Person, picture: dict[str, Any]) -> None:
        person.seq = picture["seq"]
        person.picture = {
            "participants": {one["id"]: one for one in picture["participants"]},
            "lobby": {one["id"]: one for one in picture["lobby"]},
            "switches": {one["participant"]: one for one in picture["switches"]},
            "locked": picture["meeting"]["locked"],
            "muted_all": picture["meeting"]["muted_all"],
            **{key: picture["meeting"][key] for key in OF_THE_CHAIR},
            "layout": picture["meeting"]["layout"],
            "stage": picture["meeting"]["stage"],
            "floor": {
                **picture["floor"],
                "turns": {one["participant"]: one for one in picture["floor"]["turns"]},
                "spoken": {one["participant"]: one["spoken_ms"] for one in picture["floor"]["spoken"]},
            },
            "chat_closed": picture["meeting"]["chat_closed"],
            "chat": picture["chat"],
        }

    # ---- what holds at the end ---------------------------------------------------------------------

    async def settle(self) -> None:
        """Wait until every question has its answer and nobody has to be told anything any more."""
        for media in self.side.media.meetings.values():
            media.away = False
        for person in self.people:
            self.ask(person, "view", tiles=[])
        await until(lambda: not self.unanswered(), f"answers: {self.unanswered()}", seconds=20.0)
        await until(self.all_told, "what there is on every page", seconds=20.0)

    def unanswered(self) -> list[str]:
        open_pages = [(p, p.page) for p in self.people if p.page is not None and not p.page.closed]
        return [person.who for person, page in open_pages if not person.asked <= set(page.answers)]

    def all_told(self) -> bool:
        """Tell whether every page shows what there is; `check` says what is wrong when it never does."""
        for person in self.people:
            self.listen(person)
        try:
            self.check()
        except AssertionError:
            return False
        return True

    def check(self) -> None:
        tasks: dict[MeetingId, MeetingTask] = {task.id: task for task in self.side.house.meetings()}
        for person in self.people:
            page = person.page
            if page is None:
                continue
            answers = page.answers
            assert all(len(found) == 1 for found in answers.values()), "each is answered once"
            if page.closed:
                continue
            assert person.asked <= set(answers), f"{person.who} waits for an answer"
            if person.picture is not None and page.line._seat is not None:
                self.compare(person, next(iter(tasks.values())), page)
        for key, task in tasks.items():
            self.check_gates(task, self.side.media.meetings[key])

    def compare(self, person: Person, task: MeetingTask, page: FakePage) -> None:
        you = page.line._you
        seat = task.state.participants[you]
        drawn = views.picture(task.picture(reader_in(task.state, seat)), you)
        there = Person("there", seat.role)
        self.draw(there, json.loads(encode(drawn)))
        assert person.picture is not None
        inside = person.picture["participants"]  # a switch may be told after its owner has left
        for picture in (person.picture, there.picture):
            assert picture is not None
            switches = picture["switches"].items()  # who is not named has all of them off
            picture["switches"] = {k: v for k, v in switches if k in inside and True in v.values()}
        assert person.picture == there.picture, f"what {person.who} was told does not add up"

    def check_gates(self, task: MeetingTask, media: FakeMeetingMedia) -> None:
        """R16: open exactly for those who may and have switched on; R17: who is interrupted is not heard."""
        for turn in task.state.floor.turns:
            assert turn.held_because is not HeldBecause.CHAIR or not media.is_open(turn.participant)
        for (who, source), gate in media.gates.items():
            seat = task.state.participants.get(who)
            may = seat is not None and (seat.rights.may_speak if source is Source.MICROPHONE else True)
            assert may or not gate.open, f"{source} of {who} is open without the right"


def carry_on(picture: dict[str, Any], event: dict[str, Any]) -> None:  # noqa: PLR0912 - one line a case
    """Carry a picture on by an event: `reduce.ts` in small."""
    participants, lobby, switches = picture["participants"], picture["lobby"], picture["switches"]
    carry_floor_on(picture["floor"], event)
    who: Any = event.get("participant")
    match event["type"]:
        case "participant_joined":
            participants[who["id"]] = who
        case "participant_left":
            participants.pop(who, None)
            switches.pop(who, None)
            lapse(picture, who)
            picture["stage"] = [one for one in picture["stage"] if one != who]
        case "participant_lost" | "participant_back":
            participants[who]["connected"] = event["type"] == "participant_back"
        case "rights_changed":
            for one in event["participants"]:
                if one in participants:
                    changed = {k: event[k] for k in ("may_speak", "may_show", "may_share") if event[k] is not None}
                    participants[one].update(changed)
        case "all_muted":
            picture["muted_all"] = event["on"]
        case "room_locked":
            picture["locked"] = event["locked"]
        case "layout_set" | "stage_set":
            shown = {"layout": event.get("layout"), "stage": event.get("participants")}
            picture.update({key: value for key, value in shown.items() if value is not None})
        case "chat_closed":
            picture["chat_closed"] = event["closed"]
        case "said":
            line = {k: v for k, v in event.items() if k != "type"} | {"name": participants[who]["name"]}
            picture["chat"] = [*picture["chat"], line][-MAX_LINES:]
        case "lobby_entered":
            lobby[event["applicant"]["id"]] = event["applicant"]
        case "lobby_left":
            lobby.pop(event["applicant"], None)
        case _:
            carry_roles_on(picture, event)


def carry_roles_on(picture: dict[str, Any], event: dict[str, Any]) -> None:
    """Carry on who is what: `hand.ts` in small."""
    participants = picture["participants"]
    who: Any = event.get("participant")
    match event["type"]:
        case "role_changed":
            if who in participants:
                participants[who].update(role=event["role"], leads_branch=event["branch"])
            lapse(picture, who)
        case "branch_set" | "name_changed":
            key = "branch" if event["type"] == "branch_set" else "name"
            participants[who][key] = event[key]
        case "chair_offered":
            picture["chair_offered_to"], picture["chair_offered_by"] = who, event["by"] if who else None
        case "chair_answered":
            picture["chair_offered_to"] = picture["chair_offered_by"] = None
            if event["accepted"]:
                picture["stands_in_for"] = None
                picture["deputy"] = None if picture["deputy"] == who else picture["deputy"]
        case "deputy_named":
            picture["deputy"] = who
        case "lobby_given":
            picture["lobby_keeper"] = who
        case "chair_stands_in":
            picture["stands_in_for"] = event["for"]
        case "chair_restored":
            picture["stands_in_for"] = None


def lapse(picture: dict[str, Any], who: str) -> None:
    """An offer ends when one of the two leaves or gets another role; the care for the lobby, with who may keep it."""
    keeper = picture["participants"].get(picture["lobby_keeper"], {"role": None})
    if keeper["role"] not in ("secretary", "co_chair") or keeper["leads_branch"] is not None:
        picture["lobby_keeper"] = None
    if who in (picture["chair_offered_to"], picture["chair_offered_by"]):
        picture["chair_offered_to"] = picture["chair_offered_by"] = None


def carry_floor_on(floor: dict[str, Any], event: dict[str, Any]) -> None:
    """Carry the floor on by an event."""
    who, queue, turns, spoken = event.get("participant"), floor["queue"], floor["turns"], floor["spoken"]
    match event["type"]:
        case "floor_asked":
            queue.insert(event["place"], {"participant": who, "since": event["at"]})
        case "floor_withdrawn":
            queue[:] = [one for one in queue if one["participant"] != who]
        case "request_moved":
            [request] = [one for one in queue if one["participant"] == who]
            queue.remove(request)
            queue.insert(event["place"], request)
        case "turn_granted" | "turn_started" | "turn_changed":
            turn = event["turn"]
            turns[turn["participant"]] = turn
            queue[:] = [one for one in queue if one["participant"] != turn["participant"]]
            floor["last"] = turn["participant"] if event["type"] == "turn_started" else floor["last"]
        case "turn_ended":
            del turns[who]
            if event["spoken_ms"]:
                spoken[who] = spoken.get(who, 0) + event["spoken_ms"]
            if event["back_in_queue"]:
                queue.insert(0, {"participant": who, "since": event["at"]})
        case "spoken_kept":
            spoken.pop(event["former"])
            spoken[who] = spoken.get(who, 0) + event["spoken_ms"]
        case "floor_set":
            floor.update({key: event[key] for key in ("turn_s", "at_once", "overrun")})
        case _:
            pass

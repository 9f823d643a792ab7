"""Random meetings: whatever people do, the log gives the state, and the promises of a meeting hold."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.support.meetings import a_beginning, a_guest, a_link, a_meeting, a_name, an_invitation, pid

from hoptt.errors import HopttError
from hoptt.ids import ParticipantId
from hoptt.live.deliveries import Switches
from hoptt.live.gates import gates_of, turned, within
from hoptt.meeting import commands as c
from hoptt.meeting import role_commands as r
from hoptt.meeting.audience import Audience, Reader, sift
from hoptt.meeting.chat_words import ChatTo, CloseChat, Say
from hoptt.meeting.events import Event, MeetingBegun, MeetingClosed, ParticipantJoined, RightsChanged
from hoptt.meeting.evolve import begun, evolve
from hoptt.meeting.floor import commands as f
from hoptt.meeting.floor.events import FloorAsked, FloorWithdrawn, RequestMoved, TurnEnded, TurnGranted
from hoptt.meeting.settings import Rules
from hoptt.meeting.state import LEADS, Meeting
from hoptt.meeting.words import EntryRule, HeldBecause, Layout, Overrun, Role, Source, TurnState
from hoptt.store.log_codec import decode, encode

WHO = [f"p{n}" for n in range(8)]
people = st.sampled_from(WHO)
mostly = st.sampled_from([True, True, True, False])
inside = st.sampled_from([*WHO[:5], *WHO[2:5], WHO[5]])
"""Mostly those who are there from the beginning."""
some_who = st.lists(people, min_size=4, max_size=8, unique=True)
some = st.lists(inside.map(pid), max_size=3).map(tuple)
CAPACITY = 5
STORIES = int(os.environ.get("HOPTT_STORIES", "500"))
"""Of up to 40 steps each, the same at each run; with a number given (25,000 are a million steps) they are new ones."""

acts = st.one_of(
    st.builds(c.Admit, some, st.booleans()),
    st.builds(c.Refuse, inside.map(pid)),
    st.builds(c.Remove, inside.map(pid), st.booleans()),
    st.builds(c.LiftBan, inside.map(pid)),
    st.builds(c.Allow, some),
    st.builds(c.TakeBack, some),
    st.builds(c.Mute, some, some, st.booleans()),
    st.just(c.LiftMute()),
    st.builds(c.StopSource, inside.map(pid), st.sampled_from(Source)),
    st.builds(c.AllowSource, inside.map(pid), st.sampled_from(Source)),
    st.builds(c.Lock, st.booleans()),
    st.builds(c.SetLayout, st.sampled_from(Layout)),
    st.builds(c.SetStage, some),
    st.just(c.OpenMeeting()),
    st.builds(r.SetRole, inside.map(pid), st.sampled_from(Role), st.sampled_from([None, "Huyện p0", "Huyện p1"])),
    st.builds(r.SetBranch, inside.map(pid), st.sampled_from(["", "Huyện p0", "Huyện p2"])),
    st.builds(r.Rename, inside.map(pid), people.map(lambda who: a_name(f"Phạm Thị {who}", f"Phòng {who}"))),
    st.builds(r.OfferChair, inside.map(pid)),
    st.just(r.WithdrawChairOffer()),
    st.builds(r.AnswerChair, st.booleans()),
    st.builds(r.NameDeputy, inside.map(pid) | st.none()),
    st.just(r.TakeChair()),
    st.builds(r.GiveLobby, inside.map(pid) | st.none()),
    st.just(r.ReadActs()),
    st.builds(Say, st.sampled_from(ChatTo), st.text(max_size=8)),
    st.builds(CloseChat, st.booleans()),
)


floor_acts = st.one_of(
    st.builds(f.GrantFloor, inside.map(pid), st.booleans()),
    st.builds(f.GrantFloor, inside.map(pid)),
    st.builds(f.EndTurn, inside.map(pid)),
    st.builds(f.ExtendTurn, inside.map(pid), st.sampled_from([-60, 5, 60])),
    st.builds(f.HoldTurn, inside.map(pid)),
    st.builds(f.ResumeTurn, inside.map(pid)),
    st.builds(f.RefuseRequest, inside.map(pid)),
    st.builds(f.SkipRequest, inside.map(pid)),
    st.builds(f.MoveRequest, inside.map(pid), st.integers(0, 5)),
    st.builds(f.SetFloor, st.sampled_from([None, 30, 60]), st.integers(0, 3), st.sampled_from(Overrun)),
)
own_acts = st.one_of(
    st.just(f.AskFloor()),
    st.just(f.TakeFloor()),
    st.sampled_from([f.WithdrawFloor(), f.DeclineFloor(), f.EndTurn(), f.AskMoreTime(60)]),
)


class RandomMeeting(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []
        self.allowed: set[Any] = set()
        self.joined: Counter[str] = Counter()

    @initialize(muted=st.booleans())
    def begin(self, muted: bool) -> None:
        rules = Rules(entry=EntryRule.OPEN, muted_until_allowed=muted, capacity=CAPACITY, lobby_capacity=3, turn_s=60)
        invitations = [
            an_invitation(who, name=a_name(f"Lê Văn {who}", f"Sở {who}"), branch=f"Huyện {who}") for who in WHO[:4]
        ]
        self.told = a_meeting(first=a_beginning(rules, *invitations))
        self.fresh = 0
        self.seats: dict[str, list[str]] = {who: [] for who in WHO}
        self.switches: dict[Any, Switches] = {}
        for event in self.told.log:
            self.read_again(event)
        for who, role in zip(WHO, (Role.CHAIR, Role.CO_CHAIR, *[Role.ATTENDEE] * 3), strict=False):
            self.act(a_link(who, role, invitation=who), who)

    def act(self, command: c.Command, by: str | None, later: float = 1.0) -> None:
        before, known = self.told.meeting, len(self.told.log)
        try:
            self.told.act(command, by, later=later)
        except HopttError:
            assert self.told.meeting is before, "a refusal changes nothing"
        for event in self.told.log[known:]:
            self.read_again(event)
            self.note(event)
        # a chair may speak, and hands on the chair without falling silent: until somebody takes the right
        self.allowed.update(p.id for p in self.told.meeting.participants.values() if p.role is Role.CHAIR)

    replayed: Meeting

    def read_again(self, event: Event) -> None:
        """Carry on the state that the log makes, by what is read back of it."""
        row = encode(event)
        read = decode(row.type, row.v, row.fact, row.personal)
        self.replayed = begun(read) if isinstance(read, MeetingBegun) else evolve(self.replayed, read)

    def note(self, event: Event) -> None:
        """Keep what the promises are about, by the events alone."""
        match event:
            case ParticipantJoined():
                self.joined[event.participant.id] += 1
            case RightsChanged() if event.may_speak is not None:
                change = self.allowed.update if event.may_speak else self.allowed.difference_update
                change(event.participants)
            case FloorAsked():
                self.asked.append(event.participant)
            case RequestMoved():
                self.asked.remove(event.participant)
                self.asked.insert(event.place, event.participant)
            case TurnEnded() if event.back_in_queue:
                self.asked.insert(0, event.participant)
            case FloorWithdrawn():
                self.asked.remove(event.participant)
            case TurnGranted() if event.turn.participant in self.asked:
                self.asked.remove(event.turn.participant)
            case MeetingClosed():
                self.asked.clear()
            case _:
                pass

    @rule(who=people, role=st.sampled_from(Role), guest=st.booleans(), take_over=st.booleans(), knock=st.booleans())
    def somebody_comes(self, who: str, role: Role, guest: bool, take_over: bool, knock: bool) -> None:
        here = pid(who)
        if here in self.told.meeting.participants or here in self.told.meeting.lobby:
            here = self.another_seat_of(who)
        if guest:
            command = a_guest(who, participant=here, knock=knock)
        else:
            command = a_link(who, role, invitation=who, participant=here, take_over=take_over, knock=knock)
        self.act(command, here)

    @rule(who=inside, guest=st.booleans())
    def somebody_leaves_and_comes_anew(self, who: str, guest: bool) -> None:
        """Two seats of theirs are known then, and a token for each."""
        for seat in (who, *self.seats[who]):
            if pid(seat) in self.told.meeting.participants:
                self.act(c.Leave(), seat)
        here = self.another_seat_of(who)
        newcomer = a_guest(who, participant=here) if guest else a_link(who, invitation=who, participant=here)
        self.act(newcomer, here)

    def another_seat_of(self, who: str) -> ParticipantId:
        self.fresh += 1
        here = pid(f"{who}again{self.fresh}")
        self.seats[who].append(here)
        return here

    @rule(who=inside, ban=st.booleans())
    def somebody_is_put_out_wherever_they_sit(self, who: str, ban: bool) -> None:
        for seat in self.seats[who]:
            self.act(c.Remove(pid(seat), ban), self.leader())

    @rule(who=people, leads=mostly, command=acts)
    def somebody_acts(self, who: str, leads: bool, command: c.Command) -> None:
        self.act(command, self.leader() if leads else who)

    @rule(who=people, leads=mostly, command=floor_acts)
    def somebody_leads_the_floor(self, who: str, leads: bool, command: c.Command) -> None:
        self.act(command, self.leader() if leads else who)

    @rule(who=inside, command=own_acts)
    def somebody_uses_the_floor(self, who: str, command: c.Command) -> None:
        self.act(command, who)

    @rule(who=inside)
    def the_floor_is_given_and_taken(self, who: str) -> None:
        self.act(f.GrantFloor(pid(who)), self.leader())
        self.act(f.TakeFloor(), who)

    def leader(self) -> str:
        """Give one of those who lead, where there is one."""
        leads = [p.id for p in self.told.meeting.participants.values() if p.role in LEADS and p.leads_branch is None]
        return leads[0] if leads else WHO[0]

    @rule(who=people, command=st.sampled_from([c.Leave(), c.Lose(), c.Return(0), c.Return(1)]), nth=st.integers(0, 2))
    def somebody_goes_or_comes_back(self, who: str, command: c.Command, nth: int) -> None:
        """On the seat that they had first, or on one of the last."""
        seats = [who, *self.seats[who][-2:]]
        self.act(command, seats[nth % len(seats)])

    @rule(who=people, source=st.sampled_from(Source), on=st.booleans())
    def somebody_switches(self, who: str, source: Source, on: bool) -> None:
        seat = self.told.meeting.participants.get(pid(who))
        if seat is not None:
            self.switches[seat.id] = within(turned(self.switches.get(seat.id, Switches()), source, on=on), seat.rights)

    @rule(seconds=st.sampled_from([1, 10, 29, 31, 59, 61, 301]))
    def time_passes(self, seconds: int) -> None:
        self.act(c.LetTimePass(), None, later=seconds)

    @rule(who=some_who)
    def the_control_plane_restarts(self, who: list[str]) -> None:
        """Most of those who were there are soon back."""
        self.act(c.Restore(), None)
        for one in who:
            self.act(c.Return(0), one)

    @precondition(lambda self: len(self.told.log) > 30)
    @rule(who=people)
    def somebody_tries_to_end(self, who: str) -> None:
        self.act(c.EndMeeting(), who)

    @invariant()
    def the_log_gives_the_state(self) -> None:
        assert self.replayed == self.told.meeting

    @invariant()
    def one_seat_per_invitation(self) -> None:
        meeting = self.told.meeting
        inside = [p.identity.person for p in meeting.participants.values()]
        inside += [a.identity.person for a in meeting.lobby.values()]
        known = [person for person in inside if person is not None]
        assert len(known) == len(set(known))

    @invariant()
    def R18_nobody_who_is_banned_is_inside(self) -> None:
        """Of proved people: a browser may have two guests, of whom one is banned."""
        banned = {ban.person for ban in self.told.meeting.bans.values()} - {None}
        assert not banned & {p.identity.person for p in self.told.meeting.participants.values()}

    @invariant()
    def the_house_holds_no_more_than_it_may(self) -> None:
        """Admission lasts for the meeting: only those who come back by token fill it beyond its seats."""
        meeting = self.told.meeting
        bound = [p for p in meeting.participants.values() if p.role not in LEADS and self.joined[p.id] == 1]
        assert len(bound) <= CAPACITY
        assert len(meeting.lobby) <= meeting.rules.lobby_capacity

    @invariant()
    def S19_a_gate_is_open_exactly_when_right_and_switch_hold_and_no_veto_stands(self) -> None:
        for seat in self.told.meeting.participants.values():
            on, rights = self.switches.get(seat.id, Switches()), seat.rights
            opens = {
                Source.MICROPHONE: rights.may_speak and on.microphone,
                Source.CAMERA: rights.may_show and on.camera,
                Source.SCREEN: rights.may_share and on.screen,
                Source.SCREEN_AUDIO: rights.may_share and on.screen,
            }
            recorded, decided = gates_of(seat, seat, on), gates_of(seat, None, on)
            assert {source: recorded[seat.id, source].open for source in Source} == opens
            assert not any(gate.open for gate in decided.values()), "put out, and not recorded yet"

    @invariant()
    def R17_a_turn_gives_the_right_while_it_runs_and_never_before_or_when_interrupted(self) -> None:
        meeting = self.told.meeting
        for turn in meeting.floor.turns:
            may = meeting.participants[turn.participant].rights.may_speak
            if turn.held_because is HeldBecause.CHAIR:
                assert not may
            elif turn.begun:
                assert may
            assert turn.begun or turn.state is TurnState.GRANTED

    @invariant()
    def R16_nobody_may_speak_but_by_leave_or_by_a_turn(self) -> None:
        """Where all are muted until allowed: who may has a turn, or was allowed since the right was last taken."""
        meeting = self.told.meeting
        if not meeting.rules.muted_until_allowed:
            return
        may = {p.id for p in meeting.participants.values() if p.rights.may_speak and p.role is not Role.CHAIR}
        assert may <= self.allowed
        by_turn = {turn.participant for turn in meeting.floor.turns if turn.begun and not turn.standing}
        assert len(by_turn) <= 3, "as many as were ever let speak at once"

    @invariant()
    def R17_one_turn_and_one_place_each_for_those_who_are_there(self) -> None:
        meeting = self.told.meeting
        turns = [turn.participant for turn in meeting.floor.turns]
        places = [request.participant for request in meeting.floor.queue]
        assert len(set(turns)) == len(turns)
        assert len(set(places)) == len(places)
        assert not set(turns) & set(places)
        assert {*turns, *places} <= set(meeting.participants)
        for turn in meeting.floor.turns:
            running = turn.state is TurnState.SPEAKING
            assert (turn.started_at is not None) is running
            assert running <= meeting.participants[turn.participant].connected
            assert turn.ends_at is None or running

    @invariant()
    def R17_the_queue_has_the_order_of_asking_unless_it_was_changed(self) -> None:
        assert [request.participant for request in self.told.meeting.floor.queue] == self.asked

    @invariant()
    def R16_the_chair_may_always_speak(self) -> None:
        assert all(p.rights.may_speak for p in self.told.meeting.participants.values() if p.role is Role.CHAIR)

    @invariant()
    def R18_nothing_of_the_chair_stands_half_done(self) -> None:
        meeting = self.told.meeting
        made, stand_in = meeting.chair_offer, meeting.stand_in
        if made is not None:
            assert meeting.participants[made.by].role is Role.CHAIR
            assert made.to in meeting.participants
        if stand_in is not None:
            away = meeting.participants.get(stand_in.chair)
            assert away is None or (not away.connected and away.role is Role.CO_CHAIR), "whoever is back has the seat"
            there = meeting.participants.get(stand_in.participant)
            assert there is None or there.role is Role.CHAIR
        for seat in meeting.participants.values():
            assert seat.leads_branch is None or seat.role is Role.CO_CHAIR, "only co-chairs lead a branch"

    @invariant()
    def R18_whoever_has_the_lobby_is_here_and_may_keep_it(self) -> None:
        keeper = self.told.meeting.lobby_keeper
        if keeper is not None:
            seat = self.told.seat(keeper)
            assert seat.role in (Role.SECRETARY, Role.CO_CHAIR)
            assert seat.leads_branch is None

    @invariant()
    def S26_those_who_may_not_admit_are_told_nothing_of_the_lobby(self) -> None:
        latest = self.told.log[-10:]
        reader = Reader(pid("nobody"), Audience.SEATED)
        assert not any(e.type in ("lobby_entered", "lobby_left") for e in sift(latest, reader))


RandomMeeting.TestCase.settings = settings(
    max_examples=STORIES, stateful_step_count=40, deadline=None, derandomize="HOPTT_STORIES" not in os.environ,
    suppress_health_check=list(HealthCheck), print_blob=True,
)  # fmt: skip
TestRandomMeeting = RandomMeeting.TestCase

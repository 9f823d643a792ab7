"""Random meetings: whatever people do, the log gives the state, and the promises of a meeting hold."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.support.meetings import a_beginning, a_guest, a_link, a_meeting, a_name, an_invitation, pid

from hoptt.errors import HopttError
from hoptt.live.deliveries import Switches
from hoptt.live.gates import gates_of, turned, within
from hoptt.meeting import commands as c
from hoptt.meeting import role_commands as r
from hoptt.meeting.audience import Audience, sift
from hoptt.meeting.events import ParticipantJoined
from hoptt.meeting.evolve import replay
from hoptt.meeting.settings import Rules
from hoptt.meeting.state import LEADS
from hoptt.meeting.words import EntryRule, Layout, Role, Source
from hoptt.store.log_codec import decode, encode

WHO = [f"p{n}" for n in range(8)]
people = st.sampled_from(WHO)
some = st.lists(people.map(pid), max_size=3).map(tuple)
CAPACITY = 5

acts = st.one_of(
    st.builds(c.Admit, some, st.booleans()),
    st.builds(c.Refuse, people.map(pid)),
    st.builds(c.Remove, people.map(pid), st.booleans()),
    st.builds(c.LiftBan, people.map(pid)),
    st.builds(c.Allow, some),
    st.builds(c.TakeBack, some),
    st.builds(c.Mute, some, some, st.booleans()),
    st.just(c.LiftMute()),
    st.builds(c.StopSource, people.map(pid), st.sampled_from(Source)),
    st.builds(c.AllowSource, people.map(pid), st.sampled_from(Source)),
    st.builds(c.Lock, st.booleans()),
    st.builds(c.SetLayout, st.sampled_from(Layout)),
    st.builds(c.SetStage, some),
    st.just(c.OpenMeeting()),
    st.builds(r.SetRole, people.map(pid), st.sampled_from(Role), st.sampled_from([None, "Huyện p0", "Huyện p1"])),
    st.builds(r.SetBranch, people.map(pid), st.sampled_from(["", "Huyện p0", "Huyện p2"])),
    st.builds(r.Rename, people.map(pid), people.map(lambda who: a_name(f"Phạm Thị {who}", f"Phòng {who}"))),
    st.builds(r.OfferChair, people.map(pid)),
    st.just(r.WithdrawChairOffer()),
    st.builds(r.AnswerChair, st.booleans()),
    st.builds(r.NameDeputy, people.map(pid) | st.none()),
    st.just(r.TakeChair()),
    st.just(r.ReadActs()),
)


class RandomMeeting(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        rules = Rules(entry=EntryRule.OPEN, muted_until_allowed=False, capacity=CAPACITY, lobby_capacity=3)
        invitations = [
            an_invitation(who, name=a_name(f"Lê Văn {who}", f"Sở {who}"), branch=f"Huyện {who}") for who in WHO[:4]
        ]
        self.told = a_meeting(first=a_beginning(rules, *invitations))
        self.fresh = 0
        self.switches: dict[Any, Switches] = {}

    def act(self, command: c.Command, by: str | None, later: float = 1.0) -> None:
        before = self.told.meeting
        try:
            self.told.act(command, by, later=later)
        except HopttError:
            assert self.told.meeting is before, "a refusal changes nothing"

    @rule(who=people, role=st.sampled_from(Role), guest=st.booleans(), take_over=st.booleans(), knock=st.booleans())
    def somebody_comes(self, who: str, role: Role, guest: bool, take_over: bool, knock: bool) -> None:
        here = pid(who)
        if here in self.told.meeting.participants or here in self.told.meeting.lobby:
            self.fresh += 1
            here = pid(f"{who}again{self.fresh}")
        if guest:
            command = a_guest(who, participant=here, knock=knock)
        else:
            command = a_link(who, role, invitation=who, participant=here, take_over=take_over, knock=knock)
        self.act(command, here)

    @rule(who=people, command=acts)
    def somebody_acts(self, who: str, command: c.Command) -> None:
        self.act(command, who)

    @rule(who=people, command=st.sampled_from([c.Leave(), c.Lose(), c.Return(0), c.Return(1)]))
    def somebody_goes_or_comes_back(self, who: str, command: c.Command) -> None:
        self.act(command, who)

    @rule(who=people, source=st.sampled_from(Source), on=st.booleans())
    def somebody_switches(self, who: str, source: Source, on: bool) -> None:
        seat = self.told.meeting.participants.get(pid(who))
        if seat is not None:
            self.switches[seat.id] = within(turned(self.switches.get(seat.id, Switches()), source, on=on), seat.rights)

    @rule(seconds=st.sampled_from([1, 59, 61, 301, 601]))
    def time_passes(self, seconds: int) -> None:
        self.act(c.LetTimePass(), None, later=seconds)

    @rule()
    def the_control_plane_restarts(self) -> None:
        self.act(c.Restore(), None)

    @precondition(lambda self: len(self.told.log) > 30)
    @rule(who=people)
    def somebody_tries_to_end(self, who: str) -> None:
        self.act(c.EndMeeting(), who)

    @invariant()
    def the_log_gives_the_state(self) -> None:
        rows = [encode(event) for event in self.told.log]
        read = [decode(row.type, row.v, row.fact, row.personal) for row in rows]
        assert replay(read) == self.told.meeting

    @invariant()
    def one_seat_per_invitation(self) -> None:
        meeting = self.told.meeting
        inside = [p.identity.person for p in meeting.participants.values()]
        inside += [a.identity.person for a in meeting.lobby.values()]
        known = [person for person in inside if person is not None]
        assert len(known) == len(set(known))

    @invariant()
    def the_house_holds_no_more_than_it_may(self) -> None:
        """Admission lasts for the meeting: only those who come back by token fill it beyond its seats."""
        meeting = self.told.meeting
        joined = [e.participant.id for e in self.told.log if isinstance(e, ParticipantJoined)]
        bound = [p for p in meeting.participants.values() if p.role not in LEADS and joined.count(p.id) == 1]
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
    def S26_those_who_may_not_admit_are_told_nothing_of_the_lobby(self) -> None:
        assert not any(e.type.startswith("lobby") for e in sift(self.told.log, Audience.SEATED))


RandomMeeting.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestRandomMeeting = RandomMeeting.TestCase

"""All running meetings of this node."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId, ParticipantId, RoomSlug, random_id
from hoptt.live.calendar import Calendar
from hoptt.live.clock import Clock, SteadyClock
from hoptt.live.deliveries import ResumeClaims, Switches
from hoptt.live.ledger import Ledger
from hoptt.live.listener import Listener
from hoptt.live.meeting_task import MeetingTask
from hoptt.live.observe import Observer, Unobserved
from hoptt.live.restoring import restored
from hoptt.live.rooms import Rooms
from hoptt.live.seat import Joined, JoinRequest, Resumed, Seat, Waiting
from hoptt.live.slips import Sat, Slip
from hoptt.meeting import admission, beginning
from hoptt.meeting.accounts import Account, person_of
from hoptt.meeting.commands import Cancel, Enter, Identity, IdentityKind, Return, SignOut
from hoptt.meeting.decide import decide
from hoptt.meeting.events import Event, MeetingBegun, MeetingClosed, MeetingOpened
from hoptt.meeting.evolve import begun
from hoptt.meeting.settings import Name, Room, Rules, ScheduledMeeting
from hoptt.meeting.timers import Times
from hoptt.meeting.words import BridgePointKind, MeetingState, Role
from hoptt.sfu.contract import Carried, Media, MediaFound
from hoptt.store.log import EventLog


@dataclass(frozen=True, slots=True)
class DoorView:
    """What a page needs before the door."""

    room: Room
    title: str
    state: MeetingState | None
    """None: no meeting now, an ad-hoc one may begin."""
    rules: Rules
    starts_at: datetime | None
    ends_at: datetime | None
    doors_at: datetime | None
    ended_at: datetime | None
    chair: str | None
    """The name of the chair, once known."""
    meeting: MeetingId | None
    """The one that is meant; None when none goes on and none is planned."""
    invited: bool
    """Whoever asks is expected in it (R4)."""


@dataclass(frozen=True, slots=True)
class Comer:
    """As what somebody signed in comes to a room."""

    identity: Identity
    role: Role
    name: Name
    kind: BridgePointKind


class House:
    """Finds or begins the meeting somebody asks for; owns one task per running meeting.

    Use as `async with House(...) as house:`; entering restores the meetings that were running, leaving closes
    the tasks and not the meetings: they go on after a restart.
    """

    def __init__(
        self,
        *,
        rooms: Rooms,
        media: Media,
        log: EventLog,
        times: Times | None = None,
        observer: Observer | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._rooms = rooms
        self._media = media
        self._log = log
        self._times = times or Times()
        self._observer = observer or Unobserved()
        self._clock = clock or SteadyClock()
        self._calendar = Calendar(rooms, log, self._times)
        self._running: dict[MeetingId, MeetingTask] = {}
        self._doors: dict[RoomSlug, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.carried: dict[tuple[MeetingId, ParticipantId], Carried] = {}
        """Transports with a note that were found when the house was entered, for whoever wrote the notes."""

    async def __aenter__(self) -> Self:
        found = await self._media.found()
        known = set()
        for meeting in await restored(self._log, self._observer):
            known.add(meeting.id)
            if meeting.state is None:
                continue
            task = self._task(Ledger(meeting.state, meeting.seq, self._times))
            had = found.get(meeting.id, MediaFound())
            task.restore(meeting.events, [key for key, gate in had.gates.items() if gate.vetoed])
            self.carried |= {(meeting.id, who): one for who, one in had.carried.items()}
            self._start(task, had)
        for unknown in set(found) - known:
            await self._media.forget(unknown)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._running.values()):
            task.stop()
        if self._tasks:
            await asyncio.wait(self._tasks)

    # ---- the door ----------------------------------------------------------------------------------

    async def join(self, request: JoinRequest, listener: Listener) -> Joined | Waiting:
        """Let somebody in or into the lobby; begins the meeting where the room allows it.

        Raises HopttError or Refusals: the entry table of R3, names (R11), lock, capacity, doors, bans.
        """
        enter = Enter(
            participant=ParticipantId(random_id("p")),
            identity=request.identity,
            role=request.role,
            name=request.name,
            typed=request.typed,
            kind=request.kind,
            password_right=request.password_right,
            knock=request.knock,
            take_over=request.take_over,
        )
        room = await self._room(request.room)
        try:
            async with self._doors.setdefault(room.slug, asyncio.Lock()):
                task = await self._find(room, enter)
        except HopttError as refusal:
            self._observer.refused("enter", refusal.code)
            raise
        sat = await task.enter(enter, listener, Switches(request.microphone, request.camera))
        if sat.picture is None:
            self._observer.entered("waiting")
            return _waiting(task, sat, listener)
        self._observer.entered("joined" if sat.who == enter.participant else "taken_over")
        return await self._seated(task, sat, listener, request)

    def claims(self, meeting: MeetingId, who: ParticipantId) -> ResumeClaims | None:
        """Give what brings somebody back to a seat of a meeting that was restored; None when there is none."""
        task = self._running.get(meeting)
        seat = None if task is None else task.state.participants.get(who)
        return None if seat is None else ResumeClaims(meeting, who, seat.takeovers)

    async def resume(self, claims: ResumeClaims, last_seq: int, listener: Listener) -> Resumed | Waiting:
        """Back with a resume token, past lobby, lock and capacity.

        Raises HopttError: SEAT_GONE, SEAT_TAKEN, REMOVED, BANNED, LOBBY_REFUSED, MEETING_ENDED.
        """
        task = self._running.get(claims.meeting)
        if task is None or task.gone:
            raise await self._not_running(claims.meeting)
        sat = await task.come_back(Return(claims.takeovers), claims.participant, listener, last_seq)
        self._observer.entered("returned")
        seat = task.state.participants.get(sat.who)
        if seat is None:
            return _waiting(task, sat, listener)
        return Resumed(
            seat=Seat(task, sat.who, listener),
            participant=sat.who,
            resume=ResumeClaims(task.id, sat.who, seat.takeovers),
            media=task.media.has_transport(sat.who),
            seq=sat.seq,
            picture=sat.picture,
            missed=sat.missed or (),
            shows=task.media.shows(sat.who),
            layers=task.media.layers(sat.who),
        )

    async def door(self, room: RoomSlug, identity: Identity | None = None) -> DoorView:
        """Say what stands at the door of a room. Raises HopttError(LINK_UNKNOWN)."""
        kept = await self._room(room)
        now = self._clock.now()
        scheduled = await self._scheduled(room, now)
        invitation = None if identity is None else identity.invitation
        meant = beginning.current(scheduled, invitation, Role.ATTENDEE, now, self._times)
        running = self._running_in(room, meant)
        if meant is None and running is None:
            meant = beginning.next_of(scheduled, now, self._times)
            running = None if meant is None else self._running.get(meant.id)
        state = None if meant is None else _planned_state(meant, now)
        rules = kept.rules if meant is None else meant.rules
        title = kept.name if meant is None else meant.title
        if running is not None:
            state, rules, title = running.state.state, running.state.rules, running.state.title
        return DoorView(
            room=kept,
            title=title,
            state=state,
            rules=rules,
            starts_at=None if meant is None else meant.starts_at,
            ends_at=None if meant is None else meant.ends_at,
            doors_at=None if meant is None else beginning.doors_of(meant),
            ended_at=await self._calendar.ended_at(room, now) if state is None else None,
            chair=None if meant is None else _chair(meant),
            meeting=running.id if running is not None else None if meant is None else meant.id,
            invited=identity is not None and _is_invited(identity, running, meant),
        )

    async def as_account(self, room: RoomSlug, account: Account) -> Comer:
        """Tell as what somebody signed in comes to a room: by its list, its owner, or else (R3, R13).

        Raises HopttError(LINK_UNKNOWN).
        """
        kept = await self._room(room)
        now = self._clock.now()
        scheduled = await self._scheduled(room, now)
        invited = beginning.invitation_of(scheduled, account.id, now, self._times)
        row = None if invited is None else invited.id
        meant = beginning.current(scheduled, row, Role.CHAIR, now, self._times)
        name = account.name if invited is None else invited.name
        identity = Identity(IdentityKind.ACCOUNT, person=person_of(account.id), invitation=row, unit=name.unit)
        role = beginning.role_of_account(kept, meant, account, invited)
        if invited is None:
            return Comer(identity, role, name, BridgePointKind.PERSON)
        return Comer(identity, role, name, invited.kind)

    def sign_out(self, person: str, *, keep: Sequence[ParticipantId] = ()) -> None:
        """Give up the seats of an account in all meetings (S27), but those that another session of it holds."""
        for task in self._running.values():
            task.tell(SignOut(person, tuple(keep)))

    async def cancel(self, meeting: MeetingId) -> None:
        """End a meeting that was cancelled; one that does not run is fine."""
        task = self._running.get(meeting)
        if task is not None:
            task.tell(Cancel())

    def busy(self, room: RoomSlug) -> bool:
        """Tell whether a meeting runs in the room (for `room delete`)."""
        return any(task.state.room == room for task in self._running.values())

    def meetings(self) -> Sequence[MeetingTask]:
        """Give the running meetings (for the CLI and for tests)."""
        return list(self._running.values())

    # ---- which meeting -----------------------------------------------------------------------------

    async def _find(self, room: Room, enter: Enter) -> MeetingTask:
        """Give the meeting that somebody means, begun if the rules let them in. Raises HopttError otherwise."""
        now = self._clock.now()
        scheduled = await self._scheduled(room.slug, now)
        meant = beginning.current(scheduled, enter.identity.invitation, enter.role, now, self._times)
        running = self._running_in(room.slug, meant)
        if running is not None:
            return running
        if room.closed:
            raise HopttError(ErrorCode.ROOM_CLOSED, "the unit of this room is disabled: nothing begins here")
        if meant is not None:
            first = beginning.begin_scheduled(meant, room.name, now)
        else:
            announced = beginning.next_of(scheduled, now, self._times)
            past = await self._calendar.past(room.slug, now)
            first = beginning.begin_ad_hoc(
                room, MeetingId(random_id("m")), enter.role, now, past=past, announced=announced
            )
        return self._begin(first, enter, now)

    def _begin(self, first: MeetingBegun, enter: Enter, now: datetime) -> MeetingTask:
        """Begin a meeting if somebody it is begun for may come in: a refused knock leaves no meeting behind."""
        decide(begun(first), enter, now, self._times, by=enter.participant)
        task = self._task(Ledger.beginning(first, self._times))
        self._start(task, None)
        return task

    def _running_in(self, room: RoomSlug, meant: ScheduledMeeting | None) -> MeetingTask | None:
        """Give the running meeting: the one that is meant; else one nobody scheduled; else whatever runs there."""
        if meant is not None:
            task = self._running.get(meant.id)
            return None if task is None or task.gone else task
        there = [t for t in self._running.values() if t.state.room == room and not t.gone and not t.state.closed]
        return min(there, key=lambda t: t.state.ad_hoc is None, default=None)

    async def _scheduled(self, slug: RoomSlug, now: datetime) -> list[ScheduledMeeting]:
        """Give what is planned in a room; old plans are cleared away beside."""
        if self._calendar.tidy_due(now):
            self._keep(self._calendar.tidy(list(self._running), now))
        return await self._calendar.scheduled(slug, list(self._running), now)

    async def _room(self, slug: RoomSlug) -> Room:
        room = await self._rooms.room(slug)
        if room is None:
            raise HopttError(ErrorCode.LINK_UNKNOWN, "there is no room of this name")
        return room

    async def _not_running(self, meeting: MeetingId) -> HopttError:
        closing = await self._log.closing(meeting)
        if closing is None:
            return HopttError(ErrorCode.SEAT_GONE, "the meeting does not run here")
        return HopttError(
            ErrorCode.MEETING_ENDED, "the meeting has ended", details={"ended_at": int(closing.at.timestamp() * 1000)}
        )

    # ---- tasks -------------------------------------------------------------------------------------

    def _task(self, ledger: Ledger[Slip]) -> MeetingTask:
        return MeetingTask(
            ledger,
            log=self._log,
            media=self._media,
            clock=self._clock,
            observer=self._observer,
            changed=self._recorded,
        )

    def _start(self, task: MeetingTask, found: MediaFound | None) -> None:
        self._running[task.id] = task
        self._keep(self._run(task, found))

    async def _run(self, task: MeetingTask, found: MediaFound | None) -> None:
        try:
            await task.run(found)
        finally:
            if self._running.get(task.id) is task:
                del self._running[task.id]
            self._count()

    def _recorded(self, task: MeetingTask, events: Sequence[Event]) -> None:
        """Note in the calendar what was recorded, and count."""
        for event in events:
            if isinstance(event, MeetingOpened):
                self._keep(self._rooms.meeting_opened(task.id, room=task.state.room, at=event.at))
            elif isinstance(event, MeetingClosed):
                self._keep(self._rooms.meeting_closed(task.id, room=task.state.room, at=event.at, cause=event.cause))
        self._count()

    def _count(self) -> None:
        states = [t.state for t in self._running.values()]
        self._observer.meetings(
            len(states), sum(len(s.participants) for s in states), sum(len(s.lobby) for s in states)
        )

    def _keep(self, work: Coroutine[object, object, None]) -> None:
        """Let something run beside, and say when it failed."""

        async def guarded() -> None:
            try:
                await work
            except Exception as fault:
                self._observer.bug(fault)

        task = asyncio.get_running_loop().create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ---- answers -----------------------------------------------------------------------------------

    async def _seated(self, task: MeetingTask, sat: Sat, listener: Listener, request: JoinRequest) -> Joined:
        """Negotiate media for somebody who came in. A wrong offer gives the seat back; an absent engine does not."""
        assert sat.picture is not None, "newcomers get a picture"
        answer = None
        try:
            if request.offer is not None:
                answer = await task.offer(sat.who, request.offer, fresh=True, flow=request.flow, note=request.note)
        except HopttError as refusal:
            if refusal.code is not ErrorCode.ENGINE_AWAY:
                await task.leave(sat.who, listener)
                raise
        except asyncio.CancelledError:
            task.lost(sat.who, listener)
            raise
        takeovers = next((p.takeovers for p in sat.picture.participants if p.id == sat.who), 0)
        return Joined(
            seat=Seat(task, sat.who, listener),
            participant=sat.who,
            resume=ResumeClaims(task.id, sat.who, takeovers),
            picture=sat.picture,
            answer=answer,
        )


def _waiting(task: MeetingTask, sat: Sat, listener: Listener) -> Waiting:
    applicant = task.state.lobby.get(sat.who)
    if applicant is None:
        task.lost(sat.who, listener)
        raise HopttError(ErrorCode.SEAT_GONE, "turned away while coming in")
    return Waiting(
        seat=Seat(task, sat.who, listener),
        applicant=sat.who,
        resume=ResumeClaims(task.id, sat.who, applicant.takeovers),
        since=applicant.since,
        title=task.state.title,
        chair_present=task.state.chair_present,
        invited=applicant.invited,
        typed=applicant.typed,
    )


def _planned_state(meeting: ScheduledMeeting, now: datetime) -> MeetingState:
    return MeetingState.DOORS_OPEN if beginning.doors_of(meeting) <= now else MeetingState.SCHEDULED


def _is_invited(identity: Identity, running: MeetingTask | None, meant: ScheduledMeeting | None) -> bool:
    if running is not None:
        return admission.is_invited(running.state, identity)
    return admission.is_expected(identity, () if meant is None else meant.invitations)


def _chair(meeting: ScheduledMeeting) -> str | None:
    return next((i.name.name for i in meeting.invitations if i.role is Role.CHAIR), None)

"""Rooms, scheduled meetings and invitation lists as they are kept: implements `live/rooms.py:Rooms` and more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, Update, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId, InvitationId, MeetingId, RoomSlug, UnitSlug
from hoptt.meeting.settings import Invitation, Name, NameRule, Room, Rules, ScheduledMeeting
from hoptt.meeting.slugs import looks_like
from hoptt.meeting.words import AdHoc, BridgePointKind, Cause, EntryRule, MeetingKind, Overrun, Role, SecondSeat
from hoptt.store.accounts import is_closed
from hoptt.store.database import Database
from hoptt.store.tables import invitations, meetings, rooms

MAX_LISTED = 1_000
"""Rows that a listing gives, the newest first: nobody reads more."""


@dataclass(frozen=True, slots=True)
class KeptMeeting:
    """A meeting as it is kept, whether it is ahead, under way, or over."""

    id: MeetingId
    room: RoomSlug
    title: str
    starts_at: datetime | None
    """None: nobody scheduled it."""
    ends_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    cause: Cause | None
    """How it ended."""
    rules: Rules
    invitations: tuple[Invitation, ...] = ()


class RoomStore:
    """All methods raise HopttError(NOT_STORED) when the database does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- live.rooms.Rooms --------------------------------------------------------------------------

    async def room(self, slug: RoomSlug) -> Room | None:
        """Give the room of this address; None when there is none."""

        def read(connection: Connection) -> Room | None:
            row = connection.execute(_ROOM, {"slug": slug}).one_or_none()
            if row is None:
                return None
            room = _room(row)
            return room if room.unit is None else replace(room, closed=is_closed(connection, room.unit))

        return await self._database.read(read)

    async def scheduled(
        self, slug: RoomSlug, *, since: datetime, overdue: timedelta, running: Collection[MeetingId] = ()
    ) -> list[ScheduledMeeting]:
        """Give the room's meetings that are neither closed nor cancelled, the earliest start first.

        Without those whose planned time was over by `since`, unless they are running; `overdue` is how long one
        without a planned end lasts.
        """
        values = {"slug": slug, "running": list(running), **_over_by(since, overdue)}

        def read(connection: Connection) -> list[ScheduledMeeting]:
            found = [_meeting(row) for row in connection.execute(_AHEAD, values)]
            if not found:
                return []
            lists = _lists(connection, [m.id for m in found])
            return [_plan(m, lists.get(m.id, ())) for m in found if m.starts_at is not None]

        return await self._database.read(read)

    async def missed(self, *, before: datetime, overdue: timedelta, most: int) -> list[MeetingId]:
        """Give meetings of all rooms whose planned time was over by then and that were never closed or cancelled."""
        wanted = select(meetings.c.id).where(_UNCLOSED, bindparam("over_by_ms") >= _PLANNED_END).limit(most)
        values = _over_by(before, overdue)
        return await self._database.read(
            lambda connection: [MeetingId(m) for (m,) in connection.execute(wanted, values)]
        )

    async def close_missed(self, missed: Collection[MeetingId], *, before: datetime, overdue: timedelta) -> None:
        """Remember of these that nobody held them: they closed, empty, at their planned end.

        A plan that was put off meanwhile stays.
        """
        if not missed:
            return
        change = (
            update(meetings)
            .where(meetings.c.id.in_(missed), _UNCLOSED, bindparam("over_by_ms") >= _PLANNED_END)
            .values(closed_ms=_PLANNED_END, cause=Cause.EMPTY.value)
        )
        await self._database.write(lambda connection: connection.execute(change, _over_by(before, overdue)))

    async def meeting_opened(self, meeting: MeetingId, *, room: RoomSlug, at: datetime) -> None:
        """Remember that a meeting was opened; ad-hoc meetings are heard of here for the first time."""
        change = update(meetings).where(meetings.c.id == meeting, meetings.c.opened_ms.is_(None))
        await self._note(meeting, room, change.values(opened_ms=_ms(at)))

    async def meeting_closed(self, meeting: MeetingId, *, room: RoomSlug, at: datetime, cause: Cause) -> None:
        """Remember that it is over. Called again after a restart when it may have been missed."""
        change = update(meetings).where(meetings.c.id == meeting, meetings.c.closed_ms.is_(None))
        await self._note(meeting, room, change.values(closed_ms=_ms(at), cause=cause.value))

    async def _note(self, meeting: MeetingId, room: RoomSlug, change: Update) -> None:
        def write(connection: Connection) -> None:
            if _known(connection, meeting, room):
                connection.execute(change)

        await self._database.write(write)

    # ---- passwords ---------------------------------------------------------------------------------

    async def password_hash(self, room: RoomSlug, meeting: MeetingId | None = None) -> str | None:
        """Give the argon2id hash of the password that this door asks for: the meeting's own, else the room's."""
        own = select(meetings.c.password_hash).where(meetings.c.id == meeting, meetings.c.room == room)
        of_room = select(rooms.c.password_hash).where(rooms.c.slug == room)

        def read(connection: Connection) -> str | None:
            hashed: str | None = None if meeting is None else connection.execute(own).scalar()
            return connection.execute(of_room).scalar() if hashed is None else hashed

        return await self._database.read(read)

    # ---- making and unmaking -----------------------------------------------------------------------

    async def create_room(self, room: Room, *, password_hash: str | None) -> None:
        """Keep a new room. `password_hash` is of argon2id, never the password.

        Raises HopttError: ROOM_EXISTS, SLUG_LOOKALIKE when the address is taken for that of another room (S47).
        """
        rules = room.rules
        values = {
            "slug": room.slug,
            "name": room.name,
            "entry": rules.entry.value,
            "password_hash": password_hash,
            "muted_until_allowed": rules.muted_until_allowed,
            "capacity": rules.capacity,
            "lobby_capacity": rules.lobby_capacity,
            "doors_before_s": rules.doors_before_s,
            "ad_hoc": room.ad_hoc.value,
            "name_rule": msgspec.json.encode(rules.name_rule).decode(),
            "unit": room.unit,
            "owner": room.owner,
            "second_seat": rules.second_seat.value,
            "floor": _floor(rules),
        }

        def write(connection: Connection) -> None:
            for (other,) in connection.execute(select(rooms.c.slug).where(rooms.c.slug != room.slug)):
                if looks_like(other) == looks_like(room.slug):
                    raise HopttError(
                        ErrorCode.SLUG_LOOKALIKE,
                        f"{room.slug} reads like the room {other}",
                        field="slug",
                        details={"other": other},
                    )
            try:
                connection.execute(insert(rooms).values(values))
            except IntegrityError as taken:
                raise HopttError(ErrorCode.ROOM_EXISTS, f"there is a room {room.slug} already") from taken

        await self._database.write(write)

    async def change_room(self, room: Room, *, password_hash: str | None) -> None:
        """Keep what a room is from now on; a meeting that goes on stays as it is. Raises HopttError(LINK_UNKNOWN)."""
        change = (
            update(rooms)
            .where(rooms.c.slug == room.slug)
            .values(
                name=room.name,
                entry=room.rules.entry.value,
                password_hash=password_hash,
                muted_until_allowed=room.rules.muted_until_allowed,
                capacity=room.rules.capacity,
                doors_before_s=room.rules.doors_before_s,
                ad_hoc=room.ad_hoc.value,
                second_seat=room.rules.second_seat.value,
                floor=_floor(room.rules),
            )
        )
        if await self._database.write(lambda connection: connection.execute(change).rowcount) == 0:
            raise HopttError(ErrorCode.LINK_UNKNOWN, f"there is no room {room.slug}")

    async def all_rooms(self, of: Collection[UnitSlug] | None = None) -> list[Room]:
        """Give the rooms by address; those of some units only, where units are named."""
        wanted = select(rooms).order_by(rooms.c.slug)
        if of is not None:
            wanted = wanted.where(rooms.c.unit.in_(of))
        return await self._database.read(lambda connection: [_room(row) for row in connection.execute(wanted)])

    async def delete_room(self, slug: RoomSlug) -> None:
        """Delete a room with its plans; what the log says of its meetings stays. Raises HopttError(LINK_UNKNOWN)."""
        gone = delete(rooms).where(rooms.c.slug == slug)
        if await self._database.write(lambda connection: connection.execute(gone).rowcount) == 0:
            raise HopttError(ErrorCode.LINK_UNKNOWN, f"there is no room {slug}")

    async def create_meeting(
        self,
        plan: ScheduledMeeting,
        *,
        entry: EntryRule | None = None,
        password_hash: str | None = None,
        own_floor: bool = False,
    ) -> None:
        """Keep a plan with its invitation list. What is None stays as the room has it; so does the floor.

        Raises HopttError(LINK_UNKNOWN) when there is no such room.
        """
        people = _people(plan)
        values = {
            "id": plan.id,
            "room": plan.room,
            "title": plan.title,
            "starts_ms": _ms(plan.starts_at),
            "ends_ms": None if plan.ends_at is None else _ms(plan.ends_at),
            "entry": None if entry is None else entry.value,
            "password_hash": password_hash,
            **_own_floor(plan.rules, own=own_floor),
        }

        def write(connection: Connection) -> None:
            try:
                connection.execute(insert(meetings).values(values))
            except IntegrityError as homeless:
                raise HopttError(ErrorCode.LINK_UNKNOWN, f"there is no room {plan.room}") from homeless
            if people:
                connection.execute(insert(invitations), people)

        await self._database.write(write)

    async def change_meeting(self, plan: ScheduledMeeting, *, entry: EntryRule | None, own_floor: bool = False) -> None:
        """Keep another plan and list in the place of one whose meeting has not begun; its floor only with `own_floor`.

        Rows of the list that keep their id keep their personal link. Raises HopttError: MEETING_UNKNOWN, NOT_POSSIBLE.
        """
        change = (
            update(meetings)
            .where(meetings.c.id == plan.id, meetings.c.opened_ms.is_(None), meetings.c.closed_ms.is_(None))
            .values(
                title=plan.title,
                starts_ms=_ms(plan.starts_at),
                ends_ms=None if plan.ends_at is None else _ms(plan.ends_at),
                entry=None if entry is None else entry.value,
                **(_own_floor(plan.rules, own=True) if own_floor else {}),
            )
        )

        def write(connection: Connection) -> None:
            if connection.execute(change).rowcount == 0:
                raise HopttError(ErrorCode.NOT_POSSIBLE, "the meeting has begun or is over: its plan stays as it is")
            connection.execute(delete(invitations).where(invitations.c.meeting == plan.id))
            if plan.invitations:
                connection.execute(insert(invitations), _people(plan))

        await self._database.write(write)

    async def all_meetings(
        self, room: RoomSlug | None = None, *, of: Collection[UnitSlug] | None = None
    ) -> list[KeptMeeting]:
        """Give meetings without their lists, the newest first; only of some units' rooms, where units are named."""
        newest = func.coalesce(meetings.c.starts_ms, meetings.c.opened_ms, meetings.c.closed_ms)
        wanted = _kept().order_by(newest.desc(), meetings.c.id).limit(MAX_LISTED)
        if room is not None:
            wanted = wanted.where(meetings.c.room == room)
        if of is not None:
            wanted = wanted.where(rooms.c.unit.in_(of))
        return await self._database.read(lambda connection: [_meeting(row) for row in connection.execute(wanted)])

    async def meeting(self, meeting: MeetingId) -> KeptMeeting:
        """Give one meeting with its invitation list. Raises HopttError(MEETING_UNKNOWN)."""

        def read(connection: Connection) -> KeptMeeting:
            row = connection.execute(_kept().where(meetings.c.id == meeting)).one_or_none()
            if row is None:
                raise HopttError(ErrorCode.MEETING_UNKNOWN, f"there is no meeting {meeting}")
            return _meeting(row, _lists(connection, [meeting]).get(meeting, ()))

        return await self._database.read(read)

    async def cancel(self, meeting: MeetingId, *, at: datetime) -> None:
        """Note that a meeting will not take place, or no longer.

        Raises HopttError: MEETING_UNKNOWN, or MEETING_ENDED when it is over already.
        """
        kept = await self.meeting(meeting)
        if kept.closed_at is not None:
            raise HopttError(ErrorCode.MEETING_ENDED, f"the meeting {meeting} is over")
        await self.meeting_closed(meeting, room=kept.room, at=at, cause=Cause.CANCELLED)


class _Floor(msgspec.Struct):
    """How turns are given, as it is kept: JSON, so that it may grow without a migration."""

    kind: MeetingKind = MeetingKind.CONFERENCE
    turn_s: int | None = None
    at_once: int = 1
    overrun: Overrun = Overrun.CLOSE


def _floor(rules: Rules) -> str:
    kept = _Floor(kind=rules.kind, turn_s=rules.turn_s, at_once=rules.at_once, overrun=rules.overrun)
    return msgspec.json.encode(kept).decode()


def _own_floor(rules: Rules, *, own: bool) -> dict[str, object]:
    """Give what a meeting keeps of its own floor; without one it is as the room has it."""
    return {
        "muted_until_allowed": rules.muted_until_allowed if own else None,
        "floor": _floor(rules) if own else None,
    }


def _people(plan: ScheduledMeeting) -> list[dict[str, object]]:
    """Give the rows of an invitation list."""
    return [
        {
            "id": invitation.id,
            "meeting": plan.id,
            "place": place,
            "role": invitation.role.value,
            "bridge_point": invitation.name.bridge_point,
            "name": invitation.name.name,
            "unit": invitation.name.unit,
            "kind": invitation.kind.value,
            "account": invitation.account,
            "branch": invitation.branch,
        }
        for place, invitation in enumerate(plan.invitations)
    ]


def _kept() -> Select[Any]:
    """Meetings with the rules of their room."""
    return select(
        meetings,
        rooms.c.entry.label("room_entry"),
        rooms.c.password_hash.label("room_password_hash"),
        rooms.c.muted_until_allowed.label("room_muted_until_allowed"),
        rooms.c.floor.label("room_floor"),
        rooms.c.capacity,
        rooms.c.lobby_capacity,
        rooms.c.doors_before_s,
        rooms.c.name_rule,
        rooms.c.second_seat,
    ).join(rooms)


# Every door asks for a room and what is ahead in it: to make such a statement takes longer than to carry it out.
_ROOM = select(rooms).where(rooms.c.slug == bindparam("slug"))
_UNCLOSED = and_(meetings.c.closed_ms.is_(None), meetings.c.starts_ms.is_not(None))
_PLANNED_END = func.coalesce(meetings.c.ends_ms, meetings.c.starts_ms + bindparam("overdue_ms"))
_AHEAD = (
    _kept()
    .where(
        meetings.c.room == bindparam("slug"),
        _UNCLOSED,
        or_(bindparam("over_by_ms") < _PLANNED_END, meetings.c.id.in_(bindparam("running", expanding=True))),
    )
    .order_by(meetings.c.starts_ms, meetings.c.id)
)


def _over_by(at: datetime, overdue: timedelta) -> dict[str, int]:
    """Give the values of `_PLANNED_END` and of what it is compared with."""
    return {"over_by_ms": _ms(at), "overdue_ms": int(overdue.total_seconds() * 1000)}


def _lists(connection: Connection, wanted: Sequence[MeetingId]) -> dict[MeetingId, tuple[Invitation, ...]]:
    """Give the invitation lists of meetings."""
    query = select(invitations).where(invitations.c.meeting.in_(wanted)).order_by(invitations.c.place)
    lists: dict[MeetingId, tuple[Invitation, ...]] = {}
    for row in connection.execute(query):
        invitation = Invitation(
            InvitationId(row.id),
            Role(row.role),
            Name(row.bridge_point, row.name, row.unit),
            BridgePointKind(row.kind),
            None if row.account is None else AccountId(row.account),
            row.branch,
        )
        lists[row.meeting] = (*lists.get(row.meeting, ()), invitation)
    return lists


def _known(connection: Connection, meeting: MeetingId, room: RoomSlug) -> bool:
    """See that a meeting has a row; one of a deleted room gets none."""
    if connection.execute(select(meetings.c.id).where(meetings.c.id == meeting)).first() is not None:
        return True
    name = connection.execute(select(rooms.c.name).where(rooms.c.slug == room)).scalar()
    if name is None:
        return False
    connection.execute(insert(meetings).values(id=meeting, room=room, title=name))
    return True


def _room(row: Row[Any]) -> Room:
    return Room(
        RoomSlug(row.slug),
        row.name,
        _rules(row, row.entry, row.password_hash, muted=row.muted_until_allowed, floor=row.floor),
        AdHoc(row.ad_hoc),
        None if row.unit is None else UnitSlug(row.unit),
        None if row.owner is None else AccountId(row.owner),
    )


def _rules(row: Row[Any], entry: str, password_hash: str | None, *, muted: bool, floor: str) -> Rules:
    rules = Rules(
        entry=EntryRule(entry),
        password_set=password_hash is not None,
        muted_until_allowed=muted,
        capacity=row.capacity,
        lobby_capacity=row.lobby_capacity,
        doors_before_s=row.doors_before_s,
        name_rule=msgspec.json.decode(row.name_rule, type=NameRule),
        second_seat=SecondSeat(row.second_seat),
    )
    kept = msgspec.json.decode(floor, type=_Floor)
    return replace(rules, kind=kept.kind, turn_s=kept.turn_s, at_once=kept.at_once, overrun=kept.overrun)


def _meeting(row: Row[Any], people: tuple[Invitation, ...] = ()) -> KeptMeeting:
    return KeptMeeting(
        id=MeetingId(row.id),
        room=RoomSlug(row.room),
        title=row.title,
        starts_at=_at(row.starts_ms),
        ends_at=_at(row.ends_ms),
        opened_at=_at(row.opened_ms),
        closed_at=_at(row.closed_ms),
        cause=None if row.cause is None else Cause(row.cause),
        rules=_rules(
            row,
            row.entry or row.room_entry,
            row.password_hash or row.room_password_hash,
            muted=row.room_muted_until_allowed if row.muted_until_allowed is None else row.muted_until_allowed,
            floor=row.floor or row.room_floor,
        ),
        invitations=people,
    )


def _plan(kept: KeptMeeting, people: tuple[Invitation, ...]) -> ScheduledMeeting:
    assert kept.starts_at is not None, "only scheduled meetings have a plan"
    return ScheduledMeeting(kept.id, kept.room, kept.title, kept.starts_at, kept.ends_at, kept.rules, people)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _at(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)

"""REST: the office of a unit's administrator (R2): rooms and meetings of the own branch, and nothing of others.

What lies outside the branch is answered like what does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aiohttp import web
from msgspec import structs

from hoptt.api import office_words as words
from hoptt.api.office import Office
from hoptt.api.people_door import Signed
from hoptt.api.rest_words import (
    InvitedRow,
    InvitedView,
    MeetingDetail,
    MeetingPlan,
    NewRoom,
    OfficeMeeting,
    OfficeRoom,
    OfficeView,
    RoomChange,
    UnitView,
)
from hoptt.api.status import json_answer
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import AccountId, MeetingId, RoomSlug, UnitSlug
from hoptt.meeting import accounts
from hoptt.meeting.accounts import Account, Units
from hoptt.meeting.kinds import Choice, chosen
from hoptt.meeting.settings import Room, ScheduledMeeting
from hoptt.meeting.words import Role
from hoptt.signaling.basic_views import ms
from hoptt.store.accounts import AccountStore
from hoptt.store.rooms import KeptMeeting, RoomStore


@dataclass(frozen=True, slots=True)
class Desk:
    """Who administers, and what of."""

    account: Account
    units: Units
    branch: frozenset[UnitSlug]


@dataclass(frozen=True, slots=True)
class UnitDoor:
    """`/api/office` and what is below it."""

    signed: Signed
    office: Office
    rooms: RoomStore
    accounts: AccountStore

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Say which routes are ours."""
        router.add_get("/api/office", self.show, allow_head=False)
        router.add_post("/api/office/rooms", self.create_room)
        router.add_put("/api/office/rooms/{slug}", self.change_room)
        router.add_post("/api/office/meetings", self.create_meeting)
        router.add_get("/api/office/meetings/{meeting}", self.show_meeting, allow_head=False)
        router.add_put("/api/office/meetings/{meeting}", self.change_meeting)
        router.add_post("/api/office/meetings/{meeting}/cancel", self.cancel_meeting)

    # ---- routes ------------------------------------------------------------------------------------

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Give the own branch: units, rooms, meetings."""
        desk = await self._desk(request)
        rooms = await self.rooms.all_rooms(desk.branch)
        meetings = await self.rooms.all_meetings(of=desk.branch)
        view = OfficeView(
            now=ms(self.office.now()),
            units=_units(desk),
            rooms=[self._room(room, desk.account.id) for room in rooms],
            meetings=[self._meeting(meeting) for meeting in meetings],
        )
        return json_answer(view)

    async def create_room(self, request: web.Request) -> web.StreamResponse:
        """Make a room in a unit of the own branch; who makes it leads what nobody scheduled there."""
        desk = await self._desk(request, changes=True)
        asked = await self.signed.requests.body(request, NewRoom)
        if asked.unit not in desk.branch:
            raise accounts.unknown_unit(asked.unit)
        await self.office.do(
            words.CreateRoom(
                slug=asked.slug,
                name=asked.name,
                password=asked.password or None,
                entry=asked.entry,
                muted_until_allowed=asked.muted_until_allowed,
                unit=asked.unit,
                owner=desk.account.login,
                second_seat=asked.second_seat,
                kind=asked.kind,
                turn_s=asked.turn_s,
                at_once=asked.at_once,
                overrun=asked.overrun,
            )
        )
        return json_answer(self._room(await self._own_room(desk, asked.slug), desk.account.id), status=201)

    async def change_room(self, request: web.Request) -> web.StreamResponse:
        """Change a room of the own branch."""
        desk = await self._desk(request, changes=True)
        asked = await self.signed.requests.body(request, RoomChange)
        room = await self._own_room(desk, request.match_info["slug"])
        floor = Choice(asked.kind, asked.muted_until_allowed, asked.turn_s, asked.at_once, asked.overrun)
        rules = chosen(replace(room.rules, entry=asked.entry, second_seat=asked.second_seat), floor)
        changed = await self.office.change_room(replace(room, name=asked.name, rules=rules), password=asked.password)
        return json_answer(self._room(changed, desk.account.id))

    async def create_meeting(self, request: web.Request) -> web.StreamResponse:
        """Schedule a meeting in a room of the own branch; without a chair on the list, who makes it is the chair."""
        desk = await self._desk(request, changes=True)
        asked = await self.signed.requests.body(request, MeetingPlan)
        await self._own_room(desk, asked.room)
        told = await self.office.do(await self._plan(desk, asked))
        assert isinstance(told, words.MeetingTold), "a meeting was asked for"
        return json_answer(await self._detail(await self.rooms.meeting(MeetingId(told.id))), status=201)

    async def show_meeting(self, request: web.Request) -> web.StreamResponse:
        """Give a meeting of the own branch with its list and the personal links."""
        desk = await self._desk(request)
        return json_answer(await self._detail(await self._own_meeting(desk, request.match_info["meeting"])))

    async def change_meeting(self, request: web.Request) -> web.StreamResponse:
        """Change a meeting of the own branch that has not begun."""
        desk = await self._desk(request, changes=True)
        asked = await self.signed.requests.body(request, MeetingPlan)
        kept = await self._own_meeting(desk, request.match_info["meeting"])
        changed = await self.office.change_meeting(kept, await self._plan(desk, asked))
        return json_answer(await self._detail(changed))

    async def cancel_meeting(self, request: web.Request) -> web.StreamResponse:
        """Cancel a meeting of the own branch; one that goes on is ended for all."""
        desk = await self._desk(request, changes=True)
        kept = await self._own_meeting(desk, request.match_info["meeting"])
        await self.office.do(words.CancelMeeting(meeting=kept.id))
        return json_answer(await self._detail(await self.rooms.meeting(kept.id)))

    # ---- who may -----------------------------------------------------------------------------------

    async def _desk(self, request: web.Request, *, changes: bool = False) -> Desk:
        """Tell who administers what. Raises HopttError: LOGIN_NEEDED, NOT_ALLOWED, ORIGIN."""
        if changes:
            self.signed.requests.check_change(request)
        session, _ = await self.signed.session(request)
        units = await self.accounts.units()
        branch = accounts.manages(session.account, units)
        if not branch:
            raise HopttError(ErrorCode.NOT_ALLOWED, "this page is for the administrators of a unit")
        return Desk(session.account, units, branch)

    async def _own_room(self, desk: Desk, slug: str) -> Room:
        room = await self.rooms.room(RoomSlug(slug))
        if room is None or room.unit not in desk.branch:
            raise HopttError(ErrorCode.LINK_UNKNOWN, f"there is no room {slug}", field="room")
        return room

    async def _own_meeting(self, desk: Desk, meeting: str) -> KeptMeeting:
        kept = await self.rooms.meeting(MeetingId(meeting))
        room = await self.rooms.room(kept.room)
        if room is None or room.unit not in desk.branch:
            raise HopttError(ErrorCode.MEETING_UNKNOWN, f"there is no meeting {meeting}")
        return kept

    async def _plan(self, desk: Desk, asked: MeetingPlan) -> words.CreateMeeting:
        rows = [await self._numbered_row(desk, row, number) for number, row in enumerate(asked.invited, 1)]
        if not any(row.role is Role.CHAIR for row in rows):
            rows = [row for row in rows if row.login != desk.account.login]
            own = words.Invited(bridge_point="", name="", role=Role.CHAIR, login=desk.account.login, number=0)
            rows.insert(0, own)
        return words.CreateMeeting(
            room=asked.room,
            title=asked.title,
            starts_at=_at(asked.starts_at),
            ends_at=None if asked.ends_at is None else _at(asked.ends_at),
            entry=asked.entry,
            invited=rows,
            kind=asked.kind,
            muted_until_allowed=asked.muted_until_allowed,
            turn_s=asked.turn_s,
            at_once=asked.at_once,
            overrun=asked.overrun,
        )

    async def _numbered_row(self, desk: Desk, row: InvitedRow, number: int) -> words.Invited:
        """Give a row with its number on the list that was asked for; a refusal names it."""
        try:
            return structs.replace(await self._row(desk, row), number=number)
        except HopttError as fault:
            details = {**fault.details, "row": number, "part": "login"}
            raise HopttError(fault.code, fault.message, field="invited", details=details) from fault

    async def _row(self, desk: Desk, row: InvitedRow) -> words.Invited:
        """Give a row; an account outside the branch is refused like one that is not there (R2)."""
        if row.login is not None and not await self._is_known(desk, row.login):
            raise HopttError(ErrorCode.ACCOUNT_UNKNOWN, f"there is no account {row.login}", field="invited")
        return words.Invited(
            bridge_point=row.bridge_point,
            name=row.name,
            unit=row.unit,
            branch=row.branch,
            role=row.role,
            kind=row.kind,
            login=row.login,
        )

    async def _is_known(self, desk: Desk, login: str) -> bool:
        try:
            account = await self.office.people.account(login)
        except HopttError as unknown:
            if unknown.code is ErrorCode.ACCOUNT_UNKNOWN:
                return False
            raise
        return account.unit in desk.branch or account.id == desk.account.id

    # ---- views -------------------------------------------------------------------------------------

    def _room(self, room: Room, own: AccountId) -> OfficeRoom:
        rules = room.rules
        return OfficeRoom(
            slug=room.slug,
            name=room.name,
            unit=room.unit,
            entry=rules.entry,
            password=rules.password_set,
            muted_until_allowed=rules.muted_until_allowed,
            capacity=rules.capacity,
            ad_hoc=room.ad_hoc,
            second_seat=rules.second_seat,
            kind=rules.kind,
            turn_s=rules.turn_s,
            at_once=rules.at_once,
            overrun=rules.overrun,
            busy=self.office.house is not None and self.office.house.busy(room.slug),
            own=room.owner == own,
        )

    def _meeting(self, meeting: KeptMeeting) -> OfficeMeeting:
        begun = meeting.opened_at is not None or meeting.closed_at is not None or self.office.runs(meeting.id)
        return OfficeMeeting(
            id=meeting.id,
            room=meeting.room,
            title=meeting.title,
            starts_at=_ms(meeting.starts_at),
            ends_at=_ms(meeting.ends_at),
            opened_at=_ms(meeting.opened_at),
            closed_at=_ms(meeting.closed_at),
            cause=meeting.cause,
            fixed=begun,
        )

    async def _detail(self, meeting: KeptMeeting) -> MeetingDetail:
        logins = {account.id: account.login for account in await self.accounts.all()}
        plan = None
        if meeting.starts_at is not None and meeting.closed_at is None:
            plan = ScheduledMeeting(
                meeting.id, meeting.room, meeting.title, meeting.starts_at, meeting.ends_at, meeting.rules
            )
        return MeetingDetail(
            meeting=self._meeting(meeting),
            entry=meeting.rules.entry,
            kind=meeting.rules.kind,
            muted_until_allowed=meeting.rules.muted_until_allowed,
            turn_s=meeting.rules.turn_s,
            at_once=meeting.rules.at_once,
            overrun=meeting.rules.overrun,
            invited=[
                InvitedView(
                    bridge_point=one.name.bridge_point,
                    name=one.name.name,
                    unit=one.name.unit,
                    role=one.role,
                    kind=one.kind,
                    branch=one.branch,
                    login=None if one.account is None else logins.get(one.account),
                    link=None if plan is None else self.office.link(plan, one),
                )
                for one in meeting.invitations
            ],
        )


def _units(desk: Desk) -> list[UnitView]:
    """Give the branch as it is read: each unit behind the one it belongs to."""
    told: list[UnitView] = []

    def add(units: Sequence[UnitSlug], depth: int) -> None:
        for slug in sorted(units, key=lambda each: (desk.units[each].name, each)):
            closed = accounts.is_closed(desk.units, slug)
            told.append(UnitView(slug=slug, name=desk.units[slug].name, depth=depth, closed=closed))
            add([each for each in desk.branch if desk.units[each].parent == slug], depth + 1)

    add([each for each in desk.branch if desk.units[each].parent not in desk.branch], 0)
    return told


def _at(at: int) -> datetime:
    try:
        return datetime.fromtimestamp(at / 1000, UTC)
    except (ValueError, OverflowError, OSError) as fault:
        raise HopttError(ErrorCode.MESSAGE_MALFORMED, "this is no time that a calendar has") from fault


def _ms(at: datetime | None) -> int | None:
    return None if at is None else ms(at)

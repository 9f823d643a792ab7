"""Carries out what an administrator asks: rooms, meetings, links, keys. The same with and without a running server."""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from hoptt.api import office_words as words
from hoptt.api.lines_office import lines_told
from hoptt.api.office_words import MAX_INVITED, Asked, Told
from hoptt.api.people_office import PeopleOffice
from hoptt.auth.keys import Keys, create_api_key, delete_api_key
from hoptt.auth.tokens import Tokens
from hoptt.config import Meeting as Defaults
from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import InvitationId, MeetingId, RoomSlug, random_id
from hoptt.live.house import House
from hoptt.meeting import branches, names
from hoptt.meeting.accounts import Account
from hoptt.meeting.kinds import Choice, chosen
from hoptt.meeting.settings import Invitation, Name, NameRule, Room, Rules, ScheduledMeeting
from hoptt.meeting.slugs import slug
from hoptt.meeting.timers import Times
from hoptt.meeting.words import AdHoc, EntryRule, MeetingKind, Role
from hoptt.store.rooms import KeptMeeting, RoomStore

TOKEN_TTL = timedelta(hours=12)
"""Of a link that somebody makes by hand to send it to one person."""
MAX_TOKEN_TTL_S = 366 * 24 * 3600
AFTER_END = timedelta(hours=1)
"""A personal link outlives the planned end by so much: meetings run late."""
FARTHEST_YEARS = 10
FARTHEST = timedelta(days=FARTHEST_YEARS * 366)
"""From now to a time of a meeting: beyond it something is mistyped, and near the year 9999 no hour can be added."""
MAX_TEXT = 200
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Office:
    """All methods raise HopttError with a sentence for who asked."""

    rooms: RoomStore
    keys: Keys
    tokens: Tokens
    defaults: Defaults
    times: Times
    now: Callable[[], datetime]
    hash_password: Callable[[str], Awaitable[str]]
    stop_engine: Callable[[], Awaitable[None]]
    people: PeopleOffice
    house: House | None = None
    """None: no server runs, so no meeting does."""

    async def do(self, asked: Asked) -> Told:  # noqa: PLR0911, PLR0912 - one line a word
        """Carry out one act."""
        match asked:
            case words.CreateRoom():
                return await self._create_room(asked)
            case words.SetRoom():
                return await self._set_room(asked)
            case words.ListRooms():
                return words.RoomsTold(rooms=[self._room_told(room) for room in await self.rooms.all_rooms()])
            case words.ShowRoom():
                return self._room_told(await self._room(asked.slug))
            case words.DeleteRoom():
                return await self._delete_room(asked)
            case words.ShowLines():
                return lines_told(self.house, (await self._room(asked.slug)).slug)
            case words.CreateMeeting():
                return await self._create_meeting(asked)
            case words.ListMeetings():
                room = None if asked.room is None else (await self._room(asked.room)).slug
                return words.MeetingsTold(meetings=[_meeting_told(m) for m in await self.rooms.all_meetings(room)])
            case words.ShowMeeting():
                return _meeting_told(await self.rooms.meeting(MeetingId(asked.meeting)))
            case words.CancelMeeting():
                return await self._cancel(asked)
            case words.MakeToken():
                return await self._make_token(asked)
            case words.CreateKey():
                made = create_api_key(self.keys.folder, asked.id)
                self.keys.reload()
                return words.KeyTold(id=made.id, secret=made.secret)
            case words.DeleteKey():
                delete_api_key(self.keys.folder, asked.id)
                self.keys.reload()
                return words.Done()
            case words.StopEngine():
                await self.stop_engine()
                return words.Done()
            case _:
                return await self.people.do(asked)

    # ---- rooms -------------------------------------------------------------------------------------

    async def _create_room(self, asked: words.CreateRoom) -> Told:
        own = self.defaults
        rules = Rules(
            entry=_or(asked.entry, EntryRule(own.entry)),
            password_set=asked.password is not None,
            muted_until_allowed=_or(asked.muted_until_allowed, own.muted_until_allowed),
            capacity=_within("capacity", _or(asked.capacity, own.capacity), 1, 1_000),
            lobby_capacity=_within("lobby capacity", _or(asked.lobby_capacity, own.lobby_capacity), 0, 1_000),
            doors_before_s=_within("doors", _or(asked.doors_before_s, own.doors_before_s), 0, 86_400),
            name_rule=NameRule(
                require=own.name_rule.require,
                min_words=own.name_rule.min_words,
                max_length=own.name_rule.max_length,
                scripts=own.name_rule.scripts,
                abbreviations=own.name_rule.abbreviations == "allow",
            ),
            second_seat=asked.second_seat,
        )
        kind = asked.kind or (MeetingKind.CONFERENCE if rules.muted_until_allowed else MeetingKind.DISCUSSION)
        rules = chosen(rules, replace(_choice(asked), kind=kind))
        _check_password(rules.entry, password_set=rules.password_set)
        address = slug(asked.slug)
        unit = None if asked.unit is None else await self.people.open_unit(asked.unit)
        owner = None if asked.owner is None else (await self.people.account(asked.owner)).id
        room = Room(
            address, _shown("name", asked.name) or address, rules, _or(asked.ad_hoc, AdHoc(own.ad_hoc)), unit, owner
        )
        if await self.rooms.room(address) is not None:
            raise HopttError(ErrorCode.ROOM_EXISTS, f"there is a room {address} already")
        hashed = None if asked.password is None else await self.hash_password(asked.password)
        await self.rooms.create_room(room, password_hash=hashed)
        return self._room_told(room)

    async def _set_room(self, asked: words.SetRoom) -> Told:
        room = await self._room(asked.slug)
        kept = room.rules
        rules = replace(
            kept,
            entry=_or(asked.entry, kept.entry),
            capacity=_within("capacity", _or(asked.capacity, kept.capacity), 1, 1_000),
            doors_before_s=_within("doors", _or(asked.doors_before_s, kept.doors_before_s), 0, 86_400),
        )
        changed = replace(
            room,
            name=_or(asked.name, room.name),
            rules=chosen(rules, _choice(asked)),
            ad_hoc=_or(asked.ad_hoc, room.ad_hoc),
        )
        return self._room_told(await self.change_room(changed, password=asked.password))

    async def _delete_room(self, asked: words.DeleteRoom) -> Told:
        room = await self._room(asked.slug)
        if self._busy(room.slug):
            raise HopttError(ErrorCode.ROOM_IN_USE, f"a meeting goes on in {room.slug}: end it first")
        await self.rooms.delete_room(room.slug)
        return words.Done()

    async def _room(self, text: str) -> Room:
        room = await self.rooms.room(RoomSlug(text))
        if room is None:
            raise HopttError(
                ErrorCode.LINK_UNKNOWN, f"there is no room {text}; `hoptt room list` names those there are"
            )
        return room

    def _busy(self, room: RoomSlug) -> bool:
        return self.house is not None and self.house.busy(room)

    def _room_told(self, room: Room) -> words.RoomTold:
        rules = room.rules
        return words.RoomTold(
            slug=room.slug,
            name=room.name,
            entry=rules.entry,
            password_set=rules.password_set,
            muted_until_allowed=rules.muted_until_allowed,
            capacity=rules.capacity,
            lobby_capacity=rules.lobby_capacity,
            doors_before_s=rules.doors_before_s,
            ad_hoc=room.ad_hoc,
            second_seat=rules.second_seat,
            kind=rules.kind,
            turn_s=rules.turn_s,
            at_once=rules.at_once,
            overrun=rules.overrun,
            unit=room.unit,
            busy=self._busy(room.slug),
        )

    # ---- meetings ----------------------------------------------------------------------------------

    async def _create_meeting(self, asked: words.CreateMeeting) -> Told:
        room = await self._room(asked.room)
        plan = await self._plan(asked, room, MeetingId(random_id("m")), {}, room.rules)
        hashed = None if asked.password is None else await self.hash_password(asked.password)
        own = not _choice(asked).empty
        links = {invitation.id: self.link(plan, invitation) for invitation in plan.invitations}
        await self.rooms.create_meeting(plan, entry=asked.entry, password_hash=hashed, own_floor=own)
        return _meeting_told(await self.rooms.meeting(plan.id), links)

    def link(self, plan: ScheduledMeeting, invitation: Invitation) -> str | None:
        """Make the token of a row's personal link, which holds until the meeting's end.

        None for a row that an account stands behind: one person must not come in as two (R12).
        """
        if invitation.account is not None:
            return None
        now = self.now()
        until = (plan.ends_at or plan.starts_at + self.times.overdue) + AFTER_END
        return self.tokens.join(
            room=plan.room,
            person=invitation.id,
            role=invitation.role,
            name=invitation.name,
            now=now,
            ttl=until - now,
            seat=invitation.id,
            kind=invitation.kind,
        )

    async def _cancel(self, asked: words.CancelMeeting) -> Told:
        meeting = MeetingId(asked.meeting)
        await self.rooms.cancel(meeting, at=self.now())
        if self.house is not None:
            await self.house.cancel(meeting)
        return words.Done()

    # ---- changing ----------------------------------------------------------------------------------

    async def change_room(self, room: Room, *, password: str | None) -> Room:
        """Keep what a room is from now on. `password`: None leaves it, an empty one takes it away."""
        room = replace(room, name=_shown("name", room.name) or room.slug)
        kept = await self.rooms.password_hash(room.slug)
        if password is not None:
            kept = await self.hash_password(password) if password else None
        room = replace(room, rules=replace(room.rules, password_set=kept is not None))
        _check_password(room.rules.entry, password_set=room.rules.password_set)
        await self.rooms.change_room(room, password_hash=kept)
        return room

    async def change_meeting(self, kept: KeptMeeting, asked: words.CreateMeeting) -> KeptMeeting:
        """Keep another plan for a meeting that has not begun; whoever stays on its list keeps the personal link."""
        room = await self._room(asked.room)
        if room.slug != kept.room:
            raise HopttError(ErrorCode.NOT_POSSIBLE, "a meeting stays in its room: cancel it and make another")
        if self.runs(kept.id):
            raise HopttError(ErrorCode.NOT_POSSIBLE, "the meeting has begun: its plan stays as it is")
        plan = await self._plan(asked, room, kept.id, {_key(one): one.id for one in kept.invitations}, kept.rules)
        await self.rooms.change_meeting(plan, entry=asked.entry, own_floor=not _choice(asked).empty)
        return await self.rooms.meeting(kept.id)

    def runs(self, meeting: MeetingId) -> bool:
        """Tell whether a meeting has begun and is not over."""
        return self.house is not None and any(task.id == meeting for task in self.house.meetings())

    async def _plan(
        self,
        asked: words.CreateMeeting,
        room: Room,
        meeting: MeetingId,
        ids: Mapping[tuple[object, ...], InvitationId],
        before: Rules,
    ) -> ScheduledMeeting:
        if asked.starts_at.tzinfo is None or (asked.ends_at is not None and asked.ends_at.tzinfo is None):
            raise HopttError(ErrorCode.NOT_POSSIBLE, "the time of a meeting names its zone, such as +07:00")
        for field, at in (("starts_at", asked.starts_at), ("ends_at", asked.ends_at)):
            if at is not None and abs(at - self.now()) > FARTHEST:
                raise HopttError(
                    ErrorCode.NOT_POSSIBLE,
                    f"the time of a meeting is within {FARTHEST_YEARS} years of now",
                    field=field,
                )
        if asked.ends_at is not None and asked.ends_at <= asked.starts_at:
            raise HopttError(ErrorCode.NOT_POSSIBLE, "the meeting ends before it begins", field="ends_at")
        if (asked.ends_at or asked.starts_at + self.times.overdue) <= self.now():
            raise HopttError(
                ErrorCode.NOT_POSSIBLE,
                "the meeting would be over already: look at its start and end",
                field="starts_at",
            )
        password_set = asked.password is not None or room.rules.password_set
        _check_password(_or(asked.entry, room.rules.entry), password_set=password_set)
        people = tuple(replace(one, id=ids.get(_key(one), one.id)) for one in await self._invitations(asked.invited))
        title = _shown("title", asked.title) or room.name
        rules = chosen(before, _choice(asked))
        return ScheduledMeeting(meeting, room.slug, title, asked.starts_at, asked.ends_at, rules, people)

    async def _invitations(self, rows: list[words.Invited]) -> tuple[Invitation, ...]:
        """Give the rows as they are kept. Raises HopttError(INVITATION_INVALID): which row, and why."""
        if len(rows) > MAX_INVITED:
            raise HopttError(
                ErrorCode.INVITATION_INVALID,
                f"an invitation list has {MAX_INVITED} rows at most",
                field="invited",
                details={"cause": "too_many", "max": MAX_INVITED},
            )
        found: dict[int, Invitation] = {}
        for place, row in enumerate(rows, 1):
            number = place if row.number is None else row.number
            try:
                invitation = _invitation(row, None if row.login is None else await self.people.account(row.login))
            except HopttError as fault:
                raise _row_fault(number, fault) from fault
            other = next((each for each, one in found.items() if one.name == invitation.name), None)
            if other is not None:
                sentence = f"{invitation.name.bridge_point} stands there twice"
                twice: dict[str, str | int | float] = {"cause": "twice", "part": "bridge_point", "other": other}
                raise _row_fault(number, HopttError(ErrorCode.INVITATION_INVALID, sentence, details=twice))
            found[number] = invitation
        return tuple(found.values())

    # ---- links -------------------------------------------------------------------------------------

    async def _make_token(self, asked: words.MakeToken) -> Told:
        room = await self._room(asked.room)
        if asked.role is Role.COMPANION:
            raise HopttError(ErrorCode.NOT_POSSIBLE, "a companion belongs to a seat: its link is made in the meeting")
        name = names.clean(
            Name(_shown("bridge point", asked.bridge_point), _shown("name", asked.name), _shown("unit", asked.unit))
        )
        if not name.name:
            raise HopttError(ErrorCode.NAME_PART_MISSING, "a link is for somebody: give a --name", field="name")
        if not name.bridge_point:
            name = Name(names.personal(name), name.name, name.unit)
        ttl = TOKEN_TTL
        if asked.ttl_s is not None:
            ttl = timedelta(seconds=_within("ttl", asked.ttl_s, 1, MAX_TOKEN_TTL_S))
        now = self.now()
        token = self.tokens.join(room=room.slug, person=random_id("l"), role=asked.role, name=name, now=now, ttl=ttl)
        return words.TokenTold(token=token, expires_at=now + ttl)


def _row_fault(number: int, fault: HopttError) -> HopttError:
    """Give the refusal of one row: which one, which part of it and why, so that a form leads there."""
    unknown = fault.code is ErrorCode.ACCOUNT_UNKNOWN
    part = "login" if unknown else fault.field or "bridge_point"
    details = {"cause": "account" if unknown else part, "part": part, **fault.details, "row": number}
    return HopttError(ErrorCode.INVITATION_INVALID, f"row {number}: {fault.message}", field="invited", details=details)


def _invitation(row: words.Invited, account: Account | None) -> Invitation:
    """Give a row as it is kept; whoever has an account is called as it is, where the row does not say otherwise."""
    name = names.clean(
        Name(_shown("bridge_point", row.bridge_point), _shown("name", row.name), _shown("unit", row.unit))
    )
    if account is not None:
        own = account.name
        name = Name(name.bridge_point or own.bridge_point, name.name or own.name, name.unit or own.unit)
    if not name.bridge_point and not name.name:
        raise HopttError(
            ErrorCode.INVITATION_INVALID, "neither bridge point nor name", details={"cause": "name_missing"}
        )
    if row.role is Role.COMPANION:
        raise HopttError(
            ErrorCode.INVITATION_INVALID,
            "a companion belongs to a seat and is not invited by itself",
            details={"cause": "role", "part": "role"},
        )
    if not name.name:
        name = Name(name.bridge_point, name.bridge_point, name.unit)
    if not name.bridge_point:
        name = Name(names.personal(name), name.name, name.unit)
    holder = None if account is None else account.id
    branch = branches.clean(row.branch)
    return Invitation(InvitationId(random_id("i")), row.role, name, row.kind, holder, branch)


def _key(one: Invitation) -> tuple[object, ...]:
    """What makes a row the same person's when a list is written anew."""
    return (one.account, one.name)


def _meeting_told(kept: KeptMeeting, links: dict[InvitationId, str | None] | None = None) -> words.MeetingTold:
    return words.MeetingTold(
        id=kept.id,
        room=kept.room,
        title=kept.title,
        entry=kept.rules.entry,
        starts_at=kept.starts_at,
        ends_at=kept.ends_at,
        opened_at=kept.opened_at,
        closed_at=kept.closed_at,
        cause=kept.cause,
        kind=kept.rules.kind,
        muted_until_allowed=kept.rules.muted_until_allowed,
        turn_s=kept.rules.turn_s,
        at_once=kept.rules.at_once,
        overrun=kept.rules.overrun,
        invited=[
            words.InvitedTold(
                id=one.id,
                role=one.role,
                name=one.name,
                kind=one.kind,
                branch=one.branch,
                token=(links or {}).get(one.id),
            )
            for one in kept.invitations
        ],
    )


def _choice(asked: words.CreateRoom | words.SetRoom | words.CreateMeeting) -> Choice:
    return Choice(asked.kind, asked.muted_until_allowed, asked.turn_s, asked.at_once, asked.overrun)


def _check_password(entry: EntryRule, *, password_set: bool) -> None:
    if entry is EntryRule.PASSWORD and not password_set:
        raise HopttError(ErrorCode.PASSWORD_MISSING, "entry by password needs a --password")


def _shown(what: str, text: str) -> str:
    """Give a text that is shown to others. Raises HopttError(NOT_POSSIBLE)."""
    text = unicodedata.normalize("NFC", text).strip()
    field = what.replace(" ", "_")
    if len(text) > MAX_TEXT:
        raise HopttError(
            ErrorCode.NOT_POSSIBLE,
            f"the {what} is longer than {MAX_TEXT} characters",
            field=field,
            details={"cause": "too_long", "max": MAX_TEXT},
        )
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for c in text):
        raise HopttError(
            ErrorCode.NOT_POSSIBLE,
            f"the {what} has characters that cannot be shown",
            field=field,
            details={"cause": "characters"},
        )
    return text


def _within(what: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise HopttError(ErrorCode.NOT_POSSIBLE, f"{what} is a number from {least} to {most}")
    return value


def _or(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value

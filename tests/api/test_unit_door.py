"""The office of a unit's administrator (R2): every route for every role, and nothing of other units."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from tests.support.clock import NINE
from tests.support.people import AN, BINH, CUONG, DUNG, GIANG, Person
from tests.support.web_side import WebSide, a_wire_name

from hoptt.api import people_words

HOUR_MS = 3_600_000
START = int(NINE.timestamp() * 1000) + HOUR_MS
ROOM = {"slug": "giao-ban", "name": "Giao ban", "unit": "so", "entry": "lobby", "muted_until_allowed": True}
CHANGE = {"name": "Giao ban Sở", "entry": "open", "muted_until_allowed": False, "second_seat": "refuse"}


def a_plan(**changes: Any) -> dict[str, Any]:
    invited = [
        {"bridge_point": "UBND tỉnh", "name": "Trần Văn Cường, Chủ tịch", "unit": "UBND tỉnh"},
        {"login": "binh"},
    ]
    plan = {"room": "giao-ban", "title": "Họp giao ban tháng 12", "starts_at": START, "ends_at": START + HOUR_MS}
    return {**plan, "invited": invited, **changes}


async def sign_in(side: WebSide, person: Person) -> None:
    side.session.cookie_jar.clear()
    code = None
    if person.unit is None:
        made = await side.office.do(people_words.SetSecondFactor(login=person.login))
        assert isinstance(made, people_words.SecondFactorTold)
        code = pyotp.TOTP(made.secret).at(side.clock.now())
    await side.signed_in(person, code)


async def a_meeting(side: WebSide, person: Person = AN) -> str:
    """Make a room and a meeting in it as this person, and give the meeting's id."""
    await sign_in(side, person)
    assert (await side.ask("POST", "/api/office/rooms", ROOM))[0] == 201
    status, told = await side.ask("POST", "/api/office/meetings", a_plan())
    assert status == 201, told
    return str(told["meeting"]["id"])


# columns: nobody user unit_admin another_unit_s_admin operator admin
ROUTES = """
GET   /api/office                              - - + + - +
POST  /api/office/rooms                        - - + 0 - +
PUT   /api/office/rooms/giao-ban               - - + 0 - +
POST  /api/office/meetings                     - - + 0 - +
GET   /api/office/meetings/MEETING             - - + 0 - +
PUT   /api/office/meetings/MEETING             - - + 0 - +
POST  /api/office/meetings/MEETING/cancel      - - + 0 - +
"""
"""`+` is done, `-` is refused for the role, `0` is answered as if it did not exist."""
ORDER = (None, BINH, AN, CUONG, DUNG, GIANG)
CASES = [
    (method, path, person, sign)
    for method, path, *signs in (line.split() for line in ROUTES.strip().splitlines())
    for person, sign in zip(ORDER, signs, strict=True)
]


@pytest.mark.parametrize(
    ("method", "path", "person", "sign"),
    CASES,
    ids=[f"{m} {p} as {'nobody' if who is None else who.login}" for m, p, who, _ in CASES],
)
async def test_S25_each_route_is_for_whom_the_table_says(
    office: WebSide, method: str, path: str, person: Person | None, sign: str
) -> None:
    meeting = await a_meeting(office)
    office.session.cookie_jar.clear()
    if person is not None:
        await sign_in(office, person)
    bodies: dict[str, Any] = {
        "POST /api/office/rooms": {**ROOM, "slug": "moi"},
        "PUT /api/office/rooms/giao-ban": CHANGE,
        "POST /api/office/meetings": a_plan(),
        "PUT /api/office/meetings/MEETING": a_plan(title="Đổi tên"),
    }
    status, told = await office.ask(method, path.replace("MEETING", meeting), bodies.get(f"{method} {path}"))
    match sign:
        case "+":
            assert status in (200, 201), told
        case "-":
            assert (status, told["code"]) in ((401, "login.needed"), (403, "not_allowed"))
        case _:
            assert (status, told["code"].rpartition(".")[2]) == (404, "unknown")


def test_S25_every_route_of_the_office_has_a_row() -> None:
    from aiohttp import web  # noqa: PLC0415 - only here

    from hoptt.api.unit_door import UnitDoor  # noqa: PLC0415 - only here

    app = web.Application()
    UnitDoor.add_routes(object.__new__(UnitDoor), app.router)
    there = {
        (route.method, str(route.resource.canonical).replace("{meeting}", "MEETING").replace("{slug}", "giao-ban"))
        for route in app.router.routes()
        if route.resource is not None
    }
    assert there == {(method, path) for method, path, *_ in CASES}


async def test_R2_another_unit_s_administrator_sees_nothing_of_it(office: WebSide) -> None:
    await a_meeting(office)
    await sign_in(office, CUONG)
    _, told = await office.ask("GET", "/api/office")
    assert (told["rooms"], told["meetings"], [u["slug"] for u in told["units"]]) == ([], [], ["khac"])


async def test_R2_the_own_branch_is_shown_as_a_tree_with_its_rooms_and_meetings(office: WebSide) -> None:
    meeting = await a_meeting(office)
    _, told = await office.ask("GET", "/api/office")
    assert [(u["slug"], u["depth"], u["closed"]) for u in told["units"]] == [("so", 0, False), ("phong", 1, False)]
    assert [(r["slug"], r["unit"], r["own"], r["busy"]) for r in told["rooms"]] == [("giao-ban", "so", True, False)]
    assert [(m["id"], m["title"], m["fixed"]) for m in told["meetings"]] == [(meeting, "Họp giao ban tháng 12", False)]


async def test_rooms_of_the_installation_are_not_shown_to_a_unit(office: WebSide) -> None:
    from hoptt.api.office_words import CreateRoom  # noqa: PLC0415 - only here

    await office.office.do(CreateRoom(slug="chung"))
    await sign_in(office, AN)
    _, told = await office.ask("GET", "/api/office")
    assert told["rooms"] == []
    assert (await office.ask("PUT", "/api/office/rooms/chung", CHANGE))[0] == 404


async def test_who_makes_a_meeting_is_its_chair_where_the_list_names_none(office: WebSide) -> None:
    meeting = await a_meeting(office)
    _, told = await office.ask("GET", f"/api/office/meetings/{meeting}")
    assert [(one["role"], one["login"]) for one in told["invited"]] == [
        ("chair", "an.nv"),
        ("attendee", None),
        ("attendee", "binh"),
    ]


async def test_R3_a_link_is_for_those_without_an_account_and_an_account_for_the_others(office: WebSide) -> None:
    meeting = await a_meeting(office)
    _, told = await office.ask("GET", f"/api/office/meetings/{meeting}")
    chair, guest, binh = told["invited"]
    assert (chair["link"], binh["link"]) == (None, None)
    line = await office.line()
    office.clock.turn(hours=1)
    came = await line.ask("join", protocol=1, room="giao-ban", token=guest["link"])
    assert came["result"]["picture"]["participants"][0]["name"]["bridge_point"] == "UBND tỉnh"
    await line.close()


async def test_R3_an_invited_account_comes_in_with_the_list_s_name_and_role(office: WebSide) -> None:
    await a_meeting(office)
    office.clock.turn(hours=1)
    chair = await office.line()
    told = await chair.ask("join", protocol=1, room="giao-ban")
    assert told["result"]["picture"]["participants"][0]["role"] == "chair"
    await sign_in(office, BINH)
    binh = await office.line()
    told = await binh.ask("join", protocol=1, room="giao-ban")
    assert [(p["role"], p["invited"]) for p in told["result"]["picture"]["participants"]] == [
        ("chair", True),
        ("attendee", True),
    ]
    await sign_in(office, CUONG)
    other = await office.line()
    assert (await other.ask("join", protocol=1, room="giao-ban"))["result"]["type"] == "waiting"
    for line in (chair, binh, other):
        await line.close()


async def test_the_room_s_owner_leads_what_nobody_scheduled_there(office: WebSide) -> None:
    await sign_in(office, AN)
    await office.ask("POST", "/api/office/rooms", ROOM)
    line = await office.line()
    told = await line.ask("join", protocol=1, room="giao-ban")
    assert told["result"]["picture"]["participants"][0]["role"] == "chair"
    await line.close()


@pytest.mark.parametrize("login", ["cuong", "CUONG", "dung", "khong-co", "Khong-Co", "hai từ", ""])
async def test_R2_an_account_of_another_unit_is_refused_like_one_that_is_not_there(office: WebSide, login: str) -> None:
    await a_meeting(office)
    told = await office.ask("POST", "/api/office/meetings", a_plan(invited=[{"login": login}]))
    sentence = f"there is no account {login}"
    fault = {"code": "account.unknown", "message": sentence, "field": "invited"}
    assert told == (404, {**fault, "details": {"row": 1, "part": "login"}})


async def test_a_changed_list_keeps_the_links_of_those_who_stay(office: WebSide) -> None:
    meeting = await a_meeting(office)
    _, before = await office.ask("GET", f"/api/office/meetings/{meeting}")
    new = {"bridge_point": "Sở Y tế", "name": "Lê Văn Minh, Giám đốc", "unit": "Sở Y tế"}
    rows = [new, *a_plan()["invited"], {"login": "an.nv", "role": "chair"}]
    status, after = await office.ask("PUT", f"/api/office/meetings/{meeting}", a_plan(invited=rows))
    assert status == 200
    assert [one["bridge_point"] for one in after["invited"]] == ["Sở Y tế", "UBND tỉnh", BINH.shown, AN.shown]
    assert seat(after["invited"][1]["link"]) == seat(before["invited"][1]["link"])


def seat(token: str) -> str:
    import base64  # noqa: PLC0415 - only here
    import json  # noqa: PLC0415 - only here

    payload = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "==="))["hoptt"]["seat"])


async def test_a_meeting_that_has_begun_is_not_changed_and_can_be_cancelled(office: WebSide) -> None:
    meeting = await a_meeting(office)
    line = await office.line()
    await line.ask("join", protocol=1, room="giao-ban")
    status, told = await office.ask("PUT", f"/api/office/meetings/{meeting}", a_plan(title="khác"))
    assert (status, told["code"]) == (409, "not_possible")
    status, told = await office.ask("POST", f"/api/office/meetings/{meeting}/cancel")
    assert (status, told["meeting"]["cause"]) == (200, "cancelled")
    assert await line.close_code() == 1000
    status, told = await office.ask("POST", f"/api/office/meetings/{meeting}/cancel")
    assert (status, told["code"]) == (410, "meeting.ended")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"slug": "Giao Ban"}, "slug.invalid"),
        ({"slug": "office"}, "slug.reserved"),
        ({"slug": "giao-ban"}, "room.exists"),
        ({"unit": "khac"}, "unit.unknown"),
        ({"unit": "khong-co"}, "unit.unknown"),
        ({"entry": "password"}, "password.missing"),
        ({"entry": "everybody"}, "message.malformed"),
        ({"owner": "binh"}, "message.malformed"),
    ],
)
async def test_a_room_that_cannot_be_is_refused(office: WebSide, changes: dict[str, str], code: str) -> None:
    await a_meeting(office)
    _, told = await office.ask("POST", "/api/office/rooms", {**ROOM, "slug": "khac", **changes})
    assert told["code"] == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"room": "khong-co"}, "link.unknown"),
        ({"starts_at": START - 3 * HOUR_MS, "ends_at": START - 2 * HOUR_MS}, "not_possible"),
        ({"ends_at": START}, "not_possible"),
        ({"starts_at": 2**53}, "message.malformed"),
        ({"invited": [{"bridge_point": ""}]}, "invitation.invalid"),
        ({"invited": [{"bridge_point": "A"}, {"bridge_point": "A"}]}, "invitation.invalid"),
        ({"invited": [{"role": "companion", "bridge_point": "A"}]}, "invitation.invalid"),
    ],
)
async def test_a_meeting_that_cannot_be_is_refused(office: WebSide, changes: dict[str, Any], code: str) -> None:
    await a_meeting(office)
    _, told = await office.ask("POST", "/api/office/meetings", a_plan(**changes))
    assert told["code"] == code


LAST_SECOND = 253_402_300_799_000
"""Of the year 9999."""


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("starts_at", {"starts_at": LAST_SECOND, "ends_at": None}),
        ("ends_at", {"ends_at": LAST_SECOND}),
        ("starts_at", {"starts_at": 0}),
        ("ends_at", {"ends_at": START + 11 * 366 * 24 * HOUR_MS}),
    ],
)
async def test_a_meeting_of_another_age_is_refused_and_leaves_nothing_behind(
    office: WebSide, field: str, changes: dict[str, Any]
) -> None:
    meeting = await a_meeting(office)
    for method, path in (("POST", ""), ("PUT", f"/{meeting}")):
        status, told = await office.ask(method, f"/api/office/meetings{path}", a_plan(**changes))
        assert (status, told["code"], told["field"]) == (409, "not_possible", field)
    _, view = await office.ask("GET", "/api/office")
    assert [one["id"] for one in view["meetings"]] == [meeting]
    assert (await office.ask("GET", f"/api/office/meetings/{meeting}"))[0] == 200


A = {"bridge_point": "A"}
HIDDEN = "a\u202eb"


@pytest.mark.parametrize(
    ("rows", "details"),
    [
        ([A, {"bridge_point": "B"}, A], {"row": 3, "part": "bridge_point", "cause": "twice", "other": 1}),
        # the own row gives its place to the chair's, and the rows behind it are still counted as they were written
        ([A, {"login": "an.nv"}, A], {"row": 3, "part": "bridge_point", "cause": "twice", "other": 1}),
        ([A, {"login": "an.nv", "role": "chair"}, A], {"row": 3, "part": "bridge_point", "cause": "twice", "other": 1}),
        ([A, {"unit": "Sở"}], {"row": 2, "part": "bridge_point", "cause": "name_missing"}),
        ([A, {"name": HIDDEN}], {"row": 2, "part": "name", "cause": "characters"}),
        ([A, {"name": "x" * 201}], {"row": 2, "part": "name", "cause": "too_long", "max": 200}),
        ([A, {"name": "B", "branch": "x" * 81}], {"row": 2, "part": "branch", "cause": "branch"}),
        ([A, {"name": "B", "role": "companion"}], {"row": 2, "part": "role", "cause": "role"}),
    ],
)
async def test_a_row_that_is_wrong_is_named_as_it_was_written_with_its_cause(
    office: WebSide, rows: list[dict[str, str]], details: dict[str, Any]
) -> None:
    await a_meeting(office)
    _, told = await office.ask("POST", "/api/office/meetings", a_plan(invited=rows))
    assert (told["code"], told["field"], told["details"]) == ("invitation.invalid", "invited", details)


async def test_a_row_that_equals_the_chair_whom_nobody_wrote_says_so(office: WebSide) -> None:
    meeting = await a_meeting(office)
    _, before = await office.ask("GET", f"/api/office/meetings/{meeting}")
    own = {part: before["invited"][0][part] for part in ("bridge_point", "name", "unit")}
    _, told = await office.ask("POST", "/api/office/meetings", a_plan(invited=[A, own]))
    assert told["details"] == {"row": 2, "part": "bridge_point", "cause": "twice", "other": 0}


async def test_an_account_that_is_not_known_is_named_by_its_row(office: WebSide) -> None:
    await a_meeting(office)
    _, told = await office.ask("POST", "/api/office/meetings", a_plan(invited=[A, {"login": "khong-co"}]))
    assert (told["code"], told["details"]) == ("account.unknown", {"row": 2, "part": "login"})


async def test_a_room_s_password_is_set_kept_and_taken_away(office: WebSide) -> None:
    await a_meeting(office)
    path = "/api/office/rooms/giao-ban"
    _, told = await office.ask("PUT", path, {**CHANGE, "entry": "password", "password": "mùa thu"})
    assert told["password"] is True
    _, told = await office.ask("PUT", path, CHANGE)
    assert (told["password"], told["name"], told["second_seat"]) == (True, "Giao ban Sở", "refuse")
    office.session.cookie_jar.clear()
    line = await office.line()
    await office.ask("GET", "/api/rooms/giao-ban/door")
    name = a_wire_name("an")
    told = await line.ask("join", protocol=1, room="giao-ban", name=name, password="mùa thu")
    assert told["code"] == "meeting.not_open"
    await sign_in(office, AN)
    _, told = await office.ask("PUT", path, {**CHANGE, "password": ""})
    assert told["password"] is False
    await line.close()


async def test_in_a_disabled_unit_nothing_new_is_made(office: WebSide) -> None:
    await sign_in(office, GIANG)
    await office.office.do(people_words.DisableUnit(slug="so"))
    status, told = await office.ask("POST", "/api/office/rooms", ROOM)
    assert (status, told["code"]) == (409, "not_possible")

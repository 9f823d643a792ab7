"""Signing in and out (S27, S30, S33, S39)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyotp
import pytest
from tests.support.pages import until
from tests.support.people import AN, BINH, DUNG, KHAC, PASSWORD, SO
from tests.support.web_side import LOG_KEY, WebSide
from yarl import URL

from hoptt.api import people_words
from hoptt.api.office_words import CreateRoom
from hoptt.auth.sessions import COOKIE, SECURE_COOKIE, set_session_cookie
from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.words import AdHoc, EntryRule
from hoptt.store.log import EventLog
from hoptt.store.log_audit import read_audit
from hoptt.store.log_verify import verify
from hoptt.store.sessions import SessionStore


async def code(side: WebSide, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str | None]:
    status, told = await side.ask(method, path, body, **headers)
    return status, told.get("code") if isinstance(told, dict) else None


def login(name: str = "an.nv", password: str = PASSWORD, **more: str) -> dict[str, str]:
    return {"login": name, "password": password, **more}


async def test_who_signs_in_is_told_who_they_are(office: WebSide) -> None:
    told = await office.signed_in(AN)
    assert told == {
        "login": "an.nv",
        "name": {"bridge_point": AN.shown, "name": f"{AN.shown}, Chánh Văn phòng", "unit": "Đơn vị so"},
        "role": "unit_admin",
        "unit": "Sở TNMT Lai Châu",
        "manages": True,
    }
    assert await office.ask("GET", "/api/me") == (200, told)


async def test_nobody_is_signed_in_by_themselves(office: WebSide) -> None:
    assert await code(office, "GET", "/api/me") == (401, "login.needed")
    assert await code(office, "POST", "/api/logout") == (401, "login.needed")


@pytest.mark.parametrize(
    "body", [login("khong.co"), login(password="sai mật khẩu rồi"), login(password=""), login("", ""), login("a" * 900)]
)
async def test_S30_what_is_wrong_reads_the_same(office: WebSide, body: dict[str, str]) -> None:
    status, told = await office.ask("POST", "/api/login", body)
    assert (status, told) == (
        401,
        {"code": "login.wrong", "message": "login name or password is wrong", "field": "password", "details": {}},
    )


async def test_S30_an_unknown_name_is_checked_as_long_as_a_known_one(
    office: WebSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    passwords = office.known.signing_in.passwords
    real = passwords.verify

    async def verify(text: str, kept: str) -> bool:
        looked_at.append(kept.split("$")[1])
        return await real(text, kept)

    monkeypatch.setattr(passwords, "verify", verify)
    await office.ask("POST", "/api/login", login("khong.co"))
    await office.ask("POST", "/api/login", login(password="sai"))
    assert looked_at == ["argon2id", "argon2id"]


async def test_S27_each_signing_in_makes_a_new_session_and_ends_the_one_before(office: WebSide) -> None:
    await office.signed_in(AN)
    first = cookie(office)
    await office.signed_in(AN)
    assert cookie(office) != first
    assert len(first) == 43
    office.session.cookie_jar.clear()
    assert await code(office, "GET", "/api/me", Cookie=f"{COOKIE}={first}") == (401, "login.needed")


async def test_S27_the_cookie_is_for_the_server_alone(office: WebSide) -> None:
    async with office.session.post(
        office.url + "/api/login", json=login(), headers={"Origin": office.url, "X-Hoptt": "1"}
    ) as answer:
        [given] = [c for c in answer.headers.getall("Set-Cookie") if c.startswith(COOKIE)]
    assert given.split("; ")[1:] == ["Path=/", "HttpOnly", "SameSite=Lax"]
    secure = set_session_cookie("x", secure=True)
    assert secure == f"{SECURE_COOKIE}=x; Path=/; HttpOnly; SameSite=Lax; Secure"


async def test_S27_a_session_ends_when_it_is_idle_and_at_the_latest_after_its_time(office: WebSide) -> None:
    await office.signed_in(AN)
    for _ in range(3):
        office.clock.turn(hours=7)
        assert (await office.ask("GET", "/api/me"))[0] == 200
    office.clock.turn(hours=3)
    assert await code(office, "GET", "/api/me") == (401, "login.needed")
    await office.signed_in(AN)
    office.clock.turn(hours=8)
    assert await code(office, "GET", "/api/me") == (401, "login.needed")


async def test_S27_what_signs_out_opens_nothing_any_more(office: WebSide) -> None:
    await office.signed_in(AN)
    kept = cookie(office)
    assert (await office.ask("POST", "/api/logout"))[0] == 204
    assert await code(office, "GET", "/api/me", Cookie=f"{COOKIE}={kept}") == (401, "login.needed")


async def test_S27_a_disabled_account_is_out_at_once_and_cannot_come_back(office: WebSide) -> None:
    await office.signed_in(AN)
    await office.office.do(people_words.DisableUser(login="an.nv"))
    assert await code(office, "GET", "/api/me") == (401, "login.needed")
    assert await code(office, "POST", "/api/login", login()) == (401, "login.wrong")
    await office.office.do(people_words.DisableUser(login="an.nv", disabled=False))
    await office.signed_in(AN)


async def test_a_disabled_unit_closes_its_accounts_and_those_below(office: WebSide) -> None:
    await office.signed_in(BINH)
    await office.office.do(people_words.DisableUnit(slug=SO))
    assert await code(office, "GET", "/api/me") == (401, "login.needed")
    assert await code(office, "POST", "/api/login", login("binh")) == (401, "login.wrong")
    assert (await office.ask("POST", "/api/login", login("cuong")))[0] == 200
    assert KHAC != SO


async def test_S27_nobody_signs_in_to_a_unit_that_is_disabled_in_the_same_moment(
    office: WebSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = SessionStore.sweep

    async def meanwhile(store: SessionStore, **before: datetime) -> int:
        await office.office.do(people_words.DisableUnit(slug=SO))
        return await sweep(store, **before)

    monkeypatch.setattr(SessionStore, "sweep", meanwhile)
    assert await code(office, "POST", "/api/login", login("binh")) == (401, "login.wrong")


async def test_S27_a_disabled_unit_loses_every_seat_also_when_the_sessions_cannot_be_ended(
    office: WebSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_room(office)
    lines = []
    for person in (AN, BINH):
        await office.signed_in(person)
        lines.append(await office.line())
        assert (await lines[-1].ask("join", protocol=1, room="duan"))["type"] == "ok"

    async def locked(*_: object) -> None:
        raise HopttError(ErrorCode.NOT_STORED, "the database is locked")

    monkeypatch.setattr(SessionStore, "end_all", locked)
    with pytest.raises(HopttError):
        await office.office.do(people_words.DisableUnit(slug=SO))
    await until(lambda: all(line.closed for line in lines), "both pages are closed", 2.0)
    monkeypatch.undo()
    await office.office.do(people_words.DisableUnit(slug=SO))
    assert await code(office, "GET", "/api/me") == (401, "login.needed")


async def test_S30_staff_of_the_installation_signs_in_with_a_second_factor_only(office: WebSide) -> None:
    assert await code(office, "POST", "/api/login", login("dung")) == (403, "login.no_second_factor")
    made = await office.office.do(people_words.SetSecondFactor(login="dung"))
    assert isinstance(made, people_words.SecondFactorTold)
    assert await code(office, "POST", "/api/login", login("dung")) == (401, "login.code_needed")
    assert await code(office, "POST", "/api/login", login("dung", code="000000")) == (401, "login.code_wrong")
    right = pyotp.TOTP(made.secret).at(office.clock.now())
    assert await code(office, "POST", "/api/login", login("dung", "sai", code=right)) == (401, "login.wrong")
    await office.signed_in(DUNG, right)
    assert await code(office, "POST", "/api/login", login("dung", code=right)) == (401, "login.code_wrong")


async def test_S33_whoever_guesses_is_slowed_and_the_owner_s_browser_is_not(office: WebSide) -> None:
    await office.signed_in(AN)
    own = office.session.cookie_jar.filter_cookies(URL(office.url))["hoptt-browser"].value
    office.session.cookie_jar.clear()
    codes = [(await code(office, "POST", "/api/login", login(password="sai"), Cookie="x=y"))[1] for _ in range(11)]
    assert codes == ["login.wrong"] * 10 + ["login.wait"]
    office.session.cookie_jar.clear()
    assert (await office.ask("POST", "/api/login", login(), Cookie=f"hoptt-browser={own}"))[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"X-Hoptt": ""},
    ],
)
async def test_S39_no_page_of_somebody_else_changes_anything(office: WebSide, headers: dict[str, str]) -> None:
    await office.signed_in(AN)
    sent = {"Origin": office.url, "X-Hoptt": "1"} | headers
    if not sent["X-Hoptt"]:
        del sent["X-Hoptt"]
    for path in ("/api/login", "/api/logout", "/api/me/password", "/api/office/rooms"):
        async with office.session.post(office.url + path, json={}, headers=sent) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "origin"), path
    assert (await office.ask("GET", "/api/me"))[0] == 200


@pytest.mark.parametrize("path", ["/api/login", "/api/logout", "/api/me/password", "/api/office/rooms"])
async def test_S39_nothing_is_changed_by_a_get(office: WebSide, path: str) -> None:
    status, _ = await office.ask("GET", path)
    assert status == 404


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"login":"a","password":"b","role":"admin"}', "application/json", 400),
        (b'{"login":1,"password":"b"}', "application/json", 400),
        (b'{"login":"a","password":"b"}', "text/plain", 400),
        (b"login=a&password=b", "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"login":"' + b"a" * 300_000 + b'"}', "application/json", 413),
    ],
)
async def test_S37_a_body_that_is_none_is_refused(office: WebSide, raw: bytes, kind: str, status: int) -> None:
    headers = {"Origin": office.url, "X-Hoptt": "1", "Content-Type": kind}
    async with office.session.post(office.url + "/api/login", data=raw, headers=headers) as answer:
        assert answer.status == status


async def test_another_password_ends_every_session_but_this_browser_s(office: WebSide) -> None:
    await office.signed_in(AN)
    former = cookie(office)
    new = "sông núi nước nam vua nam ở"
    assert await code(office, "POST", "/api/me/password", {"old": "sai", "new": new}) == (401, "login.wrong")
    assert await code(office, "POST", "/api/me/password", {"old": PASSWORD, "new": "ngắn"}) == (422, "password.weak")
    assert (await office.ask("POST", "/api/me/password", {"old": PASSWORD, "new": new}))[0] == 204
    assert (await office.ask("GET", "/api/me"))[0] == 200
    office.session.cookie_jar.clear()
    assert await code(office, "GET", "/api/me", Cookie=f"{COOKIE}={former}") == (401, "login.needed")
    assert await code(office, "POST", "/api/login", login()) == (401, "login.wrong")


# ---- in meetings -------------------------------------------------------------------------------------


async def a_room(side: WebSide, **changes: Any) -> None:
    values: dict[str, Any] = {"slug": "duan", "entry": EntryRule.OPEN, "ad_hoc": AdHoc.ANYONE}
    await side.office.do(CreateRoom(**{**values, **changes}))


async def test_R11_an_account_is_known_at_the_door_and_types_no_name(office: WebSide) -> None:
    await a_room(office)
    await office.signed_in(BINH)
    _, door = await office.ask("GET", "/api/rooms/duan/door")
    assert door["identity"] == {
        "role": "attendee",
        "invited": False,
        "name": {"bridge_point": BINH.shown, "name": f"{BINH.shown}, Chánh Văn phòng", "unit": "Đơn vị phong"},
    }
    line = await office.line()
    told = await line.ask("join", protocol=1, room="duan", name={"bridge_point": "a", "name": "b", "unit": "c"})
    [seat] = told["result"]["picture"]["participants"]
    assert (seat["name"]["bridge_point"], seat["role"]) == (BINH.shown, "attendee")
    await line.close()


async def test_R12_one_account_has_one_seat_which_a_second_device_takes_over_when_asked(office: WebSide) -> None:
    await a_room(office)
    await office.signed_in(BINH)
    first, second = await office.line(), await office.line()
    await first.ask("join", protocol=1, room="duan")
    asked = await second.ask("join", protocol=1, room="duan")
    assert asked["code"] == "seat.taken"
    assert "second_seat" not in asked["faults"][0]["details"]
    came = await second.ask("join", protocol=1, room="duan", take_over=True)
    assert len(came["result"]["picture"]["participants"]) == 1
    assert await first.close_code() == 1000
    assert first.of("turned_away")[0]["code"] == "taken_over"
    await second.close()


async def test_R12_a_meeting_may_leave_the_seat_where_it_is(office: WebSide) -> None:
    await office.signed_in(AN)
    room = {"slug": "duan", "name": "Dự án", "unit": "so", "entry": "open", "muted_until_allowed": True}
    assert (await office.ask("POST", "/api/office/rooms", {**room, "second_seat": "refuse"}))[0] == 201
    first, second = await office.line(), await office.line()
    assert (await first.ask("join", protocol=1, room="duan"))["type"] == "ok"
    asked = await second.ask("join", protocol=1, room="duan", take_over=True)
    assert (asked["code"], asked["faults"][0]["details"]["second_seat"]) == ("seat.taken", "refuse")
    await first.close()
    await second.close()


@pytest.mark.parametrize("way", ["logout", "disable", "password"])
async def test_S27_an_open_meeting_loses_the_account_within_two_seconds(office: WebSide, way: str) -> None:
    await a_room(office)
    await office.signed_in(BINH)
    line = await office.line()
    resume = (await line.ask("join", protocol=1, room="duan"))["result"]["resume"]
    match way:
        case "logout":
            await office.ask("POST", "/api/logout")
        case "disable":
            await office.office.do(people_words.DisableUser(login="binh"))
        case _:
            await office.office.do(people_words.SetPassword(login="binh", password="sông núi nước nam vua nam ở"))
    await until(lambda: line.closed, "the page is closed", 2.0)
    assert line.of("turned_away")[0]["code"] == "signed_out"
    again = await office.line()
    back = await again.ask("resume", protocol=1, token=resume, last_seq=0)
    assert back["code"] in ("signed_out", "meeting.ended")
    await again.close()


async def test_S36_an_account_has_five_connections(office: WebSide) -> None:
    await a_room(office)
    await office.signed_in(BINH)
    lines = [await office.line() for _ in range(6)]
    came = [(await line.ask("join", protocol=1, room="duan")).get("code") for line in lines]
    assert came == [None, *["seat.taken"] * 4, "message.rate"]
    office.session.cookie_jar.clear()
    guest = await office.line()
    assert (await guest.ask("join", protocol=1, room="duan", token=office.token("x"))).get("code") != "message.rate"
    for line in (*lines, guest):
        await line.close()


async def rows(office: WebSide) -> list[tuple[str, dict[str, Any], dict[str, str] | None]]:
    """The rows of the audit chain about signing in and out."""
    found = [(row.kind, row.facts, row.personal) for row in read_audit(office.log.path)]
    return [one for one in found if one[0].startswith("sign")]


async def test_S51_signing_in_and_out_and_who_is_refused_are_rows_of_the_chained_log(office: WebSide) -> None:
    here = {"address": "127.0.0.1"}
    await office.ask("POST", "/api/login", login("khong.co", "mật khẩu gõ nhầm ô"))
    await office.ask("POST", "/api/login", login(password="sai"))
    await office.signed_in(AN)
    await office.signed_in(AN)
    await office.ask("POST", "/api/logout")
    await office.office.do(people_words.DisableUser(login="an.nv"))
    assert await rows(office) == [
        ("sign_in_refused", {"account": None, "code": "login.wrong", "left_out": 0}, here),
        ("sign_in_refused", {"account": AN.id, "code": "login.wrong", "left_out": 0}, here),
        ("signed_in", {"account": AN.id, "second_factor": False}, here),
        ("signed_in", {"account": AN.id, "second_factor": False}, here),
        ("signed_out", {"account": AN.id, "by": "replaced"}, None),
        ("signed_out", {"account": AN.id, "by": "asked"}, None),
        ("signed_out", {"account": AN.id, "by": "everywhere"}, None),
    ]
    assert verify(office.log.path, LOG_KEY).bad == ()
    kept = office.log.path.read_bytes() + office.log.path.with_name("log.db-wal").read_bytes()
    assert b"khong.co" not in kept, "what nobody is called may be a password"


async def test_S51_what_asks_for_a_code_or_to_come_back_later_is_no_refusal(office: WebSide) -> None:
    made = await office.office.do(people_words.SetSecondFactor(login="dung"))
    assert isinstance(made, people_words.SecondFactorTold)
    await office.ask("POST", "/api/login", login("dung"))
    await office.ask("POST", "/api/login", login("dung", code="000000"))
    await office.signed_in(DUNG, pyotp.TOTP(made.secret).at(office.clock.now()))
    told = [(kind, facts.get("code"), facts.get("second_factor")) for kind, facts, _ in await rows(office)]
    assert told == [
        ("signed_out", None, None),  # by the new second factor
        ("sign_in_refused", "login.code_wrong", None),
        ("signed_in", None, True),
    ]


async def test_S51_nobody_is_signed_in_without_being_on_record(
    office: WebSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def audit(*_: object, **__: object) -> int:
        raise HopttError(ErrorCode.NOT_STORED, "the disk is full")

    await office.signed_in(AN)
    monkeypatch.setattr(EventLog, "audit", audit)
    assert await code(office, "POST", "/api/login", login("binh")) == (503, "not_stored")
    assert await code(office, "POST", "/api/login", login(password="sai")) == (401, "login.wrong")
    assert (await office.ask("GET", "/api/me"))[0] == 200, "who was in stays in"
    assert (await office.ask("POST", "/api/logout"))[0] == 204, "what takes away goes on (P5)"
    assert office.known.record.failed == 3


async def test_S27_signing_out_here_leaves_the_seat_that_another_browser_of_the_account_holds(office: WebSide) -> None:
    await a_room(office)
    await office.signed_in(BINH)
    held = cookie(office)
    line = await office.line(headers={"Cookie": f"{COOKIE}={held}"})
    office.session.cookie_jar.clear()
    await line.ask("join", protocol=1, room="duan")
    await office.signed_in(BINH)
    await office.ask("POST", "/api/logout")
    assert (await line.ask("switch", source="microphone", on=False))["type"] == "ok"
    await line.close()


async def test_R13_an_operator_waits_for_the_chair_wherever_the_door_is_open(office: WebSide) -> None:
    made = await office.office.do(people_words.SetSecondFactor(login="dung"))
    assert isinstance(made, people_words.SecondFactorTold)
    await a_room(office)
    await office.signed_in(DUNG, pyotp.TOTP(made.secret).at(office.clock.now()))
    line = await office.line()
    assert (await line.ask("join", protocol=1, room="duan"))["result"]["type"] == "waiting"
    await line.close()


async def test_a_token_counts_before_the_account_of_the_browser(office: WebSide) -> None:
    await a_room(office)
    await office.signed_in(BINH)
    line = await office.line()
    told = await line.join(token=office.token("khach"))
    assert told["result"]["picture"]["participants"][0]["name"]["bridge_point"] == "Sở khach"
    await line.close()


# ---- companions (R12) --------------------------------------------------------------------------------


async def test_R12_a_companion_sits_beside_its_seat_without_a_microphone_and_goes_with_it(office: WebSide) -> None:
    await a_room(office, muted_until_allowed=False)
    await office.signed_in(BINH)
    line, device = await office.line(), await office.line()
    await line.ask("join", protocol=1, room="duan")
    status, made = await office.ask("POST", "/api/rooms/duan/companions", {"word": "camera 2"})
    assert status == 201
    assert made["picture"].startswith("data:image/svg+xml")
    told = await device.ask("join", protocol=1, room="duan", token=made["link"].partition("#token=")[2])
    [seat, companion] = told["result"]["picture"]["participants"]
    assert companion["role"] == "companion"
    assert companion["name"]["bridge_point"] == f"{BINH.shown} · camera 2"
    assert (companion["may_speak"], companion["may_show"], companion["order"]) == (False, True, seat["order"])
    assert (await device.ask("switch", source="microphone", on=True))["code"] == "not_allowed"
    await line.ask("leave")
    await until(lambda: device.closed, "the companion is told")
    assert device.of("turned_away")[0]["code"] == "seat.gone"
    assert not office.house.meetings()[0].state.participants


async def test_R12_without_its_seat_a_companion_does_not_come_in(office: WebSide) -> None:
    await a_room(office)
    await office.signed_in(BINH)
    _, made = await office.ask("POST", "/api/rooms/duan/companions", {})
    device = await office.line()
    told = await device.ask("join", protocol=1, room="duan", token=made["link"].partition("#token=")[2])
    assert told["code"] == "seat.gone"
    await device.close()


async def test_R12_a_guest_has_no_companions(office: WebSide) -> None:
    await a_room(office)
    assert await code(office, "POST", "/api/rooms/duan/companions", {}) == (401, "login.needed")


def cookie(side: WebSide) -> str:
    """Give the session's cookie as this browser has it."""
    return side.session.cookie_jar.filter_cookies(URL(side.url))[COOKIE].value

"""Encoders of others (RFC 9725): api/whip/."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.meetings import MUTED, OPEN_FLOOR, a_room
from tests.support.pages import FakeRooms, until
from tests.support.web_side import RawLine, WebSide, serving
from tests.support.whip import (
    FRAGMENT,
    RESTART,
    SDP,
    SENDS,
    SENDS_SCREEN,
    TRICKLE,
    asked,
    only_seat,
    patched,
    posted,
    publish,
)

from hoptt.api.whip.ice_servers import IceServer, of_relays
from hoptt.api.whip.session import Kind
from hoptt.auth.relays import Relays
from hoptt.config import Http
from hoptt.errors import ErrorCode
from hoptt.ids import ParticipantId
from hoptt.meeting.settings import Rules
from hoptt.meeting.words import EntryRule, Role, Source
from hoptt.sfu.contract import MediaGone
from hoptt.sfu.frames import CloseReason
from hoptt.signaling.connection import MAX_OF_ONE

LOBBY = Rules(entry=EntryRule.LOBBY, muted_until_allowed=False)


@pytest.fixture
async def muted(tmp_path: Path) -> AsyncIterator[WebSide]:
    """Serve a room in which nobody but the chair speaks unasked."""
    async with serving(tmp_path, FakeRooms(a_room(MUTED))) as side:
        yield side


async def the_chair(side: WebSide) -> RawLine:
    line = await side.line()
    await line.join(token=side.token("chair", Role.CHAIR))
    return line


def seats(side: WebSide) -> list[str]:
    return [seat.name.bridge_point for task in side.house.meetings() for seat in task.state.participants.values()]


# ---- coming in and going away --------------------------------------------------------------------


async def test_an_encoder_takes_a_seat_and_is_told_where_its_session_is(side: WebSide) -> None:
    told = await publish(side, side.token("an"))
    assert told.headers["Content-Type"].startswith(SDP)
    assert told.text.startswith("v=0\r\n")
    assert told.text.count("a=recvonly") == 2
    assert told.at.startswith("/whip/duan/")
    assert len(told.at.rpartition("/")[2]) == 22, "128 random bits (S29)"
    assert told.headers["ETag"].startswith('"')
    assert told.headers["Accept-Patch"] == FRAGMENT
    assert seats(side) == ["Sở an"]
    assert side.media.only.is_open(only_seat(side))
    assert side.media.only.is_open(only_seat(side), Source.CAMERA)


async def test_deleting_the_session_gives_the_seat_back_and_closes_its_media(side: WebSide) -> None:
    token = side.token("an")
    told = await publish(side, token)
    assert (await asked(side, "DELETE", told.at, token)).status == 200
    assert seats(side) == []
    await until(lambda: not side.media.only.transports, "media closed")
    assert (await asked(side, "DELETE", told.at, token)).status == 404
    assert side.whip.counts.open[Kind.WHIP] == 0


async def test_R24_when_media_is_lost_the_seat_is_kept_and_found_again(side: WebSide) -> None:
    token = side.token("an")
    told = await publish(side, token)
    who = only_seat(side)
    side.media.only.hear(MediaGone(who, CloseReason.TIMEOUT))
    [task] = side.house.meetings()
    await until(lambda: not task.state.participants[who].connected, "the seat is kept")
    assert (await patched(side, told.at, token, TRICKLE, If_Match=told.headers["ETag"])).status == 404
    again = await publish(side, token)
    assert again.at != told.at
    assert only_seat(side) == who


async def test_who_hangs_up_and_then_says_so_has_left(side: WebSide) -> None:
    token = side.token("an")
    told = await publish(side, token)
    side.media.only.hear(MediaGone(only_seat(side), CloseReason.PEER_LEFT))
    assert (await asked(side, "DELETE", told.at, token)).status == 200
    assert seats(side) == []


async def test_R12_a_seat_in_use_is_taken_over_on_request_only(side: WebSide) -> None:
    token = side.token("an")
    first = await publish(side, token)
    second = await posted(side, "/whip/duan", token)
    assert (second.status, second.code) == (409, ErrorCode.SEAT_TAKEN)
    third = await posted(side, "/whip/duan?take_over=true", token)
    assert third.status == 201
    assert (await asked(side, "DELETE", first.at, token)).status == 404, "the first one is over"
    assert len(seats(side)) == 1


async def test_without_an_engine_it_is_told_to_come_again_and_takes_no_seat(side: WebSide) -> None:
    first = await publish(side, side.token("an"))
    side.media.only.away = True
    told = await posted(side, "/whip/duan", side.token("binh"))
    assert (told.status, told.code) == (503, ErrorCode.ENGINE_AWAY)
    assert int(told.headers["Retry-After"]) > 0
    assert seats(side) == ["Sở an"]
    assert first.status == 201


# ---- the door, the gate, removal -------------------------------------------------------------------


@pytest.mark.parametrize(
    "token", [None, "", "x", "x.y.z", "é", "x" * 7_000], ids=["none", "empty", "word", "dots", "letters", "long"]
)
async def test_S28_without_a_token_nobody_comes_in(side: WebSide, token: str | None) -> None:
    told = await posted(side, "/whip/duan", token)
    assert (told.status, told.code) == (401, ErrorCode.TOKEN_INVALID)
    assert told.headers["WWW-Authenticate"] == "Bearer"
    assert side.house.meetings() == []


async def test_S28_a_token_opens_its_own_room_only(side: WebSide) -> None:
    told = await posted(side, "/whip/duan", side.token("an", room="other"))
    assert (told.status, told.code) == (401, ErrorCode.TOKEN_INVALID)
    told = await posted(side, "/whip/other", side.token("an", room="other"))
    assert (told.status, told.code) == (404, ErrorCode.LINK_UNKNOWN)


async def test_S26_whoever_has_to_wait_gets_no_media_and_comes_in_once_admitted(tmp_path: Path) -> None:
    async with serving(tmp_path, FakeRooms(a_room(LOBBY))) as side:
        token = side.token("an", Role.TECHNICIAN)
        chair = await the_chair(side)
        told = await posted(side, "/whip/duan", token)
        assert (told.status, told.code) == (409, ErrorCode.NOT_IN_MEETING)
        assert int(told.headers["Retry-After"]) == 10
        assert side.media.only.opened == []
        [task] = side.house.meetings()
        [applicant] = task.state.lobby
        assert (await chair.ask("admit", applicants=[applicant]))["type"] == "ok"
        assert (await posted(side, "/whip/duan", token)).status == 201
        assert side.media.only.opened == [applicant]
        await chair.close()


async def test_S26_a_locked_room_is_locked_to_encoders_too(side: WebSide) -> None:
    chair = await the_chair(side)
    await chair.ask("lock", locked=True)
    told = await posted(side, "/whip/duan", side.token("an"))
    assert (told.status, told.code) == (403, ErrorCode.ROOM_LOCKED)
    await chair.close()


async def test_a_role_that_sends_nothing_sends_nothing_here_either(side: WebSide) -> None:
    told = await posted(side, "/whip/duan", side.token("an", Role.OBSERVER))
    assert (told.status, told.code) == (403, ErrorCode.NOT_ALLOWED)
    assert side.house.meetings() == []


async def test_R16_an_encoder_is_muted_until_it_is_allowed_to_speak(muted: WebSide) -> None:
    chair = await the_chair(muted)
    await publish(muted, muted.token("an"))
    media = muted.media.only
    [who] = media.opened
    assert not media.is_open(who)
    assert media.is_open(who, Source.CAMERA)
    await chair.ask("allow", participants=[who])
    await until(lambda: media.is_open(who), "open once it is allowed")
    await chair.ask("take_back", participants=[who])
    await until(lambda: not media.is_open(who), "closed once it is taken back")
    await chair.close()


async def test_R16_a_mute_closes_the_gate_and_the_encoder_does_not_open_it_again(side: WebSide) -> None:
    chair = await the_chair(side)
    await publish(side, side.token("an"))
    media = side.media.only
    [who] = media.opened
    await chair.ask("mute", participants=[who], may_reopen=True)
    await until(lambda: not media.is_open(who), "closed")
    await asyncio.sleep(0.3)
    assert not media.is_open(who)
    await chair.close()


async def test_R17_an_encoder_takes_the_floor_that_it_is_given(muted: WebSide) -> None:
    chair = await the_chair(muted)
    await publish(muted, muted.token("an"))
    media = muted.media.only
    [who] = media.opened
    await chair.ask("grant_floor", participant=who)
    await until(lambda: media.is_open(who), "it speaks")
    await chair.ask("end_turn", participant=who)
    await until(lambda: not media.is_open(who), "its turn is over")
    await chair.close()


async def test_a_second_picture_is_a_share_and_needs_the_right_to_share(muted: WebSide) -> None:
    chair = await the_chair(muted)
    assert (await posted(muted, "/whip/duan", muted.token("an"), SENDS_SCREEN)).status == 201
    media = muted.media.only
    [who] = media.opened
    assert not media.is_open(who, Source.SCREEN)
    await chair.ask("allow_source", participant=who, source="screen")
    await until(lambda: media.is_open(who, Source.SCREEN), "shared once it is allowed")
    await chair.close()


async def test_R18_who_is_removed_has_no_session_any_more_and_its_media_is_closed(side: WebSide) -> None:
    token = side.token("an")
    chair = await the_chair(side)
    told = await publish(side, token)
    [who] = side.media.only.opened
    await chair.ask("remove", participant=who, ban=True)
    await until(lambda: who not in side.media.only.transports, "media closed")
    assert (await patched(side, told.at, token, RESTART, If_Match="*")).status == 404
    again = await posted(side, "/whip/duan", token)
    assert (again.status, again.code) == (403, ErrorCode.BANNED)
    await chair.close()


async def test_when_the_meeting_ends_the_session_is_over(side: WebSide) -> None:
    token = side.token("an")
    chair = await the_chair(side)
    told = await publish(side, token)
    await chair.ask("end_meeting")
    await until(lambda: side.whip.counts.open[Kind.WHIP] == 0, "no session")
    assert (await asked(side, "GET", told.at)).status == 404


# ---- the session's address -----------------------------------------------------------------------


async def test_candidates_are_taken_and_not_needed(side: WebSide) -> None:
    token = side.token("an")
    told = await publish(side, token)
    answer = await patched(side, told.at, token, TRICKLE, If_Match=told.headers["ETag"])
    assert (answer.status, answer.text) == (204, "")
    assert "ETag" not in answer.headers


async def test_the_credentials_of_the_offer_are_no_restart(side: WebSide) -> None:
    token = side.token("an")
    told = await publish(side, token)
    same = "a=ice-ufrag:abcd\na=ice-pwd:0123456789abcdef012345\n" + TRICKLE
    assert (await patched(side, told.at, token, same, If_Match=told.headers["ETag"])).status == 204


async def test_ice_begins_anew_with_new_credentials_and_a_new_etag(side: WebSide) -> None:
    token = side.token("an")
    told = await publish(side, token)
    answer = await patched(side, told.at, token, RESTART, If_Match="*")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith(FRAGMENT)
    assert "a=ice-ufrag:SFU8\r\n" in answer.text
    assert answer.headers["ETag"] != told.headers["ETag"]
    old = await patched(side, told.at, token, TRICKLE, If_Match=told.headers["ETag"])
    assert old.status == 412
    new = await patched(side, told.at, token, RESTART + TRICKLE, If_Match=answer.headers["ETag"])
    assert new.status == 204


async def test_S8_ice_begins_anew_once_a_second_at_most(side: WebSide) -> None:
    token = side.token("an")
    told = await publish(side, token)
    assert (await patched(side, told.at, token, RESTART, If_Match="*")).status == 200
    again = await patched(side, told.at, token, RESTART.replace("EsAw", "EsAx"), If_Match="*")
    assert (again.status, again.code) == (429, ErrorCode.MESSAGE_RATE)
    assert again.headers["Retry-After"] == "1"


async def test_without_if_match_a_patch_is_asked_for_it(side: WebSide) -> None:
    token = side.token("an")
    told = await publish(side, token)
    assert (await patched(side, told.at, token, RESTART)).status == 428


async def test_S29_a_session_is_for_whoever_opened_it(side: WebSide) -> None:
    told = await publish(side, side.token("an"))
    for token in (None, side.token("binh")):
        assert (await asked(side, "DELETE", told.at, token)).status == 401
        assert (await patched(side, told.at, token, RESTART, If_Match="*")).status == 401
    wrong_kind = told.at.replace("/whip/", "/whep/")
    assert (await asked(side, "DELETE", wrong_kind, side.token("an"))).status == 404
    assert len(seats(side)) == 1


async def test_an_expired_token_still_ends_the_session_that_it_opened(side: WebSide) -> None:
    token = side.token("an")
    told = await publish(side, token)
    side.clock.turn(seconds=3_600)
    assert (await asked(side, "DELETE", told.at, token)).status == 200


@pytest.mark.parametrize("path", ["/whip/duan", "/whep/duan"])
async def test_the_endpoint_says_what_it_takes_and_keeps_other_methods_for_later(side: WebSide, path: str) -> None:
    options = await asked(side, "OPTIONS", path)
    assert (options.status, options.headers["Accept-Post"]) == (200, SDP)
    assert (await asked(side, "GET", path)).status == 204
    assert (await asked(side, "HEAD", path)).status == 204
    for method in ("PUT", "DELETE", "PATCH"):
        told = await asked(side, method, path, side.token("an"))
        assert told.status == 405
        assert "POST" in told.headers["Allow"]


async def test_a_session_keeps_other_methods_for_later(side: WebSide) -> None:
    token = side.token("an")
    told = await publish(side, token)
    assert (await asked(side, "GET", told.at)).status == 204
    assert (await asked(side, "OPTIONS", told.at)).headers["Accept-Patch"] == FRAGMENT
    for method in ("PUT", "POST"):
        assert (await asked(side, method, told.at, token)).status == 405


def test_relays_are_named_one_by_one_with_the_credentials_of_the_seat() -> None:
    relays = Relays(("turns:turn.example.vn:443", "turn:turn.example.vn?transport=udp"), "s" * 32, now=lambda: 1_000)
    [first, second] = of_relays(relays)(ParticipantId("p_encoder"))
    assert [first.url, second.url] == list(relays.urls)
    assert first.username == second.username == "1300:p_encoder"
    assert of_relays(Relays())(ParticipantId("p_encoder")) == []


async def test_ice_servers_are_told_as_links(side: WebSide) -> None:
    side.ice_servers[:] = [
        IceServer("stun:turn.example.vn"),
        IceServer("turn:turn.example.vn?transport=tcp", 'a"b', "c"),
    ]
    told = await publish(side, side.token("an"))
    assert told.links == (
        '<stun:turn.example.vn>; rel="ice-server"',
        '<turn:turn.example.vn?transport=tcp>; rel="ice-server"; username="a\\"b"; credential="c"; '
        'credential-type="password"',
    )


# ---- pages -----------------------------------------------------------------------------------------


async def test_S34_a_page_of_another_origin_is_refused_and_a_listed_one_may_read_the_answer(tmp_path: Path) -> None:
    listed = "https://studio.example.vn"
    async with serving(tmp_path, FakeRooms(a_room(OPEN_FLOOR)), Http(origins=(listed,))) as side:
        foreign = await posted(side, "/whip/duan", side.token("an"), Origin="https://evil.example")
        assert (foreign.status, foreign.code) == (403, ErrorCode.ORIGIN)
        assert "Access-Control-Allow-Origin" not in foreign.headers
        told = await posted(side, "/whip/duan", side.token("an"), Origin=listed)
        assert told.status == 201
        assert told.headers["Access-Control-Allow-Origin"] == listed
        assert "Location" in told.headers["Access-Control-Expose-Headers"]
        refused = await posted(side, "/whip/duan", None, Origin=listed)
        assert refused.headers["Access-Control-Allow-Origin"] == listed
        before = await asked(
            side, "OPTIONS", "/whip/duan", Origin=listed, Access_Control_Request_Method="POST"
        )  # fmt: skip
        assert "POST" in before.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in before.headers["Access-Control-Allow-Headers"]


# ---- bad input -------------------------------------------------------------------------------------

RUBBISH: dict[str, tuple[str | bytes, str, int]] = {
    "nothing": ("", SDP, 400),
    "no type": (SENDS, "", 415),
    "json": ('{"sdp": "v=0"}', "application/json", 415),
    "json as sdp": ('{"sdp": "v=0"}', SDP, 400),
    "text": (SENDS, "text/plain", 415),
    "a fragment": (RESTART, FRAGMENT, 415),
    "zeros": (bytes(2_000), SDP, 400),
    "not utf-8": (b"v=0\r\n\xff\xfe", SDP, 400),
    "half": (SENDS[: len(SENDS) // 2], SDP, 400),
    "too many lines": ("v=0\n" * 13_000, SDP, 400),
    "a long line": ("v=0\na=" + "x" * 3_000, SDP, 400),
    "too large": (
        "v=0\n" + "a=x:yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n" * 6_000,
        SDP,
        413,
    ),
    "no media": ("v=0\ns=-\n", SDP, 400),
    "seventy lines of media": ("v=0\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 0\n" * 70, SDP, 400),
    "plain RTP": (SENDS.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), SDP, 400),
    "no fingerprint": (SENDS.replace("a=fingerprint:sha-256", "a=fingerprint:sha-1"), SDP, 400),
    "passive": (SENDS.replace("actpass", "passive"), SDP, 400),
    "no credentials": (SENDS.replace("a=ice-ufrag:abcd\n", ""), SDP, 400),
    "receives": (SENDS.replace("a=sendonly", "a=recvonly"), SDP, 406),
    "inactive": (SENDS.replace("a=sendonly", "a=inactive"), SDP, 406),
    "codecs of others": (SENDS.replace("VP8/90000", "H265/90000"), SDP, 406),
    "a lone surrogate": (SENDS.encode() + b"a=\xed\xa0\x80\n", SDP, 400),
}


@pytest.mark.parametrize("what", RUBBISH)
async def test_S42_an_offer_of_any_kind_is_refused_with_a_code_and_nobody_notices(side: WebSide, what: str) -> None:
    body, kind, status = RUBBISH[what]
    chair = await the_chair(side)
    told = await posted(side, "/whip/duan", side.token("an"), body, Content_Type=kind)
    assert (told.status, told.code is not None) == (status, True), told
    await asyncio.sleep(0.15)
    assert [event for event in chair.events if event["type"].startswith("participant_")] == []
    await chair.close()


BAD_FRAGMENTS: dict[str, tuple[str | bytes, str, int]] = {
    "nothing": ("", FRAGMENT, 400),
    "an offer": (SENDS, SDP, 415),
    "zeros": (bytes(100), FRAGMENT, 400),
    "not utf-8": (b"\xff\xfe", FRAGMENT, 400),
    "a short password": ("a=ice-ufrag:abcd\na=ice-pwd:short\n", FRAGMENT, 400),
    "half": ("a=ice-ufrag:abcd\n", FRAGMENT, 400),
    "too large": ("a=mid:0\n" * 10_000, FRAGMENT, 413),
    "large": ("a=mid:0\n" * 4_000, FRAGMENT, 400),
}


@pytest.mark.parametrize("what", BAD_FRAGMENTS)
async def test_S42_a_fragment_of_any_kind_is_refused_with_a_code_and_the_session_goes_on(
    side: WebSide, what: str
) -> None:
    token = side.token("an")
    opened = await publish(side, token)
    body, kind, status = BAD_FRAGMENTS[what]
    told = await patched(side, opened.at, token, body, Content_Type=kind, If_Match="*")
    assert (told.status, told.code is not None) == (status, True), told
    assert (await asked(side, "GET", opened.at)).status == 204


async def test_S36_one_person_has_five_sessions_at_most(side: WebSide) -> None:
    """Five that are coming in at once: a seat each they would not get anyway."""
    token = side.token("an")
    await publish(side, side.token("binh"))
    side.media.only.slow.clear()
    coming = [
        asyncio.ensure_future(posted(side, "/whip/duan?take_over=true", token)) for _ in range(MAX_OF_ONE + 3)
    ]  # fmt: skip
    await until(lambda: sum(one.done() for one in coming) >= 3, "the sixth to eighth are refused")
    refused = [one.result() for one in coming if one.done()]
    assert {told.code for told in refused} == {ErrorCode.MESSAGE_RATE}
    side.media.only.slow.set()
    await asyncio.gather(*coming)
    assert side.whip.counts.refused[ErrorCode.MESSAGE_RATE] == 3


async def test_counts_tell_what_came_and_what_was_refused(side: WebSide) -> None:
    await publish(side, side.token("an"))
    await posted(side, "/whip/duan", side.token("binh"), "rubbish")
    counts: Any = side.whip.counts
    assert (counts.open[Kind.WHIP], counts.opened[Kind.WHIP]) == (1, 1)
    assert counts.refused == {ErrorCode.SDP_INVALID: 1}


async def test_P2_after_a_restart_a_session_is_found_and_nothing_is_switched_on(side: WebSide) -> None:
    """The same house entered again, as by a new control plane that finds the engine as it was."""
    token = side.token("an")
    told = await publish(side, token)
    [session] = side.whip._sessions.values()
    who, media = only_seat(side), side.media.only
    [task] = side.house.meetings()
    task.media.switch(who, Source.MICROPHONE, on=False)
    await until(lambda: not media.is_open(who), "the microphone is off")
    session.lose()
    assert (await asked(side, "GET", told.at)).status == 404
    side.house.carried[task.id, who] = media.carried[who]
    side.house.carried[task.id, ParticipantId("p_nobody")] = media.carried[who]
    await side.whip.take_up()
    assert (await asked(side, "GET", told.at)).status == 204
    assert not media.is_open(who)
    assert (await asked(side, "DELETE", told.at, side.token("binh"))).status == 401
    assert (await asked(side, "DELETE", told.at, token)).status == 200
    assert seats(side) == []


async def test_what_an_engine_carries_that_is_no_note_of_ours_is_left_alone(side: WebSide) -> None:
    await publish(side, side.token("an"))
    who = only_seat(side)
    [task] = side.house.meetings()
    side.house.carried[task.id, who] = replace(side.media.only.carried[who], note="{}")
    await side.whip.take_up()
    assert side.house.carried == {}

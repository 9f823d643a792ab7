"""Players of others (draft-ietf-wish-whep): they see what an observer sees, api/whip/."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.meetings import MUTED, a_room
from tests.support.pages import FakeRooms, until
from tests.support.web_side import RawLine, WebSide, serving
from tests.support.whip import RECEIVES, RESTART, SENDS, TRICKLE, asked, patched, posted

from hoptt.api.whip.session import Kind
from hoptt.errors import ErrorCode
from hoptt.ids import ParticipantId
from hoptt.meeting.words import Role, Source
from hoptt.sfu.contract import Heard

TWO_PICTURES = RECEIVES.replace("BUNDLE 0 1", "BUNDLE 0 1 2") + RECEIVES[RECEIVES.index("m=video") :].replace(
    "a=mid:1", "a=mid:2"
)


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[WebSide]:
    async with serving(tmp_path, FakeRooms(a_room(MUTED))) as side:
        yield side


async def on_camera(side: WebSide, who: str, role: Role = Role.ATTENDEE) -> tuple[RawLine, ParticipantId]:
    line = await side.line()
    answer = await line.join(token=side.token(who, role), camera=True)
    return line, ParticipantId(answer["result"]["picture"]["you"])


async def watch(side: WebSide, query: str = "", offer: str = RECEIVES, role: Role = Role.OBSERVER) -> ParticipantId:
    told = await posted(side, f"/whep/duan{query}", side.token("xem", role), offer)
    assert told.status == 201, told
    return side.media.only.opened[-1]


def shown(side: WebSide, player: ParticipantId) -> list[tuple[int, str, Source]]:
    return [(tile.slot, tile.participant, tile.source) for tile in side.media.only.views.get(player, ())]


async def test_a_player_gets_sound_and_picture_and_sends_nothing(side: WebSide) -> None:
    told = await posted(side, "/whep/duan", side.token("xem", Role.OBSERVER), RECEIVES)
    assert told.status == 201
    assert told.at.startswith("/whep/duan/")
    assert told.text.count("a=sendonly") == 2
    assert "a=recvonly" not in told.text
    assert side.whip.counts.open[Kind.WHEP] == 1


async def test_S24_a_player_is_an_observer_whatever_its_token_says(side: WebSide) -> None:
    player = await watch(side, role=Role.CHAIR)
    [task] = side.house.meetings()
    seat = task.state.participants[player]
    assert (seat.role, seat.rights.may_speak, seat.rights.may_show) == (Role.OBSERVER, False, False)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.TECHNICIAN])
async def test_S26_R13_technical_staff_asks_the_chair_by_a_player_too_and_is_seen_as_staff(
    side: WebSide, role: Role
) -> None:
    chair, _ = await on_camera(side, "chair", Role.CHAIR)
    token = side.token("xem", role)
    told = await posted(side, "/whep/duan", token, RECEIVES)
    assert (told.status, told.code) == (409, ErrorCode.NOT_IN_MEETING)
    [task] = side.house.meetings()
    [waiting] = task.state.lobby.values()
    await chair.ask("admit", applicants=[waiting.id])
    assert (await posted(side, "/whep/duan", token, RECEIVES)).status == 201
    assert task.state.participants[waiting.id].role is role


async def test_a_player_shows_the_chair_then_who_speaks_then_who_has_the_floor(side: WebSide) -> None:
    chair, chair_id = await on_camera(side, "chair", Role.CHAIR)
    an, an_id = await on_camera(side, "an")
    _, binh_id = await on_camera(side, "binh")
    player = await watch(side)
    await until(lambda: shown(side, player) == [(0, chair_id, Source.CAMERA)], "the chair")
    await asyncio.sleep(0.3)  # what is told of those who came has been told: only the voice makes it look again
    side.media.only.hear(Heard({binh_id: 60}, binh_id))
    await until(lambda: shown(side, player) == [(0, binh_id, Source.CAMERA)], "who speaks")
    side.media.only.hear(Heard({}, None))
    await chair.ask("grant_floor", participant=an_id)
    await an.ask("take_floor")
    await until(lambda: shown(side, player) == [(0, an_id, Source.CAMERA)], "who has the floor")


async def test_a_player_with_two_pictures_shows_the_two_most_important(side: WebSide) -> None:
    _, chair_id = await on_camera(side, "chair", Role.CHAIR)
    _, an_id = await on_camera(side, "an")
    player = await watch(side, offer=TWO_PICTURES)
    await until(
        lambda: shown(side, player) == [(0, chair_id, Source.CAMERA), (1, an_id, Source.CAMERA)], "chair and attendee"
    )
    [first, second] = side.media.only.views[player]
    assert (first.width, second.width) == (1920, 640)


async def test_a_shared_screen_is_shown_while_it_is_shared(side: WebSide) -> None:
    chair, chair_id = await on_camera(side, "chair", Role.CHAIR)
    player = await watch(side)
    await chair.ask("switch", source="screen", on=True)
    await until(lambda: shown(side, player) == [(0, chair_id, Source.SCREEN)], "the screen")
    await chair.ask("switch", source="screen", on=False)
    await until(lambda: shown(side, player) == [(0, chair_id, Source.CAMERA)], "the chair again")


async def test_a_player_may_name_what_it_shows(side: WebSide) -> None:
    chair, chair_id = await on_camera(side, "chair", Role.CHAIR)
    _, an_id = await on_camera(side, "an")
    by_name = await watch(side, "?track=S%E1%BB%9F%20an/camera")
    await until(lambda: shown(side, by_name) == [(0, an_id, Source.CAMERA)], "the bridge point that is named")
    await chair.ask("switch", source="screen", on=True)
    assert shown(side, by_name) == [(0, an_id, Source.CAMERA)]
    told = await posted(side, "/whep/duan?track=screen", side.token("khac", Role.OBSERVER), RECEIVES)
    assert told.status == 201
    other = side.media.only.opened[-1]
    await until(lambda: shown(side, other) == [(0, chair_id, Source.SCREEN)], "the screen")


@pytest.mark.parametrize("track", ["nobody/camera", "S%E1%BB%9F%20chair/microphone", "x", "/camera", "%00/screen"])
async def test_a_track_that_is_not_there_is_refused_and_no_seat_is_taken(side: WebSide, track: str) -> None:
    await on_camera(side, "chair", Role.CHAIR)
    told = await posted(side, f"/whep/duan?track={track}", side.token("xem", Role.OBSERVER), RECEIVES)
    assert (told.status, told.code) == (404, ErrorCode.TRACK_UNKNOWN)
    [task] = side.house.meetings()
    assert len(task.state.participants) == 1


async def test_a_player_that_only_offers_to_send_is_refused(side: WebSide) -> None:
    told = await posted(side, "/whep/duan", side.token("xem", Role.OBSERVER), SENDS)
    assert (told.status, told.code) == (406, ErrorCode.SDP_INVALID)


async def test_R18_a_player_that_is_removed_gets_nothing_more(side: WebSide) -> None:
    chair, _ = await on_camera(side, "chair", Role.CHAIR)
    token = side.token("xem", Role.OBSERVER)
    told = await posted(side, "/whep/duan", token, RECEIVES)
    player = side.media.only.opened[-1]
    await chair.ask("remove", participant=player)
    await until(lambda: player not in side.media.only.transports, "media closed")
    assert (await patched(side, told.at, token, RESTART, If_Match="*")).status == 404


async def test_a_player_begins_its_ice_anew_and_leaves(side: WebSide) -> None:
    token = side.token("xem", Role.OBSERVER)
    told = await posted(side, "/whep/duan", token, RECEIVES)
    assert (await patched(side, told.at, token, RESTART, If_Match="*")).status == 200
    assert (await asked(side, "DELETE", told.at, token)).status == 200
    assert side.whip.counts.open[Kind.WHEP] == 0


async def test_who_watched_by_a_player_shows_a_picture_by_the_page_afterwards(side: WebSide) -> None:
    token = side.token("an")
    told = await posted(side, "/whep/duan", token, RECEIVES)
    await asked(side, "DELETE", told.at, token)
    page = await side.line()
    await page.join(token=token)
    assert (await page.ask("switch", source="camera", on=True))["type"] == "ok"


async def test_a_player_s_candidates_need_no_etag_and_a_restart_does(side: WebSide) -> None:
    """The npm client of the draft's author sends none with candidates."""
    token = side.token("xem", Role.OBSERVER)
    told = await posted(side, "/whep/duan", token, RECEIVES)
    assert (await patched(side, told.at, token, TRICKLE)).status == 204
    assert (await patched(side, told.at, token, RESTART)).status == 428


async def test_who_turns_the_camera_off_is_not_shown_any_more(side: WebSide) -> None:
    chair, chair_id = await on_camera(side, "chair", Role.CHAIR)
    player = await watch(side)
    await until(lambda: shown(side, player) == [(0, chair_id, Source.CAMERA)], "the chair")
    await chair.ask("switch", source="camera", on=False)
    await until(lambda: shown(side, player) == [], "nobody")

"""What a connection may not do, and what happens to it (S35, S36, F31)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from tests.support.fake_socket import FakePage
from tests.support.pages import until
from tests.support.web_side import WebSide, a_wire_name

from hoptt.ids import ParticipantId
from hoptt.live.deliveries import Happened, LevelsNow
from hoptt.meeting.events import Muted
from hoptt.meeting.words import Role
from hoptt.signaling import connection, lines, rates
from hoptt.signaling.messages import MAX_MESSAGE_BYTES, MAX_SDP_MESSAGE_BYTES


@pytest.fixture
async def chair(side: WebSide) -> AsyncIterator[object]:
    """Somebody whose meeting goes on whatever others do."""
    line = await side.line()
    await line.join(token=side.token("chair", Role.CHAIR), offer="offer")
    yield line
    assert (await line.ask("lock", locked=True))["type"] == "ok"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (json.dumps({"type": "refuse", "id": 1, "applicant": "p", "reason": "x" * MAX_MESSAGE_BYTES}), 1009),
        (json.dumps({"type": "offer", "id": 1, "sdp": "x" * MAX_SDP_MESSAGE_BYTES}), 1009),
        ("x" * (MAX_SDP_MESSAGE_BYTES + 1), 1009),
        ("no JSON", 1002),
        ('{"type":"hack","id":1}', 1002),
    ],
    ids=["large", "large with SDP", "larger than any", "no JSON", "unknown"],
)
@pytest.mark.usefixtures("chair")
async def test_S35_what_cannot_be_taken_closes_the_connection_alone(side: WebSide, text: str, code: int) -> None:
    line = await side.line()
    await line.say(text)
    assert await line.close_code() == code
    await until(lambda: side.lines.counts.closed[code] == 1, "the count")


@pytest.mark.usefixtures("chair")
async def test_bytes_are_no_message(side: WebSide) -> None:
    line = await side.line()
    await line.socket.send_bytes(b'{"type":"leave","id":1}')
    assert await line.close_code() == 1002


@pytest.mark.usefixtures("chair")
async def test_text_that_is_no_utf_8_closes_the_connection(side: WebSide) -> None:
    line = await side.line()
    await line.socket.send_frame(b'{"type":"leave","id":1,"x":"\xff"}', aiohttp.WSMsgType.TEXT)
    assert await line.close_code() == 1007


async def test_S35_an_offer_of_the_largest_size_is_taken(side: WebSide) -> None:
    line = await side.line()
    sdp = "a=x\r\n" * 70_000
    joined = await line.join("an", offer=sdp)
    assert joined["result"]["answer"] == f"answer to {sdp}"


async def test_S35_compression_is_off(side: WebSide) -> None:
    line = await side.line(compress=15)
    assert line.socket.compress == 0


async def test_S36_the_first_message_comes_in_time(side: WebSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "FIRST_MESSAGE_S", 0.2)
    silent, talking, seated = await side.line(), await side.line(), await side.line()
    await seated.join("an")
    await talking.ask("view", tiles=[])
    _tick_all(side, later=1.0)
    assert await silent.close_code() == 1002
    assert await talking.close_code() == 1002, "what is no join does not count"
    assert not seated.closed


async def test_S36_while_somebody_comes_in_the_time_for_the_first_message_stands_still(
    side: WebSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "FIRST_MESSAGE_S", 0.2)
    chair, slow = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR), offer="offer")
    side.media.only.slow.clear()
    await slow.say({"type": "join", "id": 1, "protocol": 1, "room": "duan", "name": a_wire_name("a"), "offer": "o"})
    await until(lambda: chair.events, "the seat")
    _tick_all(side, later=1.0)
    side.media.only.slow.set()
    assert (await slow.answer(1))["type"] == "ok"


def _tick_all(side: WebSide, *, later: float, blocked: float = 0.0) -> None:
    """Turn the connections' clock."""
    now = asyncio.get_running_loop().time() + later
    for line in list(side.lines._lines):
        line.tick(now, blocked)


async def test_F31_a_line_that_says_nothing_is_dead_after_fifteen_seconds_and_loses_the_seat(side: WebSide) -> None:
    chair, dead = await side.line(), await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    joined = await dead.join("an")
    [line] = [one for one in side.lines._lines if one._you == joined["result"]["picture"]["you"]]
    now = asyncio.get_running_loop().time()
    line.tick(now + 14.9, 0.0)
    await asyncio.sleep(0.05)
    assert not dead.closed
    line.tick(now + 15.1, 0.0)
    await dead.close_code()
    assert line.code == 1006
    await until(lambda: [e["type"] for e in chair.events][-1:] == ["participant_lost"], "the loss")


async def test_F5_a_loop_that_stood_still_takes_nobody_for_dead(side: WebSide) -> None:
    an = await side.line()
    await an.join("an")
    _tick_all(side, later=20.0, blocked=19.0)
    assert (await an.ask("view", tiles=[]))["type"] == "ok"


async def test_the_server_pings_every_five_seconds(side: WebSide) -> None:
    socket = await side.session.ws_connect(side.url + "/ws", origin=side.url, autoping=False)
    _tick_all(side, later=4.9)
    _tick_all(side, later=5.1)
    _tick_all(side, later=6.0)
    _tick_all(side, later=10.2)
    kinds = [(await socket.receive()).type for _ in range(2)]
    assert kinds == [aiohttp.WSMsgType.PING] * 2
    await socket.close()


async def test_a_ping_of_the_page_is_answered(side: WebSide) -> None:
    socket = await side.session.ws_connect(side.url + "/ws", origin=side.url, autoping=False)
    await socket.ping(b"hello")
    answer = await socket.receive()
    assert (answer.type, answer.data) == (aiohttp.WSMsgType.PONG, b"hello")
    await socket.close()


@pytest.mark.usefixtures("chair")
async def test_S36_who_says_too_much_for_too_long_is_cut_off(side: WebSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "PATIENCE_S", 0.3)
    noisy = await side.line()
    await noisy.join("an")

    async def shout() -> None:
        for number in range(1_000_000):
            await noisy.say({"type": "view", "id": number, "tiles": []})
            await asyncio.sleep(0.001)

    shouting = asyncio.ensure_future(shout())
    assert await noisy.close_code() == 1008
    with pytest.raises(ConnectionError):
        await shouting
    assert side.lines.counts.messages < 400, "reading slowed first"


async def test_S36_long_offers_are_read_as_slowly_as_many_messages(side: WebSide) -> None:
    noisy = await side.line()
    await noisy.join("an")
    offer = {"type": "offer", "sdp": "v=0\r\n" * 30_000, "fresh": True}

    async def shout() -> None:
        for number in range(20):
            await noisy.say({**offer, "id": 10 + number})

    shouting = asyncio.ensure_future(shout())
    await asyncio.sleep(1.0)
    assert side.lines.counts.slowed > 0
    assert side.lines.counts.messages < 10
    shouting.cancel()


async def test_S36_two_thousand_a_second_from_one_do_not_hold_up_the_others(side: WebSide) -> None:
    noisy = await side.line()
    await noisy.join("an")

    async def shout() -> None:
        for number in range(2_000):
            await noisy.say({"type": "view", "id": 1_000 + number, "tiles": []})

    shouting = asyncio.ensure_future(shout())
    loop = asyncio.get_running_loop()
    for number in range(5):
        began = loop.time()
        other = await side.line()
        await other.join(f"binh{'abcde'[number]}")
        assert loop.time() - began < 2.0
    shouting.cancel()


# ---- slow readers ------------------------------------------------------------------------------------


async def test_S36_a_slow_reader_is_cut_off_loses_the_seat_and_may_resume(side: WebSide) -> None:
    chair = await side.line()
    await chair.join(token=side.token("chair", Role.CHAIR))
    slow = FakePage(side.lines._doors)
    joined = await slow.ask("join", protocol=1, room="duan", name=a_wire_name("an"))
    slow.socket.reads.clear()
    told = Happened(9, (Muted(side.clock.now(), tuple(ParticipantId("p" * 20) for _ in range(1_000)), None),))
    while slow.line.code == 1006 and not slow.closed:
        slow.line.deliver(told)
        await asyncio.sleep(0)
    assert slow.line.code == 1013
    assert len(slow.line._out._outbox) == 0, "what waited is given free at once"
    await until(lambda: [e["type"] for e in chair.events][-1:] == ["participant_lost"], "the loss")
    slow.socket.reads.set()
    await slow.task
    again = FakePage(side.lines._doors)
    back = await again.ask("resume", protocol=1, token=joined["result"]["resume"], last_seq=0)
    assert back["result"]["type"] == "resumed"
    await again.drop()


async def test_S36_a_slow_reader_gets_the_latest_levels_only(side: WebSide) -> None:
    slow = FakePage(side.lines._doors)
    await slow.ask("join", protocol=1, room="duan", name=a_wire_name("an"))
    await asyncio.sleep(0.01)
    slow.socket.reads.clear()
    for level in range(1_000):
        slow.line.deliver(LevelsNow({ParticipantId("p"): level % 128}, None))
        await asyncio.sleep(0)
    slow.socket.reads.set()
    await until(lambda: len(slow.of("levels")) == 2, "the one on its way and the latest")
    assert slow.of("levels")[-1]["levels"][0]["level"] == 999 % 128
    await slow.drop()


async def test_a_reader_who_takes_nothing_any_more_is_cut(side: WebSide) -> None:
    slow = FakePage(side.lines._doors)
    await slow.ask("join", protocol=1, room="duan", name=a_wire_name("an"))
    slow.socket.reads.clear()
    slow.line._too_slow()
    slow.line.tick(asyncio.get_running_loop().time() + 6.0, 0.0)
    await slow.task
    assert slow.socket.close_code is None, "it could not even be said goodbye"


async def test_no_more_connections_than_there_may_be(side: WebSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINES", 1)
    first = await side.line()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await side.line()
    assert refused.value.status == 429
    assert refused.value.headers is not None
    assert refused.value.headers["Retry-After"]
    await first.close()
    await until(lambda: side.lines.counts.open == 0, "the first to go")
    await side.line()


async def test_S36_a_personal_link_has_five_connections_and_one_seat(side: WebSide) -> None:
    token = side.token("an")
    lines = [await side.line() for _ in range(6)]
    came = [await line.join(token=token) for line in lines]
    assert [(one["type"], one.get("code")) for one in came] == [
        ("ok", None),
        *[("refused", "seat.taken")] * 4,
        ("refused", "message.rate"),
    ]
    assert came[5]["faults"][0]["details"] == {"connections": 5}
    assert (await (await side.line()).join(token=side.token("binh")))["type"] == "ok", "another link"
    await lines[1].close()
    assert (await lines[5].join(token=token))["code"] == "seat.taken", "one of the five has gone"


async def test_S36_a_seat_has_one_connection_and_five_at_most_that_come_back_to_it(side: WebSide) -> None:
    first = await side.line()
    token = (await first.join("an"))["result"]["resume"]
    lines = [await side.line() for _ in range(6)]
    side.media.only.slow.clear()
    back = [await line.ask("resume", protocol=1, token=token, last_seq=0) for line in lines[:3]]
    assert [one["type"] for one in back] == ["ok"] * 3
    await until(lambda: first.closed and lines[0].closed and lines[1].closed, "the connections before are closed")
    assert not lines[2].closed


async def test_S36_more_than_five_that_ask_for_one_seat_are_refused(side: WebSide) -> None:
    first = await side.line()
    token = (await first.join("an"))["result"]["resume"]
    lines = [await side.line() for _ in range(8)]
    back = await asyncio.gather(*(line.ask("resume", protocol=1, token=token, last_seq=0) for line in lines))
    assert {one.get("code") for one in back} <= {None, "message.rate"}
    assert sum(not line.closed for line in lines) <= connection.MAX_OF_ONE + 1

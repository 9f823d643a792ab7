"""Other servers are spoken to as they want it: each against a server that says what the real one was seen to say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from benchmarks.peers import galene, janus, livekit, mediamtx, mediasoup
from benchmarks.peers.adapter import converse
from benchmarks.peers.conversation import Conversation, Guest, Local
from benchmarks.peers.known import PEERS, present
from benchmarks.peers.peer import Entrance, PeerError
from benchmarks.peers.protobuf import Value, decode, encode
from benchmarks.peers.sdp import answer, with_candidates
from benchmarks.servers import servers

LOCAL = Local("load000001x0", "secret", "AA:BB", "10.98.0.2", 40_000)
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 10.98.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\na=ice-options:trickle\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 10.98.0.1\r\na=sendonly\r\na=mid:0\r\na=rtcp-mux\r\n"
    "a=ice-ufrag:theirs\r\na=ice-pwd:theirsecret\r\na=fingerprint:sha-256 CC\r\na=setup:actpass\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 100 101 99\r\nc=IN IP4 10.98.0.1\r\na=sendonly\r\na=mid:1\r\n"
    "a=rtpmap:100 VP8/90000\r\na=rtcp-fb:100 nack pli\r\na=rtpmap:101 rtx/90000\r\na=fmtp:101 apt=100\r\n"
    "a=rtpmap:99 H264/90000\r\na=rtcp-fb:99 nack pli\r\n"
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=extmap:9 urn:unknown\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"
)


class Talk(Conversation):
    """A generator that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def offer(self, *, sends: bool = False, audio: int = 0, video: int = 0) -> str:
        self.asked.append(("offer", sends, audio, video))
        return "our offer"

    async def answered(self, sdp: str) -> None:
        self.asked.append(("answered", sdp))

    async def offered(self, sdp: str, *, again: bool = False) -> Local:
        self.asked.append(("offered", sdp))
        return LOCAL


def publisher(number: int, *, audio: bool = False, video: bool = True) -> Guest:
    return Guest("enter", number, None, (), audio, video, 0, 0)


def viewer(number: int, *watches: str, voices: int = 0) -> Guest:
    return Guest("enter", number, None, watches, False, False, voices, len(watches))


Handler = Callable[[web.Request], Any]


@asynccontextmanager
async def at_server(method: str, path: str, handler: Handler) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """A server on a free port, and a session to speak to it with."""
    app = web.Application()
    app.router.add_route(method, path, handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session:
            yield session, f"127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def test_mediamtx_takes_an_offer_for_each_path() -> None:
    posted: list[tuple[str, str]] = []

    async def handle(request: web.Request) -> web.Response:
        posted.append((request.path, await request.text()))
        return web.Response(status=201, text="its answer")

    async with at_server("POST", "/{path:.*}", handle) as (session, at):
        door, talk = mediamtx.Door(session, f"http://{at}"), Talk()
        assert await door.enter(publisher(0), talk) == "p0"
        await door.enter(viewer(1, "p0"), talk)
    assert posted == [("/p0/whip", "our offer"), ("/p0/whep", "our offer")]
    assert talk.asked == [
        ("offer", True, 0, 0),
        ("answered", "its answer"),
        ("offer", False, 0, 1),
        ("answered", "its answer"),
    ]


async def test_a_refusal_says_what_was_refused_and_why() -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=404, text="no one is publishing")

    async with at_server("POST", "/{path:.*}", handle) as (session, at):
        with pytest.raises(PeerError, match="p0/whep was answered with 404: no one is publishing"):
            await mediamtx.Door(session, f"http://{at}").enter(viewer(1, "p0"), Talk())


async def test_livekit_lets_a_publisher_announce_and_offer_and_a_viewer_subscribe() -> None:
    heard: list[dict[int, int | bytes]] = []
    rights: list[tuple[bool, bool]] = []
    data = OFFER[OFFER.index("m=application") :] + "a=sendrecv\r\n"  # its first offer has no media
    empty = OFFER[: OFFER.index("m=")] + data

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        video = jwt.decode(request.query["access_token"], livekit.SECRET, algorithms=["HS256"])["video"]
        rights.append((video["canPublish"], video["canSubscribe"]))

        async def tell(number: int, message: dict[int, Value]) -> None:
            await socket.send_bytes(encode({number: encode(message)}))

        async def trickle(end: int) -> None:
            for protocol in ("tcp", "udp"):
                candidate = {"candidate": f"candidate:1 1 {protocol} 9 10.98.0.1 18882 typ host"}
                await tell(livekit.Tells.TRICKLE, {1: json.dumps(candidate), 2: end})

        async for message in socket:
            ((number, content),) = decode(message.data).items()
            assert isinstance(content, bytes)
            fields = decode(content)
            heard.append({0: number, **fields})
            if number == livekit.Asks.ADD_TRACK:
                track = encode({1: f"TR{len(heard)}"})
                await tell(livekit.Tells.TRACK_PUBLISHED, {1: bytes(fields.get(1, b"")), 2: track})
            elif number == livekit.Asks.OFFER:
                await tell(livekit.Tells.ANSWER, {1: "answer", 2: "its answer", 3: 1})
                await trickle(livekit.PUBLISHER)
            elif number == livekit.Asks.SUBSCRIPTION:
                await tell(livekit.Tells.OFFER, {1: "offer", 2: empty, 3: 7})
                await trickle(livekit.SUBSCRIBER)
            elif fields[3] == 7:
                await tell(livekit.Tells.OFFER, {1: "offer", 2: OFFER, 3: 8})
        return socket

    async with at_server("GET", "/rtc", handle) as (session, at):
        door, talk = livekit.Door(session, f"ws://{at}/rtc"), Talk()
        await door.enter(publisher(0, audio=True), talk)
        await door.enter(viewer(1, "p0", voices=4), talk)
        async with asyncio.timeout(5):
            while heard[-1].get(3) != 8:
                await asyncio.sleep(0.01)
    assert rights == [(True, False), (False, True)]
    assert [(one[1], one.get(3)) for one in heard if one[0] == livekit.Asks.ADD_TRACK] == [(b"load0", 0), (b"load1", 1)]
    assert talk.asked[1] == (
        "answered",
        "its answer\r\na=candidate:1 1 udp 9 10.98.0.1 18882 typ host\r\n",
    )
    assert [one[3] for one in heard if one[0] == livekit.Asks.ANSWER] == [7, 8], "until all tracks are there"


def test_what_is_encoded_is_read_again() -> None:
    fields: dict[int, Value] = {1: "text", 2: 300, 15: b"\x00", 2000: 1 << 40}
    assert decode(encode(fields)) == {1: b"text", 2: 300, 15: b"\x00", 2000: 1 << 40}
    assert decode(b"\x0d\x00\x00\x00\x00\x10\x05") == {2: 5}, "fixed numbers are left out"
    for broken in (b"\x08\x80", b"\x0b"):
        with pytest.raises(ValueError, match=r"within a number|kind 3"):
            decode(broken)


async def test_janus_gives_a_viewer_the_streams_it_asks_for() -> None:
    asked: list[dict[str, Any]] = []

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("janus-protocol",))
        await socket.prepare(request)
        async for message in socket:
            told = message.json()
            asked.append(told)
            reply: dict[str, Any] = {"janus": "success", "transaction": told["transaction"], "data": {"id": len(asked)}}
            request_ = told.get("body", {}).get("request")
            if request_ == "joinandconfigure":
                await socket.send_json({"janus": "ack", "transaction": told["transaction"]})
                reply |= {"janus": "event", "jsep": {"type": "answer", "sdp": "its answer"}}
            elif request_ == "join":
                reply |= {"janus": "event", "jsep": {"type": "offer", "sdp": OFFER}}
            elif request_ == "start" and told["jsep"]["type"] != "answer":
                reply |= {"plugindata": {"data": {"error": "no answer"}}}
            await socket.send_json(reply)
        return socket

    async with at_server("GET", "/", handle) as (session, at):
        door, talk = janus.Door(session, f"ws://{at}"), Talk()
        await door.open()
        await door.enter(publisher(0, audio=True), talk)
        await door.enter(publisher(1, audio=True, video=False), talk)
        await door.enter(viewer(2, "p0", voices=4), talk)
        me = Guest("watch", 0, "p0", (), True, True, 4, 0)
        await door.watch(me, talk)
    joins = [one["body"]["streams"] for one in asked if one.get("body", {}).get("request") == "join"]
    assert joins[0] == [{"feed": 1, "mid": "0"}, {"feed": 1, "mid": "1"}, {"feed": 2, "mid": "0"}]
    assert joins[1] == [{"feed": 2, "mid": "0"}], "nobody hears themselves"
    assert asked[-1]["body"] == {"request": "start"}
    assert talk.asked[-1] == ("offered", OFFER)


async def test_what_janus_refuses_is_said() -> None:
    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("janus-protocol",))
        await socket.prepare(request)
        async for message in socket:
            told = message.json()
            data = {"plugindata": {"data": {"error": "no such room"}}} if "body" in told else {"data": {"id": 1}}
            await socket.send_json({"janus": "success", "transaction": told["transaction"], **data})
        return socket

    async with at_server("GET", "/", handle) as (session, at):
        with pytest.raises(PeerError, match="create: no such room"):
            await janus.Door(session, f"ws://{at}").open()


async def test_galene_gives_a_link_for_each_publisher_and_describes_it_anew() -> None:
    answered: list[tuple[str, str]] = []
    wanted: list[dict[str, list[str]]] = []
    candidate = {"candidate": "candidate:1 1 udp 2130706431 10.98.0.1 18445 typ host", "sdpMid": "0"}

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            told = message.json()
            match told["type"]:
                case "join":
                    await socket.send_json({"type": "joined", "kind": "join"})
                case "offer":
                    await socket.send_json({"type": "ice", "id": told["id"], "candidate": candidate})
                    await socket.send_json({"type": "answer", "id": told["id"], "sdp": "its answer"})
                case "request":
                    wanted.append(told["request"])
                    for name in told["request"]:
                        await socket.send_json({"type": "offer", "id": f"down-{name}", "sdp": OFFER})
                        await socket.send_json({"type": "ice", "id": f"down-{name}", "candidate": candidate})
                case "answer":
                    answered.append((told["id"], told["sdp"]))
                    if len(answered) == 1:
                        await socket.send_json({"type": "offer", "id": told["id"], "sdp": OFFER})
        return socket

    async with at_server("GET", "/ws", handle) as (session, at):
        door, talk = galene.Door(session, f"ws://{at}/ws"), Talk()
        for number in range(2):
            await door.enter(publisher(number, audio=True), talk)
        await door.enter(viewer(2, "p1", voices=4), talk)
        async with asyncio.timeout(5):
            while len(answered) < 3:
                await asyncio.sleep(0.01)
    assert wanted == [{"p0": ["audio"], "p1": ["audio", "video"]}]
    assert sorted(id_ for id_, _ in answered) == ["down-p0", "down-p0", "down-p1"]
    assert len({sdp for _, sdp in answered}) == 1, "the same end of the link each time"
    assert ("answered", with_candidates("its answer", [candidate["candidate"]])) in talk.asked
    assert talk.asked[-1][1].endswith("a=candidate:1 1 udp 2130706431 10.98.0.1 18445 typ host\r\n")


PUBLISHERS_OFFER = (
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    "a=rtcp-fb:111 transport-cc\r\na=mid:0\r\na=sendonly\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=fingerprint:sha-256 EE:FF\r\na=ssrc:11 cname:hoptt-load\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\n"
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=mid:1\r\na=sendonly\r\na=fingerprint:sha-256 EE:FF\r\n"
    "a=ssrc-group:FID 21 22\r\na=ssrc:21 cname:hoptt-load\r\na=ssrc:22 cname:hoptt-load\r\n"
)


class Publishing(Talk):
    """A generator that offers what it sends."""

    async def offer(self, *, sends: bool = False, audio: int = 0, video: int = 0) -> str:
        await super().offer(sends=sends, audio=audio, video=video)
        return PUBLISHERS_OFFER


async def test_mediasoup_is_told_parameters_in_the_place_of_descriptions() -> None:
    asked: list[tuple[str, dict[str, Any]]] = []
    way = {
        "id": "way",
        "iceParameters": {"usernameFragment": "theirs", "password": "theirsecret"},
        "iceCandidates": [
            {
                "foundation": "udp",
                "priority": 9,
                "address": "10.98.0.1",
                "port": 18_191,
                "protocol": "udp",
                "type": "host",
            }
        ],
        "dtlsParameters": {
            "fingerprints": [{"algorithm": "sha-1", "value": "no"}, {"algorithm": "sha-256", "value": "CC"}]
        },
    }
    codec = {"mimeType": "audio/opus", "payloadType": 100, "clockRate": 48_000, "channels": 2}
    consumer = {"kind": "audio", "rtpParameters": {"mid": "0", "codecs": [codec], "headerExtensions": []}}

    async def handle(request: web.Request) -> web.Response:
        what, about = request.path.strip("/"), await request.json()
        asked.append((what, about))
        return web.json_response(
            {
                "transport": way,
                "connect": {},
                "produce": {"id": f"of-{about.get('kind')}"},
                "consume": {"consumers": [consumer]},
            }[what]
        )

    async with at_server("POST", "/{path:.*}", handle) as (session, at):
        door, talk = mediasoup.Door(session, f"http://{at}"), Publishing()
        assert await door.enter(publisher(0, audio=True), talk) == "p0"
        await door.enter(viewer(1, "p0", voices=4), talk)
        await door.watch(Guest("watch", 0, "p0", (), True, True, 4, 0), talk)
    produced = [about for what, about in asked if what == "produce"]
    assert [one["rtpParameters"]["encodings"] for one in produced] == [
        [{"ssrc": 11}],
        [{"ssrc": 21, "rtx": {"ssrc": 22}}],
    ]
    opus, (vp8, rtx) = produced[0]["rtpParameters"]["codecs"][0], produced[1]["rtpParameters"]["codecs"]
    assert (opus["channels"], opus["parameters"]) == (2, {"minptime": 10, "useinbandfec": 1})
    assert (vp8["rtcpFeedback"], rtx["parameters"]) == ([{"type": "nack", "parameter": "pli"}], {"apt": 96})
    connected = [about["dtlsParameters"]["fingerprints"][0]["value"] for what, about in asked if what == "connect"]
    assert connected == ["EE:FF", "AA:BB", "AA:BB"]
    wanted = [about["producers"] for what, about in asked if what == "consume"]
    assert wanted == [["of-audio", "of-video"], []], "nobody hears themselves"
    answered, offered, _ = [sdp for what, *sdp in talk.asked if what != "offer"]
    for row in ("m=video 9 UDP/TLS/RTP/SAVPF 96 97", "a=ice-lite", "a=setup:passive", "a=fingerprint:sha-256 CC"):
        assert f"{row}\r\n" in answered[0]
    for row in ("a=rtpmap:100 opus/48000/2", "a=sendonly", "a=candidate:udp 1 udp 9 10.98.0.1 18191 typ host"):
        assert f"{row}\r\n" in offered[0]


async def test_what_mediasoup_refuses_is_said() -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response({"fault": "no more workers"}, status=400)

    async with at_server("POST", "/{path:.*}", handle) as (session, at):
        with pytest.raises(PeerError, match="transport: no more workers"):
            await mediasoup.Door(session, f"http://{at}").enter(viewer(1, "p0"), Talk())


def test_an_answer_takes_what_the_generator_knows_and_refuses_the_rest() -> None:
    text = answer(OFFER, LOCAL)
    audio, video, data = text.split("m=")[1:]
    assert audio.startswith("audio 9 UDP/TLS/RTP/SAVPF 111\r\n")
    assert video.startswith("video 9 UDP/TLS/RTP/SAVPF 100 101\r\n")
    assert data.startswith("application 9 ")
    assert text.count("a=recvonly") == 2
    assert "H264" not in text
    assert "urn:unknown" not in text
    assert "a=rtcp-fb:99" not in text
    for row in (
        "a=setup:active",
        "a=ice-ufrag:load000001x0",
        "a=rtcp-fb:100 nack pli",
        "a=fmtp:101 apt=100",
        "a=mid:1",
    ):
        assert f"{row}\r\n" in video
    assert "a=group:BUNDLE 0 1 2\r\n" in text
    assert "10.98.0.2 40000 typ host" in audio


class Doorkeeper(Entrance):
    """Lets in who has an even number."""

    async def enter(self, guest: Guest, talk: Conversation) -> str:
        if guest.number % 2:
            raise PeerError("odd")
        offer = await talk.offer(audio=2)
        await talk.answered(offer.upper())
        return f"p{guest.number}"


async def _told(number: int, *replies: dict[str, Any]) -> list[dict[str, Any]]:
    """What a generator is told that says these things."""
    at: asyncio.Queue[list[dict[str, Any]]] = asyncio.Queue()

    async def generator(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told = []
        for reply in (
            {
                "wish": "enter",
                "number": number,
                "name": None,
                "watches": [],
                "sends": {"audio": True, "video": False},
                "slots": {"audio": 0, "video": 0},
            },
            *replies,
        ):
            writer.write(json.dumps(reply).encode() + b"\n")
            told.append(json.loads(await reader.readline()))
        writer.close()
        at.put_nowait(told)

    async with await asyncio.start_server(generator, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await converse(Doorkeeper(), reader, writer)
        async with asyncio.timeout(5):
            return await at.get()


async def test_an_adapter_carries_descriptions_and_says_who_came_in() -> None:
    told = await _told(4, {"sdp": "v=0 a=setup:actpass"}, {})
    assert told == [
        {"do": "offer", "sends": False, "audio": 2, "video": 0},
        {"do": "answered", "sdp": "V=0 A=SETUP:ACTIVE"},
        {"do": "entered", "name": "p4"},
    ]


async def test_an_adapter_says_why_somebody_did_not_come_in() -> None:
    assert await _told(3) == [{"do": "refused", "why": "PeerError: odd"}]


@pytest.mark.parametrize("peer", PEERS.values(), ids=lambda peer: peer.name)
def test_each_server_is_started_with_settings_of_the_repository(peer: Any, tmp_path: Path) -> None:
    written: set[str] = set()
    for number, chosen in enumerate(peer.choices.values()):
        (folder := tmp_path / f"choice{number}").mkdir()
        words = peer.launch("/opt/program", folder, "10.98.0.1", chosen)
        text = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
        assert "/opt/program" in words
        assert "${" not in text
        assert f"{peer.port}" in text + " ".join(words)
        written.add(text.replace(str(folder), ""))
    assert len(written) == len(peer.choices), "each choice is another"


def test_a_server_is_measured_with_each_choice_that_its_authors_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    for peer in PEERS.values():
        monkeypatch.delenv(peer.variable, raising=False)
    monkeypatch.setenv("HOPTT_BENCH_LIVEKIT", "/bin/true")
    names = [server.name for server in servers(alone=False)]
    assert names == ["hoptt", "hoptt, voices gathered", "livekit", "livekit, datagrams one by one"]


def test_a_server_that_is_not_named_is_absent_and_a_wrong_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for peer in PEERS.values():
        monkeypatch.delenv(peer.variable, raising=False)
    assert present() == {}
    monkeypatch.setenv("HOPTT_BENCH_JANUS", "/nowhere/janus")
    with pytest.raises(LookupError, match="/nowhere/janus"):
        present()

"""Other servers, whichever it is: how they are started and chosen, and how an adapter speaks for them."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from benchmarks.peers.adapter import converse
from benchmarks.peers.conversation import Conversation, Guest, Sender
from benchmarks.peers.known import PEERS, present
from benchmarks.peers.peer import Entrance, PeerError
from benchmarks.peers.sdp import answer
from benchmarks.servers import servers
from tests.support.pages import until
from tests.support.peer_servers import ENCODINGS, LOCAL, OFFER

GREETING = {
    "wish": "enter",
    "number": 4,
    "name": None,
    "watches": [],
    "sends": {"audio": True, "video": False},
    "encodings": [],
    "slots": {"audio": 0, "video": 0},
}


def test_the_first_picture_that_a_guest_watches_is_large_and_all_others_are_small() -> None:
    guest = Guest.parse({**GREETING, "watches": ["p1", "p0", "p2"], "encodings": list(ENCODINGS)})
    assert guest.encodings == ENCODINGS
    senders = [Sender(f"p{number}", False, True, {}, () if number == 2 else ENCODINGS) for number in range(4)]
    small = [sender.name for sender in senders if guest.shows_small(sender)]
    assert small == ["p0"], "p2 has one encoding, p3 is not watched"


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
    """Lets in who has an even number, and wants the smallest encoding of it for ever."""

    following = 0

    async def enter(self, guest: Guest, talk: Conversation) -> str:
        if guest.number % 2:
            raise PeerError("odd")
        offer = await talk.offer(audio=2)
        await talk.answered(offer.upper())
        return f"p{guest.number}"

    async def watch(self, guest: Guest, talk: Conversation) -> None:
        pass

    async def follow(self, guest: Guest, talk: Conversation) -> None:
        self.following += 1
        try:
            await talk.want(guest.encodings[:1])
            await asyncio.Event().wait()
        finally:
            self.following -= 1


async def _told(*replies: dict[str, Any], hangs_up: bool = False, **about: object) -> list[dict[str, Any]]:
    """What a generator is told that says these things of such a guest, and hangs up or waits for the adapter to."""
    at: asyncio.Queue[list[dict[str, Any]]] = asyncio.Queue()

    async def generator(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told = []
        for reply in ({**GREETING, **about}, *replies):
            writer.write(json.dumps(reply).encode() + b"\n")
            told.append(json.loads(await reader.readline()))
        if not hangs_up:
            assert await reader.read() == b"", "nothing more is told"
        writer.close()
        at.put_nowait(told)

    async with asyncio.timeout(5), await asyncio.start_server(generator, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await converse(Doorkeeper(), reader, writer)
        return await at.get()


async def test_an_adapter_carries_descriptions_and_says_who_came_in() -> None:
    told = await _told({"sdp": "v=0 a=setup:actpass"}, {})
    assert told == [
        {"do": "offer", "sends": False, "audio": 2, "video": 0},
        {"do": "answered", "sdp": "V=0 A=SETUP:ACTIVE"},
        {"do": "entered", "name": "p4"},
    ]


async def test_an_adapter_says_why_somebody_did_not_come_in() -> None:
    assert await _told(number=3) == [{"do": "refused", "why": "PeerError: odd"}]


async def test_an_adapter_says_what_is_wanted_of_a_picture_until_the_generator_hangs_up() -> None:
    told = await _told({"sdp": "v=0"}, {}, {}, encodings=ENCODINGS, hangs_up=True)
    assert told[2:] == [{"do": "entered", "name": "p4"}, {"layers": ["q"]}]
    await until(lambda: len(asyncio.all_tasks()) == 1, "the end of the task that follows")


async def test_an_adapter_follows_no_more_when_the_generator_dies_with_something_unread() -> None:
    door = Doorkeeper()
    generators, adapters = socket.socketpair()
    with generators:
        reader, writer = await asyncio.open_unix_connection(sock=adapters)
        conversing = asyncio.create_task(converse(door, reader, writer))
        for said in ({**GREETING, "encodings": ENCODINGS}, {"sdp": "v=0"}, {}):
            generators.sendall(json.dumps(said).encode() + b"\n")
        await until(lambda: door.following == 1, "somebody who follows")
    async with asyncio.timeout(5):
        await conversing
    assert isinstance(reader.exception(), ConnectionResetError), "what is unread makes it more than an end"
    assert door.following == 0


async def test_an_adapter_says_no_more_to_a_guest_who_only_comes_to_watch() -> None:
    told = await _told(wish="watch", name="p4", encodings=ENCODINGS)
    assert told == [{"do": "entered", "name": "p4"}]


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

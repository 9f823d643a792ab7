"""mediasoup: a library; the application around it is `settings/mediasoup.mjs`. It speaks no SDP, so that is made here.

Its variable names the worker where its package looks for it: `…/mediasoup/worker/out/Release/mediasoup-worker`.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from benchmarks.peers.conversation import Conversation, Guest, Sender
from benchmarks.peers.peer import SETTINGS, Entrance, Peer, PeerError
from benchmarks.peers.sdp import EXTENSIONS, split_lines

HTTP_PORT, MEDIA_PORT = 18_190, 18_191
LEVELS_OF_PACKAGE = 3
"""From the worker up to its package: `worker/out/Release`."""


class Mediasoup(Peer):
    """One worker, and Node for what it is told."""

    name = "mediasoup"
    variable = "HOPTT_BENCH_MEDIASOUP"
    runs = frozenset({"W1", "W2", "W2L", "W3", "W5", "W10"})
    port = HTTP_PORT

    def launch(self, program: str, folder: Path, address: str, _: Mapping[str, str]) -> list[str]:
        """Its settings are its application."""
        script = SETTINGS / "mediasoup.mjs"
        return [_node(), str(script), program, address, str(HTTP_PORT), str(MEDIA_PORT)]

    def version(self, program: str) -> list[str]:
        """Its package has it."""
        return [_node(), "--print", f"require('{_package(program)}/package.json').version"]

    def entrance(self, session: ClientSession, address: str) -> Entrance:
        """Plain HTTP."""
        return Door(session, f"http://{address}:{HTTP_PORT}")


class Door(Entrance):
    """A participant has one link to send and one to receive on."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session, self._url = session, url
        self._senders: dict[str, Sender] = {}

    async def enter(self, guest: Guest, talk: Conversation) -> str:
        """A publisher's offer becomes parameters; a viewer's parameters become an offer."""
        if not guest.sends:
            await self._receive(guest, talk, own=None)
            return f"v{guest.number}"
        name = f"p{guest.number}"
        offered = Offered(await talk.offer(sends=True))
        way = await self._ask("transport")
        await self._connect(way, offered.fingerprint)
        ids = {
            line.kind: (
                await self._ask("produce", transport=way["id"], kind=line.kind, rtpParameters=line.parameters())
            )["id"]
            for line in offered.lines
        }
        await talk.answered(described(way, [line.accepted() for line in offered.lines], "recvonly"))
        self._senders[name] = Sender(name, guest.sends_audio, guest.sends_video, ids, guest.encodings)
        return name

    async def watch(self, guest: Guest, talk: Conversation) -> None:
        """A second link, to receive on."""
        await self._receive(guest, talk, own=guest.name)

    async def _receive(self, guest: Guest, talk: Conversation, own: str | None) -> None:
        producers: list[dict[str, Any]] = []
        for name, sender in self._senders.items():
            if sender.audio and guest.audio_slots and name != own:
                producers.append({"id": sender.ids["audio"]})
            if sender.video and name in guest.watches:
                layers = {"preferredLayers": {"spatialLayer": 0}} if guest.shows_small(sender) else {}
                producers.append({"id": sender.ids["video"], **layers})
        way = await self._ask("transport")
        told = await self._ask("consume", transport=way["id"], producers=producers, extensions=EXTENSIONS)
        lines = [_line(one["kind"], one["rtpParameters"]) for one in told["consumers"]]
        local = await talk.offered(described(way, lines, "sendonly"))
        await self._connect(way, local.fingerprint)

    async def _connect(self, way: Mapping[str, Any], fingerprint: str) -> None:
        """The other end begins DTLS."""
        mark = {"algorithm": "sha-256", "value": fingerprint}
        await self._ask("connect", transport=way["id"], dtlsParameters={"role": "client", "fingerprints": [mark]})

    async def _ask(self, what: str, **about: object) -> dict[str, Any]:
        async with self._session.post(f"{self._url}/{what}", json=about) as answer:
            told: dict[str, Any] = await answer.json()
            if answer.status != 200:
                raise PeerError(f"{what}: {told['fault']}")
            return told


class Offered:
    """An offer of the generator's, as far as parameters are made of it."""

    def __init__(self, sdp: str) -> None:
        _, lines = split_lines(sdp)
        self.lines = [OfferedLine(line) for line in lines]
        found = re.search(r"a=fingerprint:sha-256 (\S+)", sdp)
        if found is None:
            raise PeerError("the generator's offer has no fingerprint")
        self.fingerprint = found[1]


class OfferedLine:
    """One m-line of it: sound or a picture, with its repairs."""

    def __init__(self, text: str) -> None:
        self.kind = text.removeprefix("m=").partition(" ")[0]
        self._mid = re.findall(r"(?m)^a=mid:(\S+)", text)[0]
        self._codecs = re.findall(r"(?m)^a=rtpmap:(\d+) ([^/\n]+)/(\d+)(?:/(\d+))?", text)
        self._settings = {int(kind): told for kind, told in re.findall(r"(?m)^a=fmtp:(\d+) (.+)", text)}
        self._feedback = re.findall(r"(?m)^a=rtcp-fb:(\d+) (\S+)(?: (\S+))?", text)
        self._extensions = [(int(number), uri) for number, uri in re.findall(r"(?m)^a=extmap:(\d+) (\S+)", text)]
        self._pairs = {int(ssrc): int(rtx) for ssrc, rtx in re.findall(r"(?m)^a=ssrc-group:FID (\d+) (\d+)", text)}
        self._ssrcs = list(dict.fromkeys(map(int, re.findall(r"(?m)^a=ssrc:(\d+) ", text))))
        self._rids = re.findall(r"(?m)^a=rid:(\S+) send", text)

    def parameters(self) -> dict[str, Any]:
        """Give it as the library's `RtpParameters`."""
        repairs = set(self._pairs.values())
        encodings = [
            {"ssrc": ssrc, **({"rtx": {"ssrc": self._pairs[ssrc]}} if ssrc in self._pairs else {})}
            for ssrc in self._ssrcs
            if ssrc not in repairs
        ]
        encodings += [{"rid": rid, "scalabilityMode": "L1T1"} for rid in self._rids]
        return {
            "mid": self._mid,
            "codecs": [self._codec(*codec) for codec in self._codecs],
            "headerExtensions": [{"id": number, "uri": uri} for number, uri in self._extensions],
            "encodings": encodings,
        }

    def accepted(self) -> list[str]:
        """Give the line of an answer that takes all that is offered."""
        return _line(self.kind, self.parameters())

    def _codec(self, number: str, name: str, rate: str, channels: str) -> dict[str, Any]:
        mine = [(kind, more) for at, kind, more in self._feedback if at == number]
        return {
            "mimeType": f"{self.kind}/{name}",
            "payloadType": int(number),
            "clockRate": int(rate),
            **({"channels": int(channels)} if channels else {}),
            "parameters": _parameters(self._settings.get(int(number), "")),
            "rtcpFeedback": [{"type": kind, "parameter": more} for kind, more in mine],
        }


def described(way: Mapping[str, Any], lines: Sequence[Sequence[str]], direction: str) -> str:
    """Write a description of the server's end of a link, with these m-lines."""
    ice = way["iceParameters"]
    mark = next(one for one in way["dtlsParameters"]["fingerprints"] if one["algorithm"] == "sha-256")
    ends = [
        f"a=candidate:{one['foundation']} 1 {one['protocol']} {one['priority']} {one['address']} {one['port']} typ host"
        for one in way["iceCandidates"]
    ]
    top = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite"]
    link = [
        f"a=ice-ufrag:{ice['usernameFragment']}",
        f"a=ice-pwd:{ice['password']}",
        f"a=fingerprint:sha-256 {mark['value']}",
        f"a=setup:{'passive' if direction == 'recvonly' else 'actpass'}",
        *ends,
    ]
    rows = (row for line in lines for row in (*line, f"a={direction}", "a=rtcp-mux", *link))
    return "\r\n".join([*top, *rows, ""])


def _line(kind: str, parameters: Mapping[str, Any]) -> list[str]:
    codecs = parameters["codecs"]
    types = " ".join(str(codec["payloadType"]) for codec in codecs)
    return [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {types}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{parameters['mid']}",
        *_maps(codecs),
        *(f"a=extmap:{one['id']} {one['uri']}" for one in parameters["headerExtensions"]),
    ]


def _maps(codecs: Iterable[Mapping[str, Any]]) -> list[str]:
    rows: list[str] = []
    for codec in codecs:
        name = codec["mimeType"].partition("/")[2]
        channels = f"/{codec['channels']}" if codec.get("channels", 1) > 1 else ""
        rows.append(f"a=rtpmap:{codec['payloadType']} {name}/{codec['clockRate']}{channels}")
    return rows


def _parameters(told: str) -> dict[str, int | str]:
    pairs = (pair.partition("=") for pair in told.split(";") if pair)
    return {name.strip(): int(value) if value.isdigit() else value for name, _, value in pairs}


def _package(program: str) -> Path:
    return Path(program).resolve().parents[LEVELS_OF_PACKAGE]


def _node() -> str:
    beside = Path(sys.executable).with_name("node")
    return str(beside) if beside.exists() else shutil.which("node") or "node"

"""The relays (TURN): each takes the credentials that participants get, reaches the media engine, and nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aioice import stun, turn

from hoptt.auth.relays import IceServer, relays_of
from hoptt.config import Config
from hoptt.doctor import relay_words as words
from hoptt.doctor.making import fail, ok, warn
from hoptt.doctor.reach import LineTest
from hoptt.ids import ParticipantId
from hoptt.probe.candidates import Candidate
from hoptt.probe.causes import cause_of
from hoptt.probe.checks import Credentials, Measured, Run
from hoptt.probe.findings import Finding

REACH_S = 6.0
CHECKS = 5
PAUSE_S = 0.1
PORTS = {"turn": 3478, "turns": 5349}
ALLOCATION_S = 60
INSIDE = (
    "127.0.0.1", "0.0.0.1", "10.255.255.254", "100.127.255.254", "169.254.169.254", "172.31.255.254", "192.168.255.254",
    "198.51.100.1", "224.0.0.1", "255.255.255.255", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00::1", "fe80::1",
)  # fmt: skip
"""What a relay that leads to the engine alone refuses: its own machine, private networks, clouds' secrets (S21)."""


@dataclass(frozen=True, slots=True)
class Place:
    """One TURN URI, taken apart (RFC 7065 §3.1)."""

    uri: str
    host: str
    port: int
    tls: bool
    transport: str


def place_of(uri: str) -> Place:
    """Read a URI that the configuration allows."""
    found = re.fullmatch(r"(turns?):(\[[^\]]+\]|[^:?]+)(?::([0-9]+))?(?:\?transport=(udp|tcp))?", uri)
    assert found is not None, "the configuration allows no other"
    scheme, host, port, transport = found.groups()
    tls = scheme == "turns"
    return Place(uri, host.strip("[]"), int(port or PORTS[scheme]), tls, transport or ("tcp" if tls else "udp"))


async def relays(config: Config, test: LineTest | Finding | None) -> AsyncIterator[Finding]:
    """Try each relay as a participant would; without a server it is not known where it is to lead."""
    [*given] = relays_of(config.rtc.turn).servers(ParticipantId("doctor"))
    if not given:
        yield ok("relay", "relay.none", words.NONE)
        return
    for uri in given[0].urls:
        async for finding in _relay(place_of(uri), given[0], None if isinstance(test, Finding) else test):
            yield finding


async def _relay(place: Place, given: IceServer, test: LineTest | None) -> AsyncIterator[Finding]:
    line = _Line()
    try:
        async with asyncio.timeout(REACH_S):
            way, _ = await turn.create_turn_endpoint(
                lambda: line,
                (place.host, place.port),
                given.username,
                given.credential,
                lifetime=ALLOCATION_S,
                ssl=ssl.create_default_context() if place.tls else None,
                transport=place.transport,
            )
    except stun.TransactionFailed as refusal:
        code = _code(refusal)
        text = words.REFUSED if code in (401, 441) else words.FAILED
        yield fail(
            "relay", "relay.refused" if text is words.REFUSED else "relay.failed", text, relay=place.uri, code=code
        )
        return
    except ssl.SSLCertVerificationError as fault:
        yield fail("relay", "relay.tls", words.TLS, relay=place.uri, cause=fault.verify_message)
        return
    except (OSError, TimeoutError, stun.TransactionError) as fault:
        cause = "timeout" if isinstance(fault, stun.TransactionTimeout) else cause_of(fault)
        yield fail("relay", "relay.unreached", words.UNREACHED, relay=place.uri, cause=cause)
        return
    try:
        relayed = way.get_extra_info("sockname")[0]
        yield ok("relay", "relay.accepted", words.ACCEPTED, relay=place.uri, relayed=relayed)
        if test is None:
            yield ok("relay", "relay.not_tried", words.NOT_TRIED, relay=place.uri)
        else:
            yield await _leads_to_engine(place, way, line, *test)
        opened = await _opened(way, [one.address for one in test[1]] if test is not None else ())
        if opened:
            yield fail("relay", "relay.open", words.OPEN, relay=place.uri, targets=", ".join(opened))
        else:
            yield ok("relay", "relay.closed", words.CLOSED, relay=place.uri)
    finally:
        way.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await line.lost.wait()


async def _leads_to_engine(
    place: Place, way: turn.TurnTransport, line: _Line, credentials: Credentials, candidates: Sequence[Candidate]
) -> Finding:
    """Send checks through the relay to each address of the engine until one of them is answered."""
    family = ":" in way.get_extra_info("sockname")[0]
    targets = [one for one in candidates if one.protocol == "udp" and (":" in one.address) == family]
    tried: list[Measured] = []
    for target in targets:
        run = Run(target, credentials)
        line.heard, line.refused = run.heard, None
        sender = _Through(way, (target.address, target.port))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REACH_S):
                await run.send_all(sender, CHECKS, PAUSE_S)
        tried.append(run.measured)
        if run.measured.reached:
            rtt = round(run.measured.rtt_ms, 1)
            return ok("relay", "relay.leads", words.LEADS, relay=place.uri, engine=str(target), rtt=rtt)
    shown = ", ".join(map(str, targets)) or "-"
    made = fail if targets else warn
    return made("relay", "relay.deaf", words.DEAF, relay=place.uri, engine=shown)


async def _opened(way: turn.TurnTransport, engine: Sequence[str]) -> list[str]:
    """Give which of the addresses that are nobody's business the relay would lead to."""
    opened = []
    for address in INSIDE:
        if address in engine:
            continue
        with contextlib.suppress(stun.TransactionError, TimeoutError):
            async with asyncio.timeout(1):
                if await permission(way, address) == 0:
                    opened.append(address)
    return opened


async def permission(way: turn.TurnTransport, peer: str) -> int:
    """Ask a relay for a way to an address (RFC 8656 §9); 0: granted, else the code of the refusal.

    Raises aioice.stun.TransactionError when nothing is answered.
    """
    inner = way._TurnTransport__inner_protocol  # type: ignore[attr-defined]  # aioice asks for no permission by itself
    request = stun.Message(message_method=stun.Method.CREATE_PERMISSION, message_class=stun.Class.REQUEST)
    request.attributes["XOR-PEER-ADDRESS"] = (peer, 9)
    try:
        await inner.request_with_retry(request)
    except stun.TransactionFailed as refusal:
        return _code(refusal) or -1
    return 0


def _code(refusal: stun.TransactionFailed) -> int:
    return refusal.response.error_code or 0


class _Line(asyncio.DatagramProtocol):
    """What comes back through a relay."""

    def __init__(self) -> None:
        self.heard = _nothing
        self.refused: Exception | None = None
        self.lost = asyncio.Event()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.heard(data)

    def error_received(self, exc: Exception) -> None:
        self.refused = exc

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


def _nothing(datagram: bytes) -> None:
    """Nobody waits for anything yet."""


@dataclass(frozen=True, slots=True)
class _Through:
    way: turn.TurnTransport
    to: tuple[str, int]

    def send(self, message: bytes) -> None:
        self.way.sendto(message, self.to)

    def close(self) -> None:
        """The way stays: other addresses are tried on it."""

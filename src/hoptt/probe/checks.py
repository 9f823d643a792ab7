"""Rounds of STUN checks to the media engine, over UDP and TCP: does anything arrive, how late, how much of it?"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import statistics
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

from aioice import stun

from hoptt.probe.candidates import Candidate
from hoptt.probe.causes import cause_of

RATE_PER_S = 50.0
"""As often as a voice sends."""
SECONDS = 3.0
LAST_WAIT_S = 1.0
"""For answers that are still under way."""
CONNECT_S = 4.0
PRIORITY = 0x6E0001FF
MAX_FRAME = 2_048


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a line test gives (S4)."""

    ufrag: str
    password: str
    peer_ufrag: str


@dataclass(slots=True)
class Measured:
    """One candidate, measured."""

    candidate: Candidate
    sent: int = 0
    rtts_ms: list[float] = field(default_factory=list)
    """Of each check that was answered, in the order of sending."""
    seen_as: str | None = None
    """Our address as the engine sees it."""
    fault: str | None = None
    """Why nothing could be sent."""

    @property
    def reached(self) -> bool:
        return bool(self.rtts_ms)

    @property
    def loss(self) -> float:
        """Share of checks or answers that got lost."""
        return 1.0 - len(self.rtts_ms) / self.sent if self.sent else 1.0

    @property
    def rtt_ms(self) -> float:
        """The median."""
        return statistics.median(self.rtts_ms) if self.rtts_ms else 0.0

    @property
    def jitter_ms(self) -> float:
        """How much one round trip differs from the next, on average."""
        pairs = zip(self.rtts_ms, self.rtts_ms[1:], strict=False)
        return statistics.fmean(abs(b - a) for a, b in pairs) if len(self.rtts_ms) > 1 else 0.0


async def measure(
    candidate: Candidate, credentials: Credentials, *, seconds: float = SECONDS, rate: float = RATE_PER_S
) -> Measured:
    """Send checks for so many seconds and give what came back."""
    run = Run(candidate, credentials)
    try:
        line = await (_udp if candidate.protocol == "udp" else _tcp)(candidate, run.heard)
    except (OSError, TimeoutError) as fault:
        run.measured.fault = cause_of(fault)
        return run.measured
    try:
        await run.send_all(line, round(seconds * rate), 1 / rate)
    finally:
        line.close()
    return run.measured


class Line(Protocol):
    """Something that datagrams leave through."""

    def send(self, message: bytes) -> None:
        """Send one."""

    def close(self) -> None:
        """Close it."""


class Run:
    """Checks on one line, and what came back of them."""

    def __init__(self, candidate: Candidate, credentials: Credentials) -> None:
        self.measured = Measured(candidate)
        self._credentials = credentials
        self._sent_at: dict[bytes, float] = {}
        self._rtts: dict[bytes, float] = {}
        self._tie_breaker = secrets.randbits(64)
        self._all_back = asyncio.Event()
        self._all_sent = False

    async def send_all(self, line: Line, count: int, pause: float) -> None:
        """Send so many checks, and wait for the last answers."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number * pause - loop.time()))
            id_, message = self._check()
            self._sent_at[id_] = loop.time()
            try:
                line.send(message)
            except OSError as fault:
                self.measured.fault = cause_of(fault)
                return
            self.measured.sent += 1
            if number * pause >= LAST_WAIT_S and not self._rtts:
                break  # nothing came back in a second of trying: nothing will
        self._all_sent = True
        self._look_whether_all_are_back()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WAIT_S):
                await self._all_back.wait()
        self.measured.rtts_ms = [self._rtts[id_] for id_ in self._sent_at if id_ in self._rtts]

    def heard(self, datagram: bytes) -> None:
        """Take an answer, if it is one: signed with the password of the test, to a check of ours."""
        try:
            message = stun.parse_message(datagram)
        except (ValueError, IndexError, struct.error):
            return
        if not message.check_message_integrity(self._credentials.password.encode()):
            return
        sent_at = self._sent_at.get(message.transaction_id)
        if message.message_class != stun.Class.RESPONSE or sent_at is None:
            return
        self._rtts.setdefault(message.transaction_id, (asyncio.get_running_loop().time() - sent_at) * 1000)
        seen = message.attributes.get("XOR-MAPPED-ADDRESS")
        if seen is not None:
            self.measured.seen_as = str(seen[0])
        self._look_whether_all_are_back()

    def _look_whether_all_are_back(self) -> None:
        if self._all_sent and len(self._rtts) == len(self._sent_at):
            self._all_back.set()

    def _check(self) -> tuple[bytes, bytes]:
        own = self._credentials
        message = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{own.ufrag}:{own.peer_ufrag}"
        message.attributes["PRIORITY"] = PRIORITY
        message.attributes["ICE-CONTROLLING"] = self._tie_breaker
        message.add_message_integrity(own.password.encode())
        return message.transaction_id, bytes(message)


# ---- UDP -----------------------------------------------------------------------------------------


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._heard(data)

    def error_received(self, exc: Exception) -> None:
        """An ICMP answer: nobody is at that port. Whether anything comes back shows it, too."""

    def send(self, message: bytes) -> None:
        self._transport.sendto(message)

    def close(self) -> None:
        self._transport.close()


async def _udp(candidate: Candidate, heard: Callable[[bytes], None]) -> Line:
    _, line = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Datagrams(heard), remote_addr=(candidate.address, candidate.port)
    )
    return line


# ---- TCP: frames of RFC 4571 ---------------------------------------------------------------------


class _Frames(asyncio.Protocol):
    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._kept = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._kept += data
        while len(self._kept) >= 2:
            length = int.from_bytes(self._kept[:2], "big")
            if length > MAX_FRAME:
                self._transport.abort()  # whoever answers here is no media engine
                self._kept = b""
            if len(self._kept) < 2 + length:
                return
            frame, self._kept = self._kept[2 : 2 + length], self._kept[2 + length :]
            self._heard(frame)

    def send(self, message: bytes) -> None:
        if self._transport.is_closing():
            raise ConnectionResetError("the connection was closed")
        self._transport.write(len(message).to_bytes(2, "big") + message)

    def close(self) -> None:
        self._transport.abort()


async def _tcp(candidate: Candidate, heard: Callable[[bytes], None]) -> Line:
    async with asyncio.timeout(CONNECT_S):
        _, line = await asyncio.get_running_loop().create_connection(
            lambda: _Frames(heard), candidate.address, candidate.port
        )
    return line

"""Line tests: transports that answer checks and nothing else, so that a line can be tried before a meeting (R7).

Each is in a meeting of its own name in which nobody is, announces no certificate, and has neither tracks nor slots: the
engine answers its checks and begins no handshake, so that no packet of any meeting can come to it, none of its packets
to anybody (S26), and nobody's address gets more from us than was sent in its name (S10).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import Counter
from dataclasses import dataclass

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId, TransportId
from hoptt.sfu.engine import Engine
from hoptt.sfu.frames import (
    ApplySession,
    CloseTransport,
    CreateMeeting,
    CreateTransport,
    Extensions,
    TransportCreated,
)
from hoptt.sfu.names import transport_id

MEETING = "line-tests"
SECONDS = 20.0
"""A test lasts so long at most; the engine itself gives up what never connects after 30 s."""
AT_ONCE = 32
"""On the whole node: at 50 checks a second each less than one camera."""


@dataclass(frozen=True, slots=True)
class LineTest:
    """What somebody needs who tries a line: STUN checks (RFC 8445) with these credentials are answered."""

    ufrag: str
    password: str
    peer_ufrag: str
    """A check's USERNAME is `ufrag:peer_ufrag`."""
    candidates: tuple[str, ...]
    """Values of a=candidate lines: where the checks go."""
    seconds: float


class LineTests:
    """Opens line tests and closes each when its time is over. `close` ends them all."""

    def __init__(self, engine: Engine, *, seconds: float = SECONDS) -> None:
        self.opened = 0
        self.refused = 0
        """Because too many were under way: for the metrics."""
        self._engine = engine
        self._seconds = seconds
        self._open: dict[TransportId, asyncio.TimerHandle] = {}
        self._by_network: Counter[str] = Counter()
        self._number = 0

    @property
    def open_now(self) -> int:
        return self._by_network.total()

    async def open(self, network: str, *, at_once: int) -> LineTest:
        """Make a test for somebody in a network, which has so many at the same time.

        Raises HopttError: MESSAGE_RATE with `wait_ms` when too many are under way, ENGINE_AWAY.
        """
        if self.open_now >= AT_ONCE or self._by_network[network] >= at_once:
            self.refused += 1
            raise HopttError(
                ErrorCode.MESSAGE_RATE,
                "too many line tests are under way; try again",
                details={"wait_ms": round(self._seconds * 1000)},
            )
        self._by_network[network] += 1
        try:
            return await self._make(network)
        except BaseException:
            self._give_back(network)
            raise

    async def close(self) -> None:
        """End all of them."""
        for timer in self._open.values():
            timer.cancel()
        for transport in self._open:
            self._forget(transport)
        self._open.clear()
        self._by_network.clear()

    async def _make(self, network: str) -> LineTest:
        self._number += 1
        transport = transport_id(ParticipantId(f"{MEETING}-{secrets.token_hex(8)}"), self._number)
        peer_ufrag, welcome = secrets.token_urlsafe(6), self._engine.welcome
        await self._engine.ask(CreateMeeting(id=0, meeting=MEETING))
        created = await self._engine.ask(CreateTransport(id=0, meeting=MEETING, transport=transport))
        assert isinstance(created, TransportCreated), "create_transport is answered by transport_created"
        await self._engine.ask(
            ApplySession(
                id=0,
                transport=transport,
                remote_ufrag=peer_ufrag,
                remote_pwd=secrets.token_urlsafe(18),
                extensions=Extensions(),
                published=[],
                slots=[],
            )
        )
        self.opened += 1
        loop = asyncio.get_running_loop()
        self._open[transport] = loop.call_later(self._seconds, self._over, transport, network)
        return LineTest(created.ufrag, created.pwd, peer_ufrag, tuple(welcome.candidates), self._seconds)

    def _over(self, transport: TransportId, network: str) -> None:
        del self._open[transport]
        self._give_back(network)
        self._forget(transport)

    def _give_back(self, network: str) -> None:
        self._by_network[network] -= 1
        if self._by_network[network] <= 0:
            del self._by_network[network]

    def _forget(self, transport: TransportId) -> None:
        with contextlib.suppress(HopttError):  # an engine that is away has it no more, or lets it go by itself
            self._engine.tell(CloseTransport(id=0, transport=transport))

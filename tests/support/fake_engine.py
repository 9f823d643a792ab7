"""The engine's side of the socket without any media: in a test's own loop, or as a process of its own.

It keeps what it is told, answers each command, and gives all of it back in the snapshot. `say` sends an event.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
from pathlib import Path
from typing import Self

import msgspec

from hoptt.sfu.frames import (
    PROTOCOL,
    ApplySession,
    CloseMeeting,
    CloseTransport,
    Command,
    CreateMeeting,
    CreateTransport,
    Done,
    Fingerprint,
    Frame,
    FromEngine,
    Gate,
    Hello,
    MeetingSnapshot,
    Published,
    Refused,
    RestartIce,
    SetGates,
    SetStageVoice,
    SetVideo,
    Shutdown,
    SlotMapped,
    Snapshot,
    Superseded,
    TakeSnapshot,
    ToEngine,
    TrackSnapshot,
    TransportCreated,
    TransportSnapshot,
    TransportState,
    Welcome,
    Wish,
)

CANDIDATE = "1 1 udp 2130706431 10.0.0.5 7882 typ host"
FINGERPRINT = ":".join(["AB"] * 32)


class FakeEngine:
    """Use as `async with FakeEngine(path) as engine:`; `commands` is all that was asked, in order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.instance = secrets.token_hex(4)
        self.epoch = 0
        self.commands: list[ToEngine] = []
        self.meetings: dict[str, CreateMeeting] = {}
        self.transports: dict[str, str] = {}
        self.sessions: dict[str, ApplySession] = {}
        self.tracks: dict[str, tuple[str, Published]] = {}
        self.gates: dict[str, Gate] = {}
        self.wishes: dict[str, list[Wish]] = {}
        self.mapped: dict[str, list[SlotMapped]] = {}
        self.voices: dict[str, str | None] = {}
        self.silent = False
        """Takes commands and does not answer, as a hung one does."""
        self.refuse: dict[type[Command], str] = {}
        """Refuse these commands with that code."""
        self.over = asyncio.Event()
        self.door = asyncio.Event()
        """While it is not set, new lines are not listened to."""
        self.door.set()
        self._credentials = 0
        self._server: asyncio.Server | None = None
        self._controller: asyncio.StreamWriter | None = None
        self._lines: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._line, self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await asyncio.sleep(0)

    def say(self, event: FromEngine) -> None:
        assert self._controller is not None, "nobody is connected"
        _write(self._controller, event)

    def hang_up(self) -> None:
        """Close the lines without a word."""
        for line in list(self._lines):
            line.close()

    def asked(self, kind: type[Command]) -> list[Command]:
        return [command for command in self.commands if isinstance(command, kind)]

    # ---- within ------------------------------------------------------------------------------------

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            await self.door.wait()
            hello = await _read(reader)
            assert isinstance(hello, Hello), "the first frame is a hello"
            if hello.epoch < self.epoch or hello.version != PROTOCOL:
                _write(writer, Superseded(reason="the epoch is not the highest"))
                return
            if self._controller is not None:
                _write(self._controller, Superseded(reason="a higher epoch came"))
                self._controller.close()
            self.epoch, self._controller = hello.epoch, writer
            if not self.silent:
                _write(writer, self._welcome())
            while True:
                command = await _read(reader)
                self.commands.append(command)
                if not self.silent and not isinstance(command, Hello):
                    _write(writer, self._answer(command))
        except (EOFError, ConnectionError):
            pass
        finally:
            self._lines.discard(writer)
            if self._controller is writer:
                self._controller = None
            writer.close()

    def _welcome(self) -> Welcome:
        return Welcome(
            version=PROTOCOL,
            instance=self.instance,
            pid=os.getpid(),
            build="fake",
            port=7882,
            candidates=[CANDIDATE],
            fingerprint=Fingerprint(algorithm="sha-256", value=FINGERPRINT),
            shards=1,
        )

    def _answer(self, command: ToEngine) -> FromEngine:
        assert isinstance(command, Command)
        code = self.refuse.get(type(command)) or self._objection(command)
        if code:
            return Refused(id=command.id, code=code, message="as a real engine would say")
        if isinstance(command, TakeSnapshot):
            return self._snapshot(command.id)
        self._do(command)
        if isinstance(command, CreateTransport | RestartIce):
            return self._created(command.id, command.transport)
        unknown = (
            [g.track for g in command.gates if g.track not in self.tracks] if isinstance(command, SetGates) else []
        )
        return Done(id=command.id, unknown=unknown)

    def _objection(self, command: ToEngine) -> str:
        if isinstance(command, CreateTransport) and command.meeting not in self.meetings:
            return "unknown_meeting"
        if isinstance(command, ApplySession | RestartIce) and command.transport not in self.transports:
            return "unknown_transport"
        return ""

    def _do(self, command: ToEngine) -> None:
        match command:
            case CreateMeeting():
                self.meetings[command.meeting] = command
            case CloseMeeting():
                self.meetings.pop(command.meeting, None)
                for transport in [t for t, m in self.transports.items() if m == command.meeting]:
                    self._forget(transport)
            case CreateTransport():
                self.transports[command.transport] = command.meeting
            case CloseTransport():
                self._forget(command.transport)
            case ApplySession():
                self._apply(command)
            case SetGates():
                self.gates.update({gate.track: gate for gate in command.gates if gate.track in self.tracks})
            case SetVideo():
                self.wishes[command.transport] = command.wishes
            case SetStageVoice():
                self.voices[command.meeting] = command.track
            case Shutdown():
                self.over.set()

    def _apply(self, command: ApplySession) -> None:
        self.sessions[command.transport] = command
        for published in command.published:
            self.tracks[published.track] = (command.transport, published)
            self.gates.setdefault(published.track, Gate(track=published.track, allowed=False, on=False))

    def _created(self, number: int, transport: str) -> TransportCreated:
        self._credentials += 1
        return TransportCreated(
            id=number, transport=transport, ufrag=f"fake{self._credentials:04}", pwd=f"{self._credentials:024}"
        )

    def _forget(self, transport: str) -> None:
        self.transports.pop(transport, None)
        self.sessions.pop(transport, None)
        self.wishes.pop(transport, None)
        for track in [t for t, (owner, _) in self.tracks.items() if owner == transport]:
            del self.tracks[track]
            del self.gates[track]

    def _snapshot(self, number: int) -> Snapshot:
        return Snapshot(
            id=number,
            meetings=[
                MeetingSnapshot(
                    meeting=m.meeting, audio_slots=m.audio_slots, stage_voice=self.voices.get(m.meeting), blob=m.blob
                )
                for m in self.meetings.values()
            ],
            transports=[
                TransportSnapshot(
                    transport=transport,
                    meeting=meeting,
                    state=TransportState.CONNECTED,
                    ufrag="fake0001",
                    pwd="0" * 24,
                    blob=self.sessions[transport].blob if transport in self.sessions else b"",
                    wishes=self.wishes.get(transport, []),
                    mapped=self.mapped.get(transport, []),
                )
                for transport, meeting in self.transports.items()
            ],
            tracks=[
                TrackSnapshot(
                    track=track,
                    transport=transport,
                    kind=published.kind,
                    source=published.source,
                    allowed=self.gates[track].allowed,
                    on=self.gates[track].on,
                    vetoed=self.gates[track].vetoed,
                    up=True,
                )
                for track, (transport, published) in self.tracks.items()
            ],
        )


async def _read(reader: asyncio.StreamReader) -> ToEngine:
    length = int.from_bytes(await reader.readexactly(4), "big")
    frame: ToEngine = _DECODER.decode(await reader.readexactly(length))
    return frame


def _write(writer: asyncio.StreamWriter, frame: Frame) -> None:
    payload = _ENCODER.encode(frame)
    writer.write(len(payload).to_bytes(4, "big") + payload)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(ToEngine)


async def run() -> None:
    """Be `hoptt-media` as far as its command line, socket, pid file and signals go."""
    parser = argparse.ArgumentParser()
    marks, gather = ("--dscp-audio", "--dscp-video"), ("--gather-ms", "--gather-above", "--gather-longest-ms")
    for option in ("--data-dir", "--port", *marks, *gather, "--shards", "--grace-ms", "--log"):
        parser.add_argument(option, required=True)
    parser.add_argument("--meeting-per-shard")
    parser.add_argument("--announce", action="append", default=[])
    folder = Path(parser.parse_args().data_dir)
    mode = os.environ.get("HOPTT_MEDIA_FAKE", "")
    if mode == "exit":
        raise SystemExit(3)
    (folder / "engine.pid").write_text(str(os.getpid()))
    async with FakeEngine(folder / "engine.sock") as engine:
        engine.silent = mode == "silent"
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, engine.over.set)
        await engine.over.wait()
        await asyncio.sleep(0.05)  # for the answer to leave


if __name__ == "__main__":
    asyncio.run(run())

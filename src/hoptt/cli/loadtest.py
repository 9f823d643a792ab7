"""`hoptt loadtest`: how many can this machine hold? The load comes from `hoptt-load`, a program of its own."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from hoptt.api.office_words import CreateRoom, DeleteRoom, Done, ListRooms, RoomsTold, RoomTold
from hoptt.cli.load_program import load_program
from hoptt.cli.shared import AsJson, ConfigFile, configured, do, print_json, print_table
from hoptt.config import Config
from hoptt.meeting.words import AdHoc, EntryRule

SLUG = "loadtest-"
SEATS = 1_000
"""The most that a room has (R37)."""
MEASURED, UNRELIABLE = 0, 3
"""Exit codes of the generator: measured, and measured but not to be believed."""
MAX_LATENCY_MS = 5.0
"""With more than this (p99) a server is at its limit, though it still forwards everything."""
LARGEST_STEP = 1.1
"""The search ends when the next step would be smaller than a tenth."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One run with so many viewers."""

    viewers: int
    outcome: Mapping[str, Any]

    @property
    def limits(self) -> list[str]:
        """Tell what the server could not do; nothing when it held."""
        latencies = [self.outcome[kind] for kind in ("video_latency", "audio_latency")]
        worst = max((one["p99_ms"] for one in latencies if one["count"]), default=0.0)
        late = [f"latency p99 {worst:.1f} ms, more than {MAX_LATENCY_MS:.0f} ms"] if worst > MAX_LATENCY_MS else []
        return [*self.outcome["invalid"], *late]


def find(begin: int, most: int, measure: Callable[[int], Tried]) -> list[Tried]:
    """Double until a run does not hold, then halve the gap: gives every run, in their order."""
    tried: list[Tried] = []
    held, failed, viewers = 0, most + 1, min(begin, most)
    while True:
        one = measure(viewers)
        tried.append(one)
        if one.limits:
            failed = viewers
        else:
            held = viewers
        viewers = min(2 * held, most) if failed > most else (held + failed) // 2
        if held >= most or viewers <= held * LARGEST_STEP or viewers < 1:
            return tried


def loadtest(
    *,
    viewers: Annotated[int, typer.Option(min=0, max=999, help="Who only receives.")] = 100,
    publishers: Annotated[int, typer.Option(min=1, max=200, help="Who sends.")] = 1,
    send: Annotated[str, typer.Option(help="camera, microphone or both with a comma.")] = "camera,microphone",
    meeting: Annotated[bool, typer.Option("--meeting", help="Publishers receive, too.")] = False,
    pictures: Annotated[int, typer.Option(min=0, max=25, help="That one sees.")] = 1,
    seconds: Annotated[int, typer.Option(min=1, max=3_600, help="Measured, after warming up.")] = 15,
    find_limit: Annotated[bool, typer.Option("--find", help="Search how many viewers it holds.")] = False,
    url: Annotated[str | None, typer.Option(help="The server's plain http. Default: of this configuration.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Measure how many participants this machine holds.

    Synthetic publishers and viewers come into a room of the running server. They are real WebRTC peers, but cheap:
    run this on another machine, or know that it takes CPU from the server. The room is made for it, open to
    everybody, under an address that nobody can guess. Exit code 3 when the last run is not to be believed, with the
    reasons.
    """
    settings = configured(config)
    program = load_program()
    room = _room(settings)
    target = f"hoptt={(url or _address(settings)).rstrip('/')}/{room}{_origin(settings)}"
    words = ["--send", send, "--publishers", str(publishers), "--video-slots", str(pictures)]
    words += ["--seconds", str(seconds), "--warmup", "5", *(["--meeting"] if meeting else [])]

    def measure(count: int) -> Tried:
        print(f"→ {publishers} sending, {count} viewers", file=sys.stderr)
        return Tried(count, _run([program, "--server", target, "--viewers", str(count), *words]))

    tried = find(max(viewers // 4, 1), SEATS - publishers, measure) if find_limit else [measure(viewers)]
    if as_json:
        print_json([{"viewers": one.viewers, "limits": one.limits, **one.outcome} for one in tried])
    else:
        _tell(tried)
    if not find_limit and tried[-1].limits:
        raise typer.Exit(UNRELIABLE)


def _tell(tried: Sequence[Tried]) -> None:
    print_table(
        ["VIEWERS", "PACKETS/S", "LOST", "VIDEO P99 MS", "AUDIO P99 MS", "HELD"],
        [
            (
                one.viewers,
                round(one.outcome["forwarded_per_second"]),
                f"{one.outcome['loss_share']:.3%}",
                one.outcome["video_latency"]["p99_ms"],
                one.outcome["audio_latency"]["p99_ms"],
                "; ".join(one.limits) or "yes",
            )
            for one in tried
        ],
    )
    if len(tried) > 1:
        held = max((one.viewers for one in tried if not one.limits), default=0)
        first = min((one for one in tried if one.limits), key=lambda one: one.viewers, default=None)
        print(f"it held {held} viewers" + (f"; at {first.viewers}: {'; '.join(first.limits)}" if first else ""))


def _run(words: Sequence[str]) -> dict[str, Any]:
    """Run the generator, whose progress is seen on the terminal. Ends the command when nothing was measured."""
    with tempfile.TemporaryDirectory(prefix="hoptt-loadtest-") as folder:
        result = Path(folder) / "result.json"
        ended = subprocess.run([*words, "--json", str(result)], check=False).returncode
        if ended not in (MEASURED, UNRELIABLE):
            raise typer.Exit(ended if ended > 0 else 1)
        found: dict[str, Any] = json.loads(result.read_text())
        return found


def _address(settings: Config) -> str:
    listen = settings.http.listen
    if listen.path is not None:
        raise typer.BadParameter(f"the server listens at {listen.path}: give its http address", param_hint="--url")
    return f"http://{'127.0.0.1' if listen.host in ('localhost', '0.0.0.0') else listen.host}:{listen.port}"


def _origin(settings: Config) -> str:
    """Say which page we claim to be, where only listed ones may open a WebSocket (S34)."""
    return f"?origin={settings.http.origins[0]}" if settings.http.origins else ""


def _room(settings: Config) -> str:
    """Make a room for this run, and take away those of earlier ones in which nothing goes on any more."""
    for old in do(settings, ListRooms(), RoomsTold).rooms:
        if old.slug.startswith(SLUG) and not old.busy:
            do(settings, DeleteRoom(slug=old.slug), Done)
    made = CreateRoom(
        slug=f"{SLUG}{secrets.token_hex(8)}",
        name="hoptt loadtest",
        entry=EntryRule.OPEN,
        capacity=SEATS,
        muted_until_allowed=False,
        ad_hoc=AdHoc.ANYONE,
    )
    return do(settings, made, RoomTold).slug

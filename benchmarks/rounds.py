"""One round: a fresh server, an idle window, the load, and what the server's core did meanwhile."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.apart import watching
from benchmarks.cpu import Stopwatch, used
from benchmarks.drops import both, grown
from benchmarks.generator import generator
from benchmarks.rig import Rig
from benchmarks.servers import Server
from benchmarks.workloads import Workload

MAX_IDLE_SHARE = 0.02
"""A server whose core is busier than this with nobody there has company, and its round does not count."""
MAX_STEAL_SHARE = 0.01
MAX_WRONG_SIZE = 0.05
"""Of the pictures, so many may be of another size than was asked for."""
LARGEST = 2
"""Among the encodings, counted from the smallest."""
WRONG_CONTENT = "checked packets were wrong"
LOSES = "were lost: a server that drops looks cheap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long each part lasts, in seconds."""

    idle: float = 30.0
    warmup: float = 10.0
    measured: float = 30.0
    floor: float = 10.0

    @classmethod
    def parse(cls, text: str) -> Times:
        """Read four numbers with commas. Raises ValueError."""
        idle, warmup, measured, floor = map(float, text.split(","))
        return cls(idle=idle, warmup=warmup, measured=measured, floor=floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of it."""

    server: str
    cpu_s_per_million: float
    """Net of the idle window."""
    gross_cpu_s_per_million: float
    core_share: float
    softirq_share: float
    idle_share: float
    steal_share: float
    own_cpu_s_per_million: float
    """By the CPU time of the server's processes, net of the idle window: softirq is in it as far as it ran in their
    system calls. Company on the core spoils it least."""
    process_cpu_s: dict[str, float]
    memory: dict[str, dict[str, int]]
    memory_before: dict[str, dict[str, int]]
    counters: dict[str, float]
    """The engine's own, what they grew by."""
    load: dict[str, Any]
    """The generator's own result."""
    kernel_drops: dict[str, dict[str, int]]
    """What the kernel dropped meanwhile, by side."""
    apart_ns: list[int]
    """Between the server's core and the load's, there and back, meanwhile."""
    invalid: list[str] = field(default_factory=list)


def one_round(server: Server, rig: Rig, workload: Workload, stopwatch: Stopwatch, times: Times) -> Round:
    """Measure a server once. Raises RuntimeError when there is nothing to measure."""
    with (
        tempfile.TemporaryDirectory(prefix="hoptt-bench-") as folder,
        server.start(rig, Path(folder), workload) as under_test,
    ):
        memory_before = under_test.memory()
        resting = under_test.cpu_seconds()
        idle = stopwatch.during(times.idle)
        rested = under_test.cpu_seconds()
        words = ["--awake", "--warmup", str(times.warmup), "--seconds", str(times.measured), *workload.load()]
        with generator(rig.load, under_test.target, *words) as load:
            load.wait_for("measuring")
            dropped = both(rig)
            before, counters = under_test.cpu_seconds(), under_test.counters()
            with watching(rig.server) as watch:
                stopwatch.start()
                load.wait_for("measured")
                window = stopwatch.stop()
            after, later, memory = under_test.cpu_seconds(), under_test.counters(), under_test.memory()
            dropped_later = both(rig)
        found = load.result
    gross, net = used(window, idle)
    # The windows differ by the time of a system call: counted are packets a second of the generator's own.
    packets = max(found["forwarded_per_second"] * window.seconds, 1.0)
    invalid = [why for why in found.pop("invalid") if not (server.repacks and why.endswith(WRONG_CONTENT))]
    if idle.busy_share > MAX_IDLE_SHARE:
        invalid.append(f"the server's core was {idle.busy_share:.1%} busy with nobody there")
    if window.steal_s / window.seconds > MAX_STEAL_SHARE:
        invalid.append(f"the hypervisor took {window.steal_s / window.seconds:.1%} of the server's core")
    invalid += wrong_sizes(found, workload)
    own = sum(after.values()) - sum(before.values())
    own -= (sum(rested.values()) - sum(resting.values())) * window.seconds / idle.seconds
    counted = {name: later[name] - counters.get(name, 0.0) for name in later}
    return Round(
        server=server.name,
        cpu_s_per_million=net / packets * 1e6,
        gross_cpu_s_per_million=gross / packets * 1e6,
        core_share=gross / window.seconds,
        softirq_share=window.softirq_s / window.seconds,
        idle_share=idle.busy_share,
        steal_share=window.steal_s / window.seconds,
        own_cpu_s_per_million=max(own, 0.0) / packets * 1e6,
        process_cpu_s={name: after[name] - before[name] for name in after if name in before},
        memory=memory,
        memory_before=memory_before,
        counters=counted,
        load=found,
        kernel_drops=grown(dropped_later, dropped),
        apart_ns=watch.ns,
        invalid=invalid,
    )


def wrong_sizes(load: dict[str, Any], workload: Workload) -> list[str]:
    """Say whether pictures came in other sizes than viewers asked for: one that sends large ones has more to do."""
    if workload.seen_large is None:
        return []
    frames = load["checked"]["frames_of"]
    share = frames[LARGEST] / max(sum(frames), 1)
    if abs(share - workload.seen_large) <= MAX_WRONG_SIZE:
        return []
    return [f"{share:.0%} of the pictures were of the largest size instead of {workload.seen_large:.0%}"]


def brief(round_: Round, workload: Workload) -> str:
    """Say in a line how a round went."""
    load = round_.load
    latency = load["video_latency"] if load["video_latency"]["count"] else load["audio_latency"]
    return (
        f"{workload.id} {round_.server}: {round_.cpu_s_per_million:.2f} CPU-s per million packets "
        f"({round_.gross_cpu_s_per_million:.2f} gross, {round_.own_cpu_s_per_million:.2f} by its processes), "
        f"{load['forwarded_per_second']:.0f} packets/s, "
        f"{round_.core_share:.0%} of the core, latency p50 {latency['p50_ms']} p99 {latency['p99_ms']} ms, "
        f"cores {statistics.median(round_.apart_ns or [0]):.0f} ns apart"
        + "".join(f"\n    not valid: {reason}" for reason in round_.invalid)
        + "".join(
            f"\n    the kernel dropped on the {side}'s side: {counts}" for side, counts in round_.kernel_drops.items()
        )
    )

"""The bare path on this machine, now: what a packet costs that is only copied, rewritten, sealed and sent."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.apart import watching
from benchmarks.cpu import Stopwatch, used
from benchmarks.programs import FLOOR, program
from benchmarks.rig import Rig
from benchmarks.workloads import Workload

WARMUP_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """One measurement of it."""

    cpu_s_per_million: float
    own_cpu_s_per_million: float
    """By the process's own CPU time, whatever else the core did: of softirq it holds what ran in its system calls."""
    packets: int
    sends: int
    late_ticks: int
    received_share: float
    """Of what was sent, how much arrived: a kernel that drops is cheaper."""
    steal_share: float
    idle_share: float
    apart_ns: list[int]
    """Between the cores, there and back, meanwhile."""


def floor(rig: Rig, workload: Workload, stopwatch: Stopwatch, *, seconds: float) -> Floor:
    """Send the workload's packets at its rate along the bare path, on the server's core."""
    to = rig.load.address
    options = ("--size", workload.packet_bytes, "--train", workload.train, "--rate", workload.packets_per_second)
    times = ("--warmup", WARMUP_S, "--seconds", seconds)
    with program(rig.load, FLOOR, "sink", "--at", to) as sink:
        sink.wait_for("ready")
        idle = stopwatch.during(seconds / 2)
        with program(rig.server, FLOOR, "send", "--to", to, *map(str, (*options, *times))) as path:
            path.wait_for("measuring")
            with watching(rig.server) as watch:
                stopwatch.start()
                told = path.wait_for("measured")
                window = stopwatch.stop()
            path.wait()
        sink.close_input()
        received = sink.wait_for("received")["packets"]
    _, net = used(window, idle)
    sent = told["packets"]
    whole = sent * (WARMUP_S + seconds) / seconds
    return Floor(
        cpu_s_per_million=net / sent * 1e6,
        own_cpu_s_per_million=told["cpu_seconds"] / sent * 1e6,
        packets=sent,
        sends=told["sends"],
        late_ticks=told["late_ticks"],
        received_share=received / whole,
        steal_share=window.steal_s / window.seconds,
        idle_share=idle.busy_share,
        apart_ns=watch.ns,
    )

"""All rounds of a run in their order, and the file that keeps them."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.apart import TRIES, Distances
from benchmarks.bare import Floor, floor
from benchmarks.cpu import IdleCounter, Stopwatch
from benchmarks.programs import ROOT
from benchmarks.rig import Rig, rig
from benchmarks.rounds import LOSES, MAX_IDLE_SHARE, Round, Times, brief, one_round
from benchmarks.servers import Server, absent, servers
from benchmarks.under_test import OURS
from benchmarks.workloads import Workload

RESULTS = ROOT / "benchmarks" / "results"
FULL_ROUNDS = 8
"""The first one warms the machine up and does not count."""
MISSED = 0.9
"""Of what processes took: a core that was counted less busy than this was counted wrongly."""
QUICK_TIMES = Times(idle=8, warmup=6, measured=15, floor=6)


def run(
    workloads: Sequence[Workload], *, quick: bool, rounds: int | None, offload: bool, times: Times | None, once: bool
) -> Path:
    """Measure everything, say how it goes, and give the file with the result."""
    times = times or (QUICK_TIMES if quick else Times())
    found = servers(alone=quick)
    count = rounds or (1 if quick else FULL_ROUNDS)
    result: dict[str, Any] = {"quick": quick, "rounds": count, "times": asdict(times)}
    file = RESULTS / time.strftime("%Y%m%d-%H%M%S.json", time.gmtime())
    RESULTS.mkdir(exist_ok=True)
    with rig(segmentation_offload=offload) as line, IdleCounter(line.server.cpu) as counter:
        stopwatch = Stopwatch(line.server.cpu, counter)
        result["machine"] = machine(line)
        result["servers"] = {server.name: server.version for server in found}
        result["absent"] = absent()
        result["workloads"] = {}
        for workload in workloads:
            result["workloads"][workload.id] = _measure(
                line, workload, found, stopwatch=stopwatch, times=times, count=count, once=once
            )
            file.write_text(json.dumps(result, indent=1) + "\n")  # what is measured is kept, whatever comes
    return file


def _measure(
    line: Rig,
    workload: Workload,
    found: Sequence[Server],
    *,
    stopwatch: Stopwatch,
    times: Times,
    count: int,
    once: bool = False,
) -> dict[str, Any]:
    distances = Distances()
    before = _bare(line, workload, stopwatch, times, distances=distances, once=once)
    own = before.own_cpu_s_per_million
    print(f"{workload.id} floor: {before.cpu_s_per_million:.2f} ({own:.2f} by itself) CPU-s per million", flush=True)
    rounds: dict[str, list[Round]] = {server.name: [] for server in found if server.carries(workload)}
    failures: dict[str, str] = {}
    for number in range(count):
        hurries = once or (count > 1 and number == 0)  # what does not count in any case is not repeated
        for server in found:  # in turn: whatever the machine does meanwhile, it does to all
            if server.name not in rounds or server.name in failures:
                continue
            print(f"[{number + 1} of {count}] ", end="", flush=True)
            try:
                done = _repeated(server, line, workload, stopwatch, times, distances=distances, once=hurries)
                rounds[server.name].append(done)
            except RuntimeError as fault:
                if server.name == OURS:
                    raise
                failures[server.name] = str(fault)
                print(f"{workload.id} {server.name} cannot be measured: {fault}", flush=True)
    after = _bare(line, workload, stopwatch, times, distances=distances, once=once)
    for one in (one for done in rounds.values() for one in done):
        if far := distances.fault(one.apart_ns):
            one.invalid.append(far)
    counting = {name: done if count == 1 else done[1:] for name, done in rounds.items()}
    return {
        "about": workload.about,
        "workload": asdict(workload),
        "floor": [asdict(before), asdict(after)],
        "rounds": [asdict(one) for done in rounds.values() for one in done],
        "failures": failures,
        "summary": {name: summary(done, (before, after)) for name, done in counting.items() if done},
    }


def _bare(
    line: Rig, workload: Workload, stopwatch: Stopwatch, times: Times, *, distances: Distances, once: bool
) -> Floor:
    """Measure the bare path, again where the cores were farther apart than they have been, unless time is short."""
    for _ in range(1 if once else TRIES):
        done = floor(line, workload, stopwatch, seconds=times.floor)
        if not distances.note(done.apart_ns):
            break
    return done


def _repeated(
    server: Server,
    line: Rig,
    workload: Workload,
    stopwatch: Stopwatch,
    times: Times,
    *,
    distances: Distances,
    once: bool,
) -> Round:
    """Measure, again if that does not count, unless time is short; what fails again and again is reported.

    Not where packets were lost and nothing else was wrong: that is the server's own, and would be the same.

    How far the cores were apart is judged anew when all has been seen: it adds nothing to the round here.
    """
    for left in reversed(range(1 if once else TRIES)):
        done = one_round(server, line, workload, stopwatch, times)
        far = distances.note(done.apart_ns)
        print(brief(done, workload) + (f"\n    not valid: {far}" if far else ""), flush=True)
        if not far and all(reason.endswith(LOSES) for reason in done.invalid):
            break
        if left:
            print(f"{server.name} again", flush=True)
    return done


def summary(rounds: Sequence[Round], floors: Sequence[Floor]) -> dict[str, Any]:
    """Give medians with their range, over the rounds that count."""
    counting = [one for one in rounds if not one.invalid]
    bare = statistics.median(one.cpu_s_per_million for one in floors)
    own_bare = statistics.median(one.own_cpu_s_per_million for one in floors)
    kind = "video_latency" if any(one.load["video_latency"]["count"] for one in rounds) else "audio_latency"
    used = counting or list(rounds)
    values = {
        "cpu_s_per_million": [one.cpu_s_per_million for one in used],
        "gross_cpu_s_per_million": [one.gross_cpu_s_per_million for one in used],
        "own_cpu_s_per_million": [one.own_cpu_s_per_million for one in used],
        "own_multiple_of_floor": [one.own_cpu_s_per_million / own_bare for one in used],
        "core_share": [one.core_share for one in used],
        "forwarded_per_second": [one.load["forwarded_per_second"] for one in used],
        "latency_p50_ms": [one.load[kind]["p50_ms"] for one in used],
        "latency_p99_ms": [one.load[kind]["p99_ms"] for one in used],
        "loss_share": [one.load["loss_share"] for one in used],
    }
    repairs = [one.load["repair"] for one in used if one.load.get("repair", {}).get("count")]
    if repairs:
        values["repair_p50_ms"] = [one["p50_ms"] for one in repairs]
        values["repair_p99_ms"] = [one["p99_ms"] for one in repairs]
        missed = [one.load["unrepaired"] / (one.load["repair"]["count"] + one.load["unrepaired"]) for one in used]
        values["unrepaired_share"] = missed
    figures = {name: _spread(found) for name, found in values.items()}
    reasons = sorted({reason for one in rounds for reason in one.invalid})
    if max(one.idle_share for one in floors) > MAX_IDLE_SHARE or bare <= 0:
        reasons.append("the bare path had company on its core: there is no multiple of the floor")
    elif any(whole < MISSED * own for whole, own in _both([*floors, *used])):
        reasons.append("the core was counted less busy than processes were on it: there is no multiple of the floor")
    else:
        figures["multiple_of_floor"] = _spread([one.cpu_s_per_million / bare for one in used])
    return {"valid_rounds": len(counting), "rounds": len(rounds), "reasons": reasons, "floor": bare, **figures}


def _both(measured: Sequence[Floor | Round]) -> list[tuple[float, float]]:
    """Give the cost by the whole core, and that by processes."""
    return [(one.cpu_s_per_million, one.own_cpu_s_per_million) for one in measured]


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def machine(line: Rig) -> dict[str, Any]:
    """Say what it was measured on."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    vulnerabilities = sorted(Path("/sys/devices/system/cpu/vulnerabilities").glob("*"))
    return {
        "cpu": next((row.partition(": ")[2] for row in cpuinfo.splitlines() if row.startswith("model name")), "?"),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "commit": _git("rev-parse", "--short=12", "HEAD") + ("+" if _git("status", "--porcelain", "-uno") else ""),
        "rig": line.kind,
        "tx-udp-segmentation": "on" if line.segmentation_offload else "off",
        "mitigations": {one.name: one.read_text().strip() for one in vulnerabilities},
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, cwd=ROOT, check=False)
    return done.stdout.strip()

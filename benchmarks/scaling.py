"""docs/scaling.md: what a participant costs as meetings grow, and what a node, a site and a country would hold.

Measured is one node; what is beyond it is arithmetic with what was measured, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.apart import TRIES, Distances
from benchmarks.cpu import IdleCounter, Stopwatch
from benchmarks.rig import Rig
from benchmarks.rounds import Round, Times, one_round
from benchmarks.servers import servers
from benchmarks.workloads import CROWD, Workload, chosen

POINTS = "W1-10,W1-50,W1-100,W1-200,W1-400,W2-10,W2-20,W2-50,W2L-20,W2L-50,W3-100,W3-300,W3-1000,W3T-1000"
TIMES = Times(idle=3, warmup=5, measured=10, floor=0)
FULL = 0.7
"""Of a core: above it latencies grow before anything is lost."""
LINE_SHARE = 0.7
"""Of a network card, so that repairs and key frames find room."""
PROVINCES, COMMUNES = 34, 3_321
"""Of Vietnam since July 2025: the largest meeting there is has a bridge point in each commune."""
SMALL_PICTURES, SMALL_KBPS = 8, 100
VOICES, VOICE_KBPS = 4, 40
"""Beside the large picture: the smallest encodings, and voices with FEC (docs/quality.md)."""


def measure(line: Rig) -> list[dict[str, Any]]:
    """Measure each point, again where the cores were far apart or something spoiled it, hoptt alone.

    Raises RuntimeError when there is nothing to measure.
    """
    (server,) = servers(alone=True)
    found: list[tuple[Workload, Round]] = []
    distances = Distances()
    with IdleCounter(line.server.cpu) as counter:
        stopwatch = Stopwatch(line.server.cpu, counter)
        for workload in chosen(quick=False, names=POINTS):
            for _ in range(TRIES):
                done = one_round(server, line, workload, stopwatch, TIMES)
                far = distances.note(done.apart_ns)
                one = point(workload, done)
                told = f"{workload.id}: {one['engine_share']:.1%} of a core, {one['mbps']:.0f} Mbit/s"
                print("; ".join([told, *filter(None, [far]), *done.invalid]), flush=True)
                if not far and not done.invalid:
                    break
            found.append((workload, done))
    return [point(workload, done) | {"far": distances.fault(done.apart_ns) is not None} for workload, done in found]


def point(workload: Workload, done: Round) -> dict[str, Any]:
    """Give what is kept of a round."""
    seconds = done.load["seconds"]
    people = workload.publishers + workload.viewers
    engine = done.process_cpu_s["engine"]
    grown = done.memory["engine"]["rss"] - done.memory_before["engine"]["rss"]
    return {
        "id": workload.id,
        "people": people,
        "receivers": workload.viewers or workload.publishers,
        "packets_per_second": done.load["forwarded_per_second"],
        "mbps": done.load["forwarded_per_second"] * done.load["mean_bytes"] * 8 / 1e6,
        "engine_share": engine / seconds,
        "control_share": done.process_cpu_s["control"] / seconds,
        "engine_us_per_packet": engine / max(done.load["forwarded"], 1) * 1e6,
        "engine_kb_per_person": grown / people / 1e3,
        "loss_share": done.load["loss_share"],
        "doubts": done.invalid,
        "connected": done.load["connected"],
        "joins_per_second": workload.joins_per_second,
        "answered_ms": {key: done.load["join"]["signalling"][key] for key in ("p50_ms", "p99_ms")},
    }


def holds(one: Mapping[str, Any]) -> bool:
    """Everybody came in and was sent something: from a point without them nothing follows."""
    return bool(one["connected"] >= one["people"] and one["packets_per_second"] > 0)


def _family(found: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    return sorted((one for one in found if one["id"].startswith(f"{name}-")), key=lambda one: float(one["receivers"]))


def per_receiver(points: Sequence[Mapping[str, Any]]) -> float:
    """Give by how much of a core the engine's work grows with each receiver: least squares over the points."""
    xs = [float(one["receivers"]) for one in points]
    ys = [float(one["engine_share"]) for one in points]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread


def held(points: Sequence[Mapping[str, Any]]) -> int:
    """Give how many receivers fill a core as far as it is to be filled, as the largest point measured would grow."""
    largest = points[-1]
    left = FULL - float(largest["engine_share"])
    return round(float(largest["receivers"]) + left / per_receiver(points))


def table(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give what was measured and what follows, in Markdown."""
    rows = [
        "| | People | Packets a second | Mbit/s out | Engine, of a core | µs a packet | Control plane, of a core "
        "| Engine kB a person | Lost |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {one['id']} | {one['people']} | {one['packets_per_second']:,.0f} | {one['mbps']:.0f} "
        f"| {one['engine_share']:.1%} | {one['engine_us_per_packet']:.1f} | {one['control_share']:.1%} "
        f"| {one['engine_kb_per_person']:.0f} | {one['loss_share']:.3%} |"
        for one in found
        if holds(one)
    ]
    rows += [
        f"\n{one['id']} was not reached: {one['connected']:,} of {one['people']:,} came in."
        for one in found
        if not holds(one)
    ]
    rows += [f"\n{one['id']} is to be doubted: {'; '.join(one['doubts'])}." for one in found if one["doubts"]]
    if far := [one["id"] for one in found if one["far"]]:
        rows.append(f"\nThe cores were far apart at {', '.join(far)}, which makes packets dearer.")
    rows += [
        f"\n{one['id']} came in at {one['joins_per_second']} a second: a newcomer was answered after "
        f"{one['answered_ms']['p50_ms']:,.0f} ms, one in a hundred after {one['answered_ms']['p99_ms']:,.0f} ms."
        for one in found
        if holds(one) and one["people"] > CROWD
    ]
    pictures, meetings, voices = (_family([one for one in found if holds(one)], name) for name in ("W1", "W2", "W3"))
    rows += ["", *_node(pictures, meetings, voices), "", *_country(pictures, voices)]
    return rows


def _node(*families: Sequence[Mapping[str, Any]]) -> list[str]:
    pictures, meetings, voices = families
    largest = meetings[-1]
    mbps = largest["mbps"] / largest["people"]
    return [
        f"**A node.** At {FULL:.0%} of one core the engine would hold {held(pictures):,} viewers of one HD picture, or "
        f"{held(voices):,} listeners to four voices, or meetings of {largest['people']} in which everybody sees nine "
        f"and hears four, {held(meetings):,} people in all. Each of the latter receives {mbps:.1f} Mbit/s, with all "
        f"pictures at their largest: a card of 1 Gbit/s carries {LINE_SHARE * 1e3 / mbps:,.0f} of them, "
        f"one of 10 Gbit/s {LINE_SHARE * 1e4 / mbps:,.0f}.",
    ]


def _country(pictures: Sequence[Mapping[str, Any]], voices: Sequence[Mapping[str, Any]]) -> list[str]:
    large = pictures[-1]["mbps"] / pictures[-1]["receivers"]
    small = (SMALL_PICTURES * SMALL_KBPS + VOICES * VOICE_KBPS) / 1e3
    each = large + small
    site = -(-COMMUNES // PROVINCES)
    # small pictures are counted by their packets' share of a large one
    of_core = per_receiver(pictures) * (1 + SMALL_PICTURES * SMALL_KBPS / 1e3 / large) + per_receiver(voices)
    alone, cascade = COMMUNES * each, PROVINCES * each
    return [
        f"**A site.** A province with {site} communes, each with one HD picture, {SMALL_PICTURES} small ones of "
        f"{SMALL_KBPS} kbit/s and {VOICES} voices of {VOICE_KBPS}: {site * each:,.0f} Mbit/s out and "
        f"{site * of_core:.0%} of one core.",
        "",
        f"**A country.** {COMMUNES:,} bridge points on one node would need {alone / 1e3:,.1f} Gbit/s out and "
        f"{COMMUNES * of_core:,.1f} cores. With a node in each of {PROVINCES} provinces every picture and voice "
        f"crosses from the centre to a province once: {each:.2f} Mbit/s to each, {cascade:,.0f} Mbit/s out of the "
        f"centre, which spends {PROVINCES * of_core:.0%} of a core on them; what a province sends up is its speakers "
        "only. One tier is enough, and adds one node's latency and the way between.",
    ]

"""What Prometheus reads."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hoptt.app.seen import watch_engine
from hoptt.errors import ErrorCode
from hoptt.live.observe import Observer
from hoptt.meeting.words import Cause, LobbyOutcome
from hoptt.sfu.frames import FORWARD_LATENCY_BUCKETS_US, LineStats, Stats
from hoptt.telemetry.lag import watch_lag
from hoptt.telemetry.metrics import MAX_ENGINE_COUNTERS, EngineSeen, Metrics
from hoptt.telemetry.observer import Watching
from hoptt.telemetry.recent import KEPT, Recent


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(version="1.2.3")


def read(metrics: Metrics) -> dict[str, float]:
    """Give every sample as `name{label=value}`."""
    return {
        sample.name + "".join(f"{{{k}={v}}}" for k, v in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def test_who_comes_and_goes_is_counted_by_result_and_cause(metrics: Metrics) -> None:
    watching: Observer = Watching(metrics)
    for outcome in ("joined", "joined", "waiting"):
        watching.entered(outcome)
    watching.refused("enter", ErrorCode.ROOM_FULL)
    watching.refused("mute", ErrorCode.NOT_ALLOWED)
    watching.left(Cause.LOST)
    watching.lobby_left(LobbyOutcome.REFUSED)
    watching.meetings(2, 30, 4)
    watching.not_stored()
    watching.dropped("inbox")
    watching.bug(ValueError("x"))
    seen = read(metrics)
    assert seen["hoptt_joins_total{cause=}{result=joined}"] == 2
    assert seen["hoptt_joins_total{cause=}{result=waiting}"] == 1
    assert seen["hoptt_joins_total{cause=room.full}{result=refused}"] == 1
    assert "hoptt_joins_total{cause=not_allowed}{result=refused}" not in seen
    assert seen["hoptt_refusals_total{act=mute}{code=not_allowed}"] == 1
    assert seen["hoptt_left_total{cause=lost}"] == 1
    assert seen["hoptt_lobby_left_total{outcome=refused}"] == 1
    assert [seen[f"hoptt_{n}"] for n in ("meetings", "participants", "waiting")] == [2, 30, 4]
    assert [seen[f"hoptt_{n}_total"] for n in ("log_failures", "bugs")] == [1, 1]
    assert seen["hoptt_dropped_total{queue=inbox}"] == 1


def test_the_engines_counts_are_shown_in_prometheus_units(metrics: Metrics) -> None:
    counts = list(range(1, len(FORWARD_LATENCY_BUCKETS_US) + 2))
    lines = [
        LineStats(transport=str(n), rtt_ms=None, loss_up=loss, loss_down=0.0, bytes_in=0, bytes_out=0, protocol="tcp")
        for n, loss in enumerate((0.0, 0.3))
    ]
    watch_engine(
        metrics,
        Stats(
            counters={"packets_in": 7, "dropped.gate": 3, "dropped.replayed": 1, "not a name": 1},
            forward_latency_us=counts,
            forward_latency_sum_us=2_500_000,
            lines=lines,
        ),
    )
    seen = read(metrics)
    assert seen["hoptt_engine_packets_in_total"] == 7
    assert seen["hoptt_engine_dropped_total{reason=gate}"] == 3
    assert seen["hoptt_engine_dropped_total{reason=replayed}"] == 1
    assert seen["hoptt_engine_forward_latency_seconds_bucket{le=5e-05}"] == 1
    assert seen["hoptt_engine_forward_latency_seconds_bucket{le=+Inf}"] == len(counts)
    assert seen["hoptt_engine_forward_latency_seconds_sum"] == 2.5
    assert seen["hoptt_line_loss_ratio{direction=up}"] == 0.3
    assert seen["hoptt_line_loss_mean_ratio{direction=up}"] == 0.15
    assert seen["hoptt_line_loss_ratio{direction=down}"] == 0.0
    assert [seen[f"hoptt_engine_transports{{protocol={protocol}}}"] for protocol in ("udp", "tcp")] == [0, 2]


def test_an_engine_that_lies_makes_no_endless_metrics(metrics: Metrics) -> None:
    metrics.engine = EngineSeen(counters={f"x{n}": 1 for n in range(10_000)}, latency_counts=[1, 2])
    assert len([name for name in read(metrics) if name.startswith("hoptt_engine_x")]) == MAX_ENGINE_COUNTERS


def test_commits_are_counted_from_the_writers_thread(metrics: Metrics) -> None:
    def commit() -> None:
        for n in range(100):
            metrics.commit_seen(n / 1000)

    thread = threading.Thread(target=commit)
    thread.start()
    thread.join()
    seen = read(metrics)
    assert seen["hoptt_log_commit_seconds_count"] == 100
    assert seen["hoptt_log_commit_p99_seconds"] == 0.099


def test_versions_are_shown_as_they_are_now(metrics: Metrics) -> None:
    builds = iter(["a", "b"])
    metrics.build(lambda: next(builds))
    assert read(metrics)["hoptt_build_info{engine=a}{version=1.2.3}"] == 1
    assert "hoptt_build_info{engine=a}{version=1.2.3}" not in read(metrics)


def test_a_quantile_is_of_the_last_thousand_only() -> None:
    recent = Recent()
    assert recent.quantile(0.99) == 0.0
    for n in range(KEPT * 2):
        recent.add(n)
    assert recent.quantile(0.99) == KEPT + 0.99 * KEPT
    assert recent.quantile(1.0) == KEPT * 2 - 1


async def test_F5_a_blocked_loop_is_seen() -> None:
    seen: list[float] = []
    task = asyncio.get_running_loop().create_task(watch_lag(seen.append))
    await asyncio.sleep(0)
    time.sleep(0.6)  # noqa: ASYNC251 - this is the fault
    await asyncio.sleep(0.05)
    task.cancel()
    assert max(seen) >= 0.3

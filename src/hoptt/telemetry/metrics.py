"""The metrics of a node (`/metrics`): counts without names, ids or addresses (S49). docs/operating.md lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from hoptt.telemetry.recent import Recent

COMMIT_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
LAG_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
MAX_ENGINE_COUNTERS = 200
"""Names that are taken from an engine; more are a fault of it."""

Read = Callable[[], float]


@dataclass(frozen=True, slots=True)
class EngineSeen:
    """What the engine told last, in Prometheus' units."""

    counters: Mapping[str, int] = field(default_factory=dict)
    latency_buckets_s: Sequence[float] = ()
    latency_counts: Sequence[int] = ()
    """Cumulative, one for each bucket and, last, everything."""
    latency_sum_s: float = 0.0
    loss_up: Sequence[float] = ()
    """Of each line, 0 to 1."""
    loss_down: Sequence[float] = ()
    protocols: Sequence[str] = ()
    """What carries media to each transport that it reaches: udp or tcp."""


class Metrics:
    """All metrics of this process, in a registry of their own."""

    def __init__(self, *, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it out
        registry = self.registry = CollectorRegistry()
        self._commits = Recent()
        self._lags = Recent()
        self.engine = EngineSeen()
        self.meetings = Gauge("hoptt_meetings", "Meetings that go on now", registry=registry)
        self.participants = Gauge("hoptt_participants", "Seats held in all of them", registry=registry)
        self.waiting = Gauge("hoptt_waiting", "People in all lobbies", registry=registry)
        self.joins = Counter(
            "hoptt_joins",
            "Who came to the door, by result and cause of refusal",
            ["result", "cause"],
            registry=registry,
        )
        self.refusals = Counter(
            "hoptt_refusals", "Commands that were refused, by act and code", ["act", "code"], registry=registry
        )
        self.left = Counter("hoptt_left", "Seats given up, by cause", ["cause"], registry=registry)
        self.lobby_left = Counter("hoptt_lobby_left", "Ends of a wait in a lobby", ["outcome"], registry=registry)
        self.not_stored = Counter("hoptt_log_failures", "Commits of the log that failed", registry=registry)
        self.bugs = Counter("hoptt_bugs", "Faults of hoptt itself; each has a traceback in the log", registry=registry)
        self.dropped = Counter("hoptt_dropped", "What a full queue dropped", ["queue"], registry=registry)
        self.commits = Histogram(
            "hoptt_log_commit_seconds", "Time of each commit of the log", buckets=COMMIT_BUCKETS_S, registry=registry
        )
        self.lag = Histogram(
            "hoptt_event_loop_lag_seconds", "How late the event loop is", buckets=LAG_BUCKETS_S, registry=registry
        )
        self._version = version
        self.gauge("hoptt_log_commit_p99_seconds", "Of the last 1,000 commits, 99 % were faster", self._commits_p99)
        self.gauge("hoptt_event_loop_lag_p99_seconds", "Of the last 1,000 looks, 99 % were less late", self._lag_p99)
        registry.register(_EngineCollector(self))
        ProcessCollector(registry=registry)

    def commit_seen(self, seconds: float) -> None:
        """Note how long a commit took. Called on the log writer's thread."""
        self.commits.observe(seconds)
        self._commits.add(seconds)

    def lag_seen(self, seconds: float) -> None:
        """Note how late the event loop was."""
        self.lag.observe(seconds)
        self._lags.add(seconds)

    def build(self, engine: Callable[[], str]) -> None:
        """Show the versions of control plane and engine; the latter is read when somebody asks, empty for none."""

        def read() -> Metric:
            family = GaugeMetricFamily("hoptt_build_info", "Versions; the value is 1", labels=["version", "engine"])
            family.add_metric([self._version, engine()], 1)
            return family

        self.registry.register(_Asked(read))

    def gauge(self, name: str, about: str, read: Callable[[], float | None]) -> None:
        """Add a gauge whose value is read when somebody asks; None: there is nothing to tell."""
        self.registry.register(_Asked(lambda: GaugeMetricFamily(name, about, value=read())))

    def counter(self, name: str, about: str, read: Read) -> None:
        """Add a counter that somebody else keeps. The name is without `_total`."""
        self.registry.register(_Asked(lambda: CounterMetricFamily(name, about, value=read())))

    def counters(self, name: str, about: str, label: str, read: Callable[[], Mapping[Any, int]]) -> None:
        """Add counters told apart by a label, whose values come from a fixed list."""

        def family() -> Metric:
            found = CounterMetricFamily(name, about, labels=[label])
            for value, count in read().items():
                found.add_metric([str(value)], count)
            return found

        self.registry.register(_Asked(family))

    def text(self) -> bytes:
        """Give all of it as Prometheus reads it."""
        return generate_latest(self.registry)

    def _commits_p99(self) -> float:
        return self._commits.quantile(0.99)

    def _lag_p99(self) -> float:
        return self._lags.quantile(0.99)


@dataclass(slots=True, eq=False)
class _Asked(Collector):
    """Something that is read when somebody asks."""

    read: Callable[[], Metric]

    def collect(self) -> Iterator[Metric]:
        yield self.read()

    def describe(self) -> Iterator[Metric]:
        return iter(())


@dataclass(slots=True, eq=False)
class _EngineCollector(Collector):
    """The engine's own counters, which go on when the control plane is another one."""

    metrics: Metrics

    def collect(self) -> Iterator[Metric]:
        seen = self.metrics.engine
        dropped = CounterMetricFamily(
            "hoptt_engine_dropped", "Datagrams and packets that the engine dropped, by reason", labels=["reason"]
        )
        for name, value in sorted(seen.counters.items())[:MAX_ENGINE_COUNTERS]:
            kind, _, reason = name.partition(".")
            if kind == "dropped":
                dropped.add_metric([reason], value)
            elif name.isidentifier():
                yield CounterMetricFamily(f"hoptt_engine_{name}", f"The engine's count of {name}", value=value)
        yield dropped
        yield from self._latency(seen)
        loss = GaugeMetricFamily(
            "hoptt_line_loss_ratio", "Share of packets lost in the last second, worst line", labels=["direction"]
        )
        mean = GaugeMetricFamily(
            "hoptt_line_loss_mean_ratio", "Share of packets lost in the last second, all lines", labels=["direction"]
        )
        for direction, shares in (("up", seen.loss_up), ("down", seen.loss_down)):
            loss.add_metric([direction], max(shares, default=0.0))
            mean.add_metric([direction], sum(shares) / len(shares) if shares else 0.0)
        yield loss
        yield mean
        lines = GaugeMetricFamily(
            "hoptt_engine_transports", "Participants whom media reaches, by what carries it", labels=["protocol"]
        )
        for protocol in ("udp", "tcp"):
            lines.add_metric([protocol], sum(seen_one == protocol for seen_one in seen.protocols))
        yield lines

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def _latency(self, seen: EngineSeen) -> Iterator[Metric]:
        if len(seen.latency_counts) != len(seen.latency_buckets_s) + 1:
            return
        bounds = [*(str(bound) for bound in seen.latency_buckets_s), "+Inf"]
        yield HistogramMetricFamily(
            "hoptt_engine_forward_latency_seconds",
            "From a packet's arrival until it was handed to the kernel for its receivers",
            buckets=[(bound, float(count)) for bound, count in zip(bounds, seen.latency_counts, strict=True)],
            sum_value=seen.latency_sum_s,
        )

"""What the harness reads of hoptt itself."""

from __future__ import annotations

from benchmarks.hoptt_server import read_counters

METRICS = """# TYPE hoptt_engine_dropped counter
hoptt_engine_dropped_total{reason="line_full"} 714.0
hoptt_engine_dropped_total{reason="gate_closed"} 2.0
hoptt_engine_packets_out_total 1.5e+06
hoptt_engine_forward_latency_seconds_bucket{le="0.001"} 7.0
hoptt_engine_forward_latency_seconds_sum 0.25
hoptt_dropped_total{queue="events"} 9.0
"""


def test_counters_of_one_name_are_told_apart_by_their_labels() -> None:
    assert read_counters(METRICS) == {
        'hoptt_engine_dropped_total{reason="line_full"}': 714.0,
        'hoptt_engine_dropped_total{reason="gate_closed"}': 2.0,
        "hoptt_engine_packets_out_total": 1_500_000.0,
        "hoptt_engine_forward_latency_seconds_sum": 0.25,
    }

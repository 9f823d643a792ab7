"""What measured ways mean for picture and sound."""

from __future__ import annotations

import pytest

from hoptt.probe.candidates import Candidate
from hoptt.probe.checks import Measured
from hoptt.probe.findings import Verdict
from hoptt.probe.media import judged


def way(
    protocol: str, *, address: str = "203.0.113.7", rtt: float = 20.0, lost: int = 0, none: bool = False
) -> Measured:
    rtts = [] if none else [rtt] * (100 - lost)
    return Measured(Candidate(protocol, address, 7882), sent=100, rtts_ms=rtts)


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ([way("udp")], ["ok media.path"]),
        ([way("udp"), way("tcp")], ["ok media.path", "ok media.path"]),
        ([way("udp"), way("udp", address="2001:db8::7", none=True)], ["ok media.path", "ok media.path_spare"]),
        ([way("udp"), way("tcp", none=True)], ["ok media.path", "warn media.path_none"]),
        ([way("udp", none=True), way("tcp")], ["warn media.path_none", "ok media.path", "warn media.no_udp"]),
        ([way("udp", none=True)], ["warn media.path_none", "fail media.none"]),
        ([way("udp", lost=5)], ["warn media.path_lossy"]),
        ([way("udp", lost=30)], ["fail media.path_lossy"]),
        ([way("udp", lost=30), way("udp", address="203.0.113.8")], ["warn media.path_lossy", "ok media.path"]),
        ([way("udp", rtt=450)], ["warn media.path_slow"]),
    ],
)
def test_what_was_measured_is_judged(ways: list[Measured], found: list[str]) -> None:
    assert [f"{one.verdict} {one.key}" for one in judged(ways)] == found


def test_the_firewall_s_keeper_reads_which_ports_to_open() -> None:
    [*_, last] = judged([way("udp", none=True), way("tcp", none=True)])
    assert last.verdict is Verdict.FAIL
    assert last.values == {"targets": "203.0.113.7:7882/udp, 203.0.113.7:7882/tcp"}

"""Shows in the metrics what other parts count, in Prometheus' units."""

from __future__ import annotations

from datetime import UTC, datetime

from hoptt.api.whip.session import Kind
from hoptt.api.whip.sessions import WhipCounts
from hoptt.app.tls import ServedCertificate
from hoptt.auth.guessing import Guessing, LoginGuessing
from hoptt.auth.passwords import Passwords
from hoptt.auth.sign_in_record import SignInRecord
from hoptt.sfu.engine import Engine
from hoptt.sfu.frames import FORWARD_LATENCY_BUCKETS_US, Stats
from hoptt.sfu.line_tests import LineTests
from hoptt.signaling.counts import LineCounts
from hoptt.telemetry import logs
from hoptt.telemetry.metrics import EngineSeen, Metrics

_BUCKETS_S = tuple(us / 1_000_000 for us in FORWARD_LATENCY_BUCKETS_US)


def watch_engine(metrics: Metrics, stats: Stats) -> None:
    """Note the statistics of this second."""
    metrics.engine = EngineSeen(
        counters=stats.counters,
        latency_buckets_s=_BUCKETS_S,
        latency_counts=stats.forward_latency_us,
        latency_sum_s=stats.forward_latency_sum_us / 1_000_000,
        loss_up=[line.loss_up for line in stats.lines],
        loss_down=[line.loss_down for line in stats.lines],
        protocols=[line.protocol for line in stats.lines if line.protocol is not None],
    )


def wire(
    metrics: Metrics,
    engine: Engine,
    lines: LineCounts,
    passwords: Passwords,
    *,
    line_tests: LineTests,
    whip: WhipCounts,
    guessing: Guessing,
    sign_ins: LoginGuessing,
    sign_in_record: SignInRecord,
    certificate: ServedCertificate | None = None,
) -> None:
    """Have these counts read whenever somebody asks for the metrics."""
    counts = engine.counts
    metrics.build(lambda: engine.welcome.build if engine.up else "")
    metrics.gauge("hoptt_engine_up", "1 while the media engine answers", lambda: float(engine.up))
    metrics.counter("hoptt_engine_starts", "Engines that were started", lambda: counts.started)
    metrics.counter("hoptt_engine_kills", "Engines that had to be killed", lambda: counts.killed)
    metrics.counter("hoptt_engine_lines_lost", "Connections to the engine that broke", lambda: counts.lost)
    metrics.counter("hoptt_ice_restarts", "ICE sessions begun anew on a transport", lambda: counts.ice.begun)
    metrics.counter("hoptt_ice_restarts_refused", "The same, refused: too often", lambda: counts.ice.refused)
    metrics.counter("hoptt_log_lines_lost", "Lines of the log that could not be written", lambda: logs.counts.lost)
    metrics.gauge("hoptt_websocket_clients", "WebSockets that are open", lambda: lines.open)
    metrics.counter("hoptt_websocket_opened", "WebSockets that were opened", lambda: lines.opened)
    metrics.counter("hoptt_websocket_messages", "Messages taken in", lambda: lines.messages)
    metrics.counter("hoptt_websocket_sent", "Messages sent", lambda: lines.sent)
    metrics.counter("hoptt_websocket_slowed", "Times that reading waited because too much came", lambda: lines.slowed)
    metrics.counter("hoptt_websocket_superseded", "Signals replaced by newer ones", lambda: lines.superseded)
    metrics.counter("hoptt_websocket_merged", "Signals made of two for slow readers", lambda: lines.merged)
    metrics.counter("hoptt_websocket_dropped", "Signals dropped for slow readers", lambda: lines.dropped)
    metrics.counters("hoptt_websocket_closed", "WebSockets that were closed", "code", lambda: lines.closed)
    metrics.counters("hoptt_websocket_turned_back", "Refused before the upgrade", "code", lambda: lines.turned_back)
    metrics.counters("hoptt_websocket_refused", "Commands that were refused", "code", lambda: lines.refused)
    metrics.counter("hoptt_passwords_refused", "Passwords not looked at: too many", lambda: passwords.refused)
    metrics.counter("hoptt_guesses_delayed", "Guessers who were told to wait", lambda: guessing.waits)
    metrics.counter("hoptt_sign_ins_delayed", "Guessers of accounts told to wait", lambda: sign_ins.waits)
    metrics.counter("hoptt_sign_ins_forgotten", "Their counts that made room early", lambda: sign_ins.forgotten)
    rows = sign_in_record
    metrics.counters("hoptt_sign_ins_recorded", "Rows of sign-ins and sign-outs", "kind", lambda: rows.written)
    metrics.counter("hoptt_sign_ins_left_out", "Refused sign-ins without a row of their own", lambda: rows.left_out)
    metrics.counter("hoptt_sign_ins_unrecorded", "Such rows that could not be stored", lambda: rows.failed)
    metrics.counter("hoptt_guesses_forgotten", "Counts of guesses that made room early", lambda: guessing.forgotten)
    metrics.counter("hoptt_line_tests", "Line tests that were opened", lambda: line_tests.opened)
    metrics.counter("hoptt_line_tests_refused", "Line tests refused: too many", lambda: line_tests.refused)
    metrics.gauge("hoptt_whip_encoders", "Encoders that send now", lambda: whip.open[Kind.WHIP])
    metrics.gauge("hoptt_whip_players", "Players that receive now", lambda: whip.open[Kind.WHEP])
    metrics.counters("hoptt_whip_opened", "Encoders and players that came in", "kind", lambda: whip.opened)
    metrics.counters("hoptt_whip_refused", "What they were refused", "code", lambda: whip.refused)
    metrics.gauge(
        "hoptt_tls_certificate_expires_seconds",
        "Until the certificate of https.listen is over",
        lambda: None if certificate is None else certificate.left_s(datetime.now(UTC)),
    )

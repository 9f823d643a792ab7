"""docs/operating.md and deploy/ name the settings and metrics that there are."""

from __future__ import annotations

import re

import yaml
from tests.docs.documents import ROOT, code, read, sections, table
from tests.support.clock import NINE
from tests.support.fake_log import FakeLog

from hoptt.api.whip.sessions import WhipCounts
from hoptt.app.seen import wire
from hoptt.auth.guessing import Guessing, LoginGuessing
from hoptt.auth.passwords import Passwords
from hoptt.auth.sign_in_record import SignInRecord
from hoptt.config import described
from hoptt.sfu.engine import Engine
from hoptt.sfu.line_tests import LineTests
from hoptt.sfu.process import EngineSettings
from hoptt.signaling.counts import LineCounts
from hoptt.telemetry.metrics import EngineSeen, Metrics

OPERATING = sections(read("operating.md"), level=2)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


def test_every_setting_is_listed_with_its_default_effect_and_what_is_allowed() -> None:
    listed = [(code(row[0]), row[1].strip("`"), row[2], row[3]) for row in table(OPERATING["Settings"])]
    assert listed == [(key.name, _shown(key.default), key.about, key.allowed) for key in described()]


def _metric_names() -> set[str]:
    """Give the names of all metrics, as Prometheus calls them."""
    metrics = Metrics(version="x")
    passwords = Passwords()
    engine = Engine(EngineSettings(ROOT, port=1), epoch=1)
    wire(
        metrics,
        engine,
        LineCounts(),
        passwords,
        guessing=Guessing(),
        sign_ins=LoginGuessing(),
        sign_in_record=SignInRecord(FakeLog(), lambda: NINE),
        line_tests=LineTests(engine),
        whip=WhipCounts(),
    )
    passwords.close()
    counters = re.findall(r'= "([a-z_.]+)"', (ROOT / "media/core/src/router/counters.rs").read_text(encoding="utf-8"))
    metrics.engine = EngineSeen(dict.fromkeys(counters, 1), (1.0,), (1, 1))
    names = set(re.findall(r"^# TYPE (\w+) ", metrics.text().decode(), re.MULTILINE))
    histograms = set(re.findall(r"^# TYPE (\w+) histogram", metrics.text().decode(), re.MULTILINE))
    return names | {f"{name}_bucket" for name in histograms}


def test_the_alerts_watch_metrics_that_there_are() -> None:
    rules = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text(encoding="utf-8"))
    expressions = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    watched = set(re.findall(r"\b((?:hoptt|process)_\w+)", " ".join(expressions)))
    assert len(expressions) >= 10
    assert watched - _metric_names() == set()


def test_prometheus_scrapes_where_the_metrics_are() -> None:
    jobs = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    [target] = [target for job in jobs for config in job["static_configs"] for target in config["targets"]]
    assert target == str(next(key.default for key in described() if key.name == "metrics.listen"))


def test_every_metric_is_described() -> None:
    text = OPERATING["Health, metrics, logs"]
    described_names: set[str] = set()
    for row in table(text):
        base = ""
        for name in re.findall(r"`(_?[a-z0-9_…]+)`", row[0]):
            if name.startswith("hoptt_"):
                base = name
                described_names.add(name)
            elif name.startswith("_"):  # `…_opened_total`, `_closed_total`: the same beginning
                described_names |= {base[: m.start()] + name for m in re.finditer("_", base)}
    own = {name for name in _metric_names() if name.startswith("hoptt_") and not name.endswith("_bucket")}
    engine = {n for n in own if n.startswith("hoptt_engine_") and n.endswith("_total") and n not in described_names}
    assert own - engine - described_names == set()
    assert "`hoptt_engine_…_total`" in text


def test_no_part_of_the_operators_page_is_missing() -> None:
    assert re.findall(r"^[A-Z]+(?: [A-Z]+)*$", read("operating.md"), re.MULTILINE) == []

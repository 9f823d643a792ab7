"""SIGHUP: a configuration is read again while people meet, and a wrong one changes nothing (F37)."""

from __future__ import annotations

import os
import pty
import signal
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from tests.docs.documents import ROOT
from tests.support.certificates import put
from tests.support.server import COMMAND, Server, a_server, fake_engine, free_port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """An installation with https, whose engine has no media."""
    put(tmp_path, "first")
    http = {"tls_cert": str(tmp_path / "c.pem"), "tls_key": str(tmp_path / "k.pem")}
    settings = {
        "http": http,
        "https": {"listen": f"127.0.0.1:{free_port()}"},
        "rtc": {"binary": str(fake_engine(tmp_path))},
    }
    with a_server(tmp_path, settings) as one:
        one.start()
        yield one


def rewrite(server: Server, section: str, **values: Any) -> None:
    server.settings[section] = {**server.settings.get(section, {}), **values}
    server.config.write_text(yaml.safe_dump(server.settings))


def until(seen: Callable[[], bool], what: str, seconds: float = 10.0) -> float:
    """Wait for something and give how long it took."""
    began = time.monotonic()
    while not seen():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


def shown(server: Server) -> str:
    """Give the name in the certificate that the server shows now."""
    host, _, port = server.settings["https"]["listen"].rpartition(":")
    pem = ssl.get_server_certificate((host, int(port)), timeout=5)
    return str(x509.load_pem_x509_certificate(pem.encode()).subject.rfc4514_string()).removeprefix("CN=")


def upgrade(server: Server, origin: str) -> int:
    """Ask for a WebSocket as a page of this origin does, and give the status."""
    request = urllib.request.Request(f"{server.url}/ws", headers={"Origin": origin})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def test_F36_a_replaced_certificate_is_served_within_seconds(server: Server, tmp_path: Path) -> None:
    assert shown(server) == "first"
    put(tmp_path, "second", days=5)
    until(lambda: shown(server) == "second", "the new certificate")
    until(lambda: "certificate expires soon" in server.output.read_text(), "the warning of its end")
    [line] = [one for one in server.get(server.watch("/metrics"))[1].splitlines() if "expires_seconds" in one[:40]]
    assert 4.9 * 86_400 < float(line.rpartition(" ")[2]) < 5 * 86_400


def test_F37_a_broken_configuration_is_refused_with_its_line_and_the_old_one_stays(server: Server) -> None:
    server.config.write_text(server.config.read_text() + "\nlgo: {level: debug}\n")
    lines = len(server.config.read_text().splitlines())
    os.kill(server.pid, signal.SIGHUP)
    until(lambda: "configuration refused: the old one stays in force" in server.output.read_text(), "the refusal")
    assert f"line {lines}: there is no key lgo. Did you mean log?" in server.output.read_text()
    assert server.get(server.watch("/readyz"))[0] == 200


def test_F37_a_broken_certificate_refuses_the_whole_reload(server: Server, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_text("no certificate\n")
    rewrite(server, "http", tls_cert=str(tmp_path / "other.pem"), origins=["https://hop.example.gov.vn"])
    os.kill(server.pid, signal.SIGHUP)
    until(lambda: "configuration refused" in server.output.read_text(), "the refusal")
    assert shown(server) == "first"
    assert upgrade(server, "https://hop.example.gov.vn") == 403


def test_F37_what_can_change_at_run_time_does_and_the_rest_is_named(server: Server, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    put(tmp_path / "new", "second")
    assert upgrade(server, "https://hop.example.gov.vn") == 403
    rewrite(
        server,
        "http",
        origins=["https://hop.example.gov.vn"],
        tls_cert=str(tmp_path / "new/c.pem"),
        tls_key=str(tmp_path / "new/k.pem"),
    )
    rewrite(server, "log", level="debug")
    rewrite(server, "rtc", grace_s=90)
    os.kill(server.pid, signal.SIGHUP)
    until(lambda: "settings that hold from the next start" in server.output.read_text(), "what needs a restart")
    [later] = [one for one in server.output.read_text().splitlines() if "hold from the next start" in one]
    assert '"settings": ["rtc.grace_s"]' in later
    assert shown(server) == "second"
    assert upgrade(server, "https://hop.example.gov.vn") != 403
    assert '"changed": ["http.tls_cert", "http.tls_key", "http.origins", "log.level"]' in server.output.read_text()


def test_the_server_ends_when_the_window_it_runs_in_is_closed(server: Server, tmp_path: Path) -> None:
    server.stop()
    words = [*COMMAND, "serve", "--config", str(server.config)]
    window, inside = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", *words],
        stdin=inside,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        cwd=tmp_path,
    )
    os.close(inside)
    try:
        until(lambda: server.get(server.watch("/readyz"))[0] == 200, "it serves", 60)
        os.close(window)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()

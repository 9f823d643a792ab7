"""`hoptt serve` from its start to its end, as an operator sees it, with the real engine."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import sqlite3
import time
from pathlib import Path

import pytest
from tests.docs.documents import code, read, sections, table
from tests.support.certificates import put
from tests.support.server import Server, a_server, fake_engine, free_port

from hoptt.config import Config

pytestmark = pytest.mark.engine


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until_gone(pid: int, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_it_serves_the_page_the_door_and_those_who_watch(server: Server) -> None:
    server.start()
    assert server.told("room", "create", "duan", "--name", "Dự án", "--entry", "open")["name"] == "Dự án"
    assert "<!doctype html>" in server.get(f"{server.url}/duan")[1].lower()
    status, door = server.get(f"{server.url}/api/rooms/duan/door")
    assert (status, json.loads(door)["room"]) == (200, {"slug": "duan", "name": "Dự án"})
    assert server.get(server.watch("/healthz")) == (200, '{"alive": true}')
    assert 'hoptt_build_info{engine="' in server.get(server.watch("/metrics"))[1]
    assert server.get(f"{server.url}/metrics")[0] == 200  # a room's address like any other
    assert "hoptt_meetings" not in server.get(f"{server.url}/metrics")[1]


def test_a_second_start_serves_a_page_within_three_seconds(server: Server) -> None:
    server.start()
    server.stop()
    took = server.start()
    assert min(took, _cpu_s(server.pid)) < 3.0  # on a busy machine its own time counts


def _slowness() -> float:
    """Tell how much slower than an idle machine this one is now: a busy one measures itself, not hoptt."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_F6_a_signal_ends_server_and_engine(server: Server, sign: signal.Signals) -> None:
    server.start()
    engine = server.engine_pid
    assert alive(engine)
    assert server.stop(sign) == 0
    assert until_gone(engine)
    assert not (server.data / "admin.sock").exists()
    assert "Traceback" not in server.output.read_text()


def test_the_engine_that_is_left_is_found_again_and_ended_by_a_command(server: Server) -> None:
    server.start("--leave-engine")
    engine = server.engine_pid
    assert server.stop() == 0
    assert alive(engine)
    server.start("--leave-engine")
    assert server.engine_pid == engine
    assert server.stop() == 0
    assert server.cli("engine", "stop").returncode == 0
    assert until_gone(engine)
    again = server.cli("engine", "stop")
    assert (again.returncode, "no media engine runs" in again.stderr) == (1, True)


def test_F4_after_a_kill_the_next_one_takes_folder_and_engine(server: Server) -> None:
    server.start()
    engine = server.engine_pid
    server.stop(signal.SIGKILL)
    assert alive(engine)
    server.start()
    assert server.engine_pid == engine
    assert server.stop() == 0
    assert until_gone(engine)


def test_a_stopped_engine_is_replaced_while_the_server_runs(server: Server) -> None:
    server.start()
    engine = server.engine_pid
    assert server.cli("engine", "stop").returncode == 0
    assert until_gone(engine)
    end = time.monotonic() + 10
    while (
        server.engine_pid in (0, engine) or server.get(server.watch("/readyz"))[0] != 200
    ) and time.monotonic() < end:
        time.sleep(0.05)
    assert alive(server.engine_pid)
    assert server.get(server.watch("/readyz"))[0] == 200


# ---- what keeps it from starting ---------------------------------------------------------------------


@pytest.mark.parametrize(("section", "key"), [("http", "http.listen"), ("metrics", "metrics.listen")])
def test_a_port_in_use_is_named_with_its_key(server: Server, section: str, key: str) -> None:
    host, _, port = server.settings[section]["listen"].rpartition(":")
    with socket.create_server((host, int(port))):
        said = server.refused()
    assert said == (
        f"hoptt: {host}:{port} is in use by another program: stop that, or choose another address with {key}\n"
    )


def test_a_media_port_in_use_is_named(server: Server) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", server.settings["rtc"]["port"]))
        said = server.refused()
    assert f"UDP port {server.settings['rtc']['port']} is in use" in said
    assert "Traceback" not in said


def test_a_second_server_on_the_same_folder_is_refused(server: Server, tmp_path: Path) -> None:
    server.start()
    (tmp_path / "other").mkdir()
    with a_server(tmp_path / "other", {"data": {"dir": str(server.data)}}) as other:
        said = other.refused()
    assert said == (
        f"hoptt: the data folder {server.data} is in use by another hoptt (pid {server.pid}): stop that one, "
        "or choose another data.dir\n"
    )
    assert server.get(server.watch("/readyz"))[0] == 200


def test_a_data_folder_that_others_can_reach_is_refused(server: Server) -> None:
    server.data.mkdir(mode=0o755)
    server.data.chmod(0o755)
    assert server.refused() == (
        f"hoptt: the data folder {server.data} can be reached by others: run `chmod 700 {server.data}`\n"
    )
    assert list(server.data.iterdir()) == []


def test_a_data_folder_is_made_for_its_owner_alone(server: Server) -> None:
    server.start()
    assert server.data.stat().st_mode & 0o777 == 0o700
    assert [p.name for p in server.data.rglob("*") if p.stat().st_mode & 0o077] == []


def test_an_engine_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with a_server(tmp_path, {"rtc": {"binary": str(tmp_path / "gone")}}) as server:
        said = server.refused()
    assert (
        said
        == f"hoptt: the media engine hoptt-media is not installed (looked for {tmp_path}/gone): run `make engine`\n"
    )


def test_an_engine_that_dies_while_starting_is_told(tmp_path: Path) -> None:
    program = tmp_path / "hoptt-media"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    with a_server(tmp_path, {"rtc": {"binary": str(program)}}) as server:
        said = server.refused()
    assert said.endswith("the media engine ended while it was starting: its own words stand on standard error\n")


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    for name in ("cert", "key"):
        (tmp_path / name).write_text("no certificate\n")
        (tmp_path / name).chmod(0o600)
    http = {"tls_cert": str(tmp_path / "cert"), "tls_key": str(tmp_path / "key")}
    https = {"listen": f"127.0.0.1:{free_port()}"}
    with a_server(tmp_path, {"http": http, "https": https}) as server:
        said = server.refused()
    assert f"hoptt: the certificate {tmp_path}/cert with the key {tmp_path}/key cannot be used" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("file", ["hoptt.db", "log.db"])
def test_F16_a_newer_or_torn_database_is_refused_and_not_touched(server: Server, file: str) -> None:
    server.start()
    server.stop()
    path = server.data / file
    whole = path.read_bytes()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as opened:
        opened.execute(
            "PRAGMA user_version = 99" if file == "log.db" else "UPDATE alembic_version SET version_num = '9'"
        )
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    newer = path.read_bytes()
    assert "was written by a newer hoptt" in server.refused()
    assert path.read_bytes() == newer
    torn = whole[:4096] + os.urandom(len(whole) - 4096)
    path.write_bytes(torn)
    assert "restore it from the last backup" in server.refused()
    assert path.read_bytes() == torn


def test_a_wrong_configuration_ends_it_within_two_seconds(server: Server) -> None:
    server.config.write_text("http:\n  lisen: 127.0.0.1:80\n")
    started, used = time.monotonic(), _children_cpu_s()
    said = server.refused()
    assert min(time.monotonic() - started, _children_cpu_s() - used) < 2.0  # on a busy machine its own time counts
    assert said.startswith(f"hoptt: {server.config}, line 2: there is no key http.lisen. Did you mean http.listen?")


# ---- what it needs -----------------------------------------------------------------------------------


def test_S49_nothing_personal_is_in_logs_and_metrics(tmp_path: Path) -> None:
    with a_server(tmp_path, {"log": {"level": "debug"}, "rtc": {"binary": str(fake_engine(tmp_path))}}) as server:
        server.start()
        server.cli(
            "room", "create", "duan", "--password", "CANARY-pass", "--entry", "password", "--name", "CANARY-room"
        )
        token = server.cli("token", "--room", "duan", "--name", "CANARY Văn An", "--unit", "CANARY-unit").stdout.strip()
        request = f"{server.url}/api/rooms/duan/door?CANARY=query"
        server.get(request)
        metrics = server.get(server.watch("/metrics"))[1]
        server.stop()
        seen = server.output.read_text() + metrics
    assert "CANARY" not in seen
    assert token not in seen
    assert "127.0.0.1:" not in seen.replace(server.settings["http"]["listen"], "").replace(
        server.settings["metrics"]["listen"], ""
    )


def test_S50_no_other_port_is_open(server: Server) -> None:
    server.start()
    ports = {int(server.settings[section]["listen"].rpartition(":")[2]) for section in ("http", "metrics")}
    assert _open_ports(server.pid, "tcp") == {("127.0.0.1", port) for port in ports}
    assert _open_ports(server.pid, "udp") == set()
    for protocol in ("udp", "tcp"):
        assert {port for _, port in _open_ports(server.engine_pid, protocol)} == {server.settings["rtc"]["port"]}


def test_S50_https_and_unix_sockets_open_what_was_asked_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path, "hop")
    https = free_port()
    settings = {
        "http": {
            "listen": f"unix:{tmp_path}/http.sock",
            "tls_cert": str(tmp_path / "c.pem"),
            "tls_key": str(tmp_path / "k.pem"),
        },
        "https": {"listen": f"127.0.0.1:{https}"},
        "rtc": {"binary": str(fake_engine(tmp_path))},
    }
    with a_server(tmp_path, settings) as server:
        server.start()
        metrics = int(server.settings["metrics"]["listen"].rpartition(":")[2])
        assert _open_ports(server.pid, "tcp") == {("127.0.0.1", https), ("127.0.0.1", metrics)}
        assert _open_ports(server.pid, "udp") == set()
        assert (tmp_path / "http.sock").stat().st_mode & 0o777 == 0o660


def test_S50_the_defaults_are_those_of_the_documents() -> None:
    rows = table(sections(read("operating.md"), level=2)["Ports"])
    config = Config()
    assert {(row[0], code(row[1]), row[2]) for row in rows if row[0] != "–"} == {
        (f"{config.http.listen.port}/tcp", "http.listen", config.http.listen.host),
        (f"{config.metrics.listen.port}/tcp", "metrics.listen", config.metrics.listen.host),
        (f"{config.rtc.port}/udp", "rtc.port", "every address"),
        (f"{config.rtc.port}/tcp", "rtc.port", "every address"),
    }
    assert config.https.listen is None


def _open_ports(pid: int, protocol: str) -> set[tuple[str, int]]:
    """Give what a process listens at, by the kernel's tables."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(os.readlink(descriptor))
    found = set()
    for family in ("", "6"):
        for line in Path(f"/proc/{pid}/net/{protocol}{family}").read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in inodes and fields[3] in ("0A", "07"):  # LISTEN, and what UDP has
                address, port = fields[1].split(":")
                host = socket.inet_ntoa(bytes.fromhex(address)[::-1]) if not family else address
                found.add((host, int(port, 16)))
    return found


@pytest.mark.slow
def test_an_idle_server_is_small_and_quiet(server: Server) -> None:
    server.start()
    time.sleep(2)
    before = _cpu_s(server.pid)
    time.sleep(8)
    used = (_cpu_s(server.pid) - before) / 8
    assert _pss_mb(server.pid) < 90
    assert _pss_mb(server.engine_pid) < 30
    assert used < 0.01 * _slowness()


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _pss_mb(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("\nPss:")[2].split()[0]) / 1024


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

"""The doctor says of each port whether it is free, hoptt's own, or somebody else's."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from tests.doctor.support import keys
from tests.support.server import free_media_port, free_port

from hoptt.config import Config, load
from hoptt.doctor.ports import holders_of, ports
from hoptt.doctor.server import Server


def configured(**values: str) -> Config:
    own = {
        "HOPTT__HTTP__LISTEN": f"127.0.0.1:{free_port()}",
        "HOPTT__METRICS__LISTEN": f"127.0.0.1:{free_port()}",
        "HOPTT__RTC__PORT": str(free_media_port()),
    }
    return load(None, own | values)


def test_free_ports_are_free_afterwards_too() -> None:
    config = configured()
    assert keys(ports(config, None)) == ["ok port.free"] * 4
    assert keys(ports(config, None)) == ["ok port.free"] * 4


def test_a_port_of_somebody_else_is_named_with_its_program() -> None:
    config = configured()
    with socket.create_server(("127.0.0.1", config.http.listen.port)):
        [http, *_] = ports(config, None)
    assert (http.verdict, http.key) == ("fail", "port.taken")
    assert f"(pid {os.getpid()})" in http.values["holder"]


def test_a_port_that_the_server_holds_is_hoptt_s_own() -> None:
    config = configured()
    with socket.create_server(("127.0.0.1", config.http.listen.port)):
        [http, *_] = ports(config, Server(os.getpid(), None))
    assert (http.verdict, http.key) == ("ok", "port.ours")


def test_the_media_port_may_be_the_engine_s() -> None:
    config = configured()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("0.0.0.0", config.rtc.port))
        assert keys(ports(config, Server(1, os.getpid())))[-2:] == ["ok port.ours", "ok port.free"]
        assert keys(ports(config, None))[-2:] == ["fail port.taken", "ok port.free"]
        assert holders_of("udp", config.rtc.port) == [os.getpid()]


def test_an_address_of_another_machine_is_named() -> None:
    config = configured(
        HOPTT__HTTP__LISTEN=f"192.0.2.200:{free_port()}", HOPTT__HTTP__TRUSTED_PROXIES='["192.0.2.0/24"]'
    )
    assert keys(ports(config, None))[0] == "fail port.not_here"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may listen anywhere")
def test_a_port_below_1024_is_named() -> None:
    assert keys(ports(configured(HOPTT__HTTP__LISTEN="127.0.0.1:81"), None))[0] == "fail port.forbidden"


def test_a_unix_socket_has_no_port(tmp_path: Path) -> None:
    config = configured(HOPTT__HTTP__LISTEN=f"unix:{tmp_path}/http.sock")
    assert [one.values["key"] for one in ports(config, None)] == ["metrics.listen", "rtc.port", "rtc.port"]

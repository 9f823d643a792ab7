"""`hoptt doctor` on an installation, with and without its server."""

from __future__ import annotations

import json
import socket
import string
from pathlib import Path

import pytest
from tests.doctor.support import keys_of
from tests.support.server import Server, a_server, free_port

from hoptt.doctor import relay_words, words
from hoptt.doctor.examine import examine
from hoptt.doctor.reach import told_to_whom
from hoptt.probe.candidates import Candidate


def run(server: Server) -> tuple[int, dict[str, list[str]]]:
    """Give the exit code and the keys by verdict."""
    done = server.cli("doctor", "--json")
    told = json.loads(done.stdout)
    assert told["ok"] is (done.returncode == 0)
    found: dict[str, list[str]] = {"ok": [], "warn": [], "fail": []}
    for one in told["findings"]:
        found[one["verdict"]].append(one["key"])
    return done.returncode, found


@pytest.mark.engine
def test_an_installation_that_serves_is_well(tmp_path: Path) -> None:
    with a_server(tmp_path) as server:
        server.start()
        code, found = run(server)
    assert (code, found["fail"]) == (0, [])
    expected = {"server.runs", "port.ours", "http.served", "websocket.open", "media.path", "outside.unseen"}
    assert expected <= set(found["ok"])
    assert "media.loopback" in found["warn"]


@pytest.mark.engine
def test_an_address_of_the_page_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    settings = {"http": {"listen": f"127.0.0.1:{free_port()}", "origins": [f"http://127.0.0.1:{free_port()}"]}}
    with a_server(tmp_path, settings) as server:
        server.start()
        code, found = run(server)
    assert (code, "tcp.none" in found["warn"]) == (0, True)
    assert "media.path" in found["ok"]


def test_an_installation_that_does_not_serve_yet_is_looked_over_too(tmp_path: Path) -> None:
    with a_server(tmp_path) as server:
        code, found = run(server)
        assert not server.data.exists()
    assert (code, found["fail"]) == (0, [])
    assert {"data.to_be", "server.down", "port.free", "media.not_tried"} <= set(found["ok"])


def test_a_port_that_is_taken_makes_the_exit_code_one(tmp_path: Path) -> None:
    with (
        a_server(tmp_path) as server,
        socket.create_server(("127.0.0.1", int(server.settings["http"]["listen"].rpartition(":")[2]))),
    ):
        code, found = run(server)
    assert (code, found["fail"]) == (1, ["port.taken"])


async def test_F37_a_configuration_that_is_wrong_is_all_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "h.yaml").write_text("rtc: {prot: 1}\n")
    assert await keys_of(examine(tmp_path / "h.yaml")) == ["fail config.wrong"]


@pytest.mark.parametrize(
    ("addresses", "key"),
    [
        (["127.0.0.1"], "media.loopback"),
        (["10.0.0.5", "fd00::5"], "media.private"),
        (["10.0.0.5", "8.8.8.8"], None),
        ([], None),
    ],
)
def test_addresses_that_only_few_reach_are_told(addresses: list[str], key: str | None) -> None:
    found = told_to_whom([Candidate("udp", one, 7882) for one in addresses], 7882)
    assert (None if found is None else found.key) == key


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


ALL_TEXTS = words.ALL_TEXTS | relay_words.ALL_TEXTS


@pytest.mark.parametrize("name", ALL_TEXTS)
def test_both_languages_say_the_same(name: str) -> None:
    text = ALL_TEXTS[name]
    assert _names(text.en) == _names(text.vi)
    assert _names(text.en_do) == _names(text.vi_do)
    assert bool(text.en_do) == bool(text.vi_do)

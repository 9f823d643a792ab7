"""A configuration says where it is wrong, and nothing that is wrong gets past it (F37)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.docs.documents import ROOT

from hoptt.config import Config, Listen, described, load
from hoptt.errors import ErrorCode, HopttError
from hoptt.meeting.settings import NameRule, Rules
from hoptt.meeting.timers import Times
from hoptt.meeting.words import AdHoc, EntryRule


def written(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "hoptt.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def refused(file: Path | None, **environment: str) -> list[str]:
    with pytest.raises(HopttError) as refusal:
        load(file, environment)
    assert refusal.value.code is ErrorCode.CONFIG_INVALID
    return refusal.value.message.splitlines()


def test_without_a_file_the_defaults_hold() -> None:
    assert load(None, {}) == Config()


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "http: {listen: '127.0.0.1:1000'}\nrtc: {port: 1001, shards: 2}\n")
    config = load(file, {"HOPTT__HTTP__LISTEN": "[::1]:2000", "HOPTT__RTC__PORT": "2001", "HOME": "/"})
    assert (config.http.listen, config.rtc.port, config.rtc.shards) == (Listen("::1", 2000), 2001, 2)


def test_lists_and_sections_below_sections_come_from_the_environment_too() -> None:
    config = load(
        None,
        {
            "HOPTT__RTC__ANNOUNCE": '["203.0.113.7", "2001:db8::7"]',
            "HOPTT__MEETING__NAME_RULE__MIN_WORDS": "3",
            "HOPTT__MEETING__MUTED_UNTIL_ALLOWED": "false",
        },
    )
    assert [str(a) for a in config.rtc.announce] == ["203.0.113.7", "2001:db8::7"]
    assert config.meeting.name_rule.min_words == 3
    assert config.meeting.muted_until_allowed is False


@pytest.mark.parametrize(
    ("text", "line", "key", "allowed"),
    [
        ("http:\n  lisen: 127.0.0.1:1\n", 2, "http.lisen", "Did you mean http.listen? Allowed here: http.listen"),
        ("\n\nhtp: {}\n", 3, "htp", "Did you mean http?"),
        ("http:\n  listen: 8080\n", 2, "http.listen", "allowed: ADDRESS:PORT"),
        ("http: {listen: 'example.org:80'}\n", 1, "http.listen", "allowed: ADDRESS:PORT"),
        ("http: {listen: '0.0.0.0:65536'}\n", 1, "http.listen", "allowed: ADDRESS:PORT"),
        ("https: {listen: 'unix:/tmp/x'}\n", 1, "https.listen", "allowed: ADDRESS:PORT"),
        ("http: {origins: ['https://a/b']}\n", 1, "http.origins", "without a path"),
        ("http: {origins: '*'}\n", 1, "http.origins", "a list of origins"),
        ("http: {trusted_proxies: [10.0.0.1/8]}\n", 1, "http.trusted_proxies", "a list of addresses or networks"),
        ("rtc: {port: 0}\n", 1, "rtc.port", "a whole number from 1 to 65535"),
        ("rtc: {port: yes}\n", 1, "rtc.port", "a whole number"),
        ("rtc: {port: '7882'}\n", 1, "rtc.port", "a whole number"),
        ("rtc: {announce: [0.0.0.0]}\n", 1, "rtc.announce", "addresses that browsers can reach"),
        ("rtc: 5\n", 1, "rtc", "is a section; allowed below it: port, announce"),
        ("log:\n  level:\n    a: 1\n", 2, "log.level", "one of debug, info, warning, error"),
        ("log: {level: }\n", 1, "log.level", "one of debug"),
        ("meeting: {entry: everybody}\n", 1, "meeting.entry", "one of open, password, lobby, invited"),
        ("meeting:\n  name_rule:\n    require: [name, name]\n", 3, "meeting.name_rule.require", "at most once"),
        (
            "meeting:\n  name_rule: {words: 2}\n",
            2,
            "meeting.name_rule.words",
            "Allowed here: meeting.name_rule.require",
        ),
        ("rtc: {port: 1}\nrtc: {port: 2}\n", 2, "rtc", "is given twice"),
        ("http: {listen: '0.0.0.0:80'}\n", 1, "http.listen", "http.trusted_proxies"),
        ("https: {listen: '0.0.0.0:443'}\n", 1, "https.listen", "set http.tls_cert and http.tls_key"),
        ("http: {tls_cert: /dev/null}\n", 1, "http.tls_cert", "without http.tls_key"),
    ],
)
def test_a_wrong_key_is_refused_with_its_line_and_what_is_allowed(
    tmp_path: Path, text: str, line: int, key: str, allowed: str
) -> None:
    [fault] = refused(written(tmp_path, text))
    assert f"hoptt.yaml, line {line}: " in fault
    assert key in fault
    assert allowed in fault


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, "rtc: {port: a}\nlog: {level: loud}\nxyz: 1\n")
    faults = refused(file, HOPTT__RTC__SHARDS="many", HOPTT__DATA__DRI="/tmp")
    assert [fault.partition(": ")[0].removeprefix(f"{file}, ") for fault in faults] == [
        "environment variable HOPTT__DATA__DRI",
        "line 1",
        "environment variable HOPTT__RTC__SHARDS",
        "line 2",
        "line 3",
    ]
    assert "Did you mean HOPTT__DATA__DIR?" in faults[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "line 1: not UTF-8"),
        (b"http:\n  listen: [\n", "not YAML"),
        (b"http: [::1]:8080\n", "line 1: not YAML"),
        (b"- a\n- b\n", "line 1: sections are expected"),
        (b"a: &a [1]\nb: *a\n", "aliases"),
        (b"[" * 20_000, "not YAML"),
        (b"# x\n" * 3_000_000, "larger than 64 KiB"),
        (b"a: !!python/object:os.system [x]\n", "cannot be read"),
        (b"? [a]\n: 1\n", "a key is a word"),
        (b"rtc: {port: 2026-13-77}\n", "rtc.port"),
    ],
    ids=lambda value: str(value[:12]),
)
def test_what_is_no_configuration_is_refused_within_two_seconds(tmp_path: Path, content: bytes, words: str) -> None:
    file, started = written(tmp_path, content), time.process_time()
    assert words in " ".join(refused(file))
    assert time.process_time() - started < 2.0


def test_a_byte_order_mark_and_an_empty_file_are_no_fault(tmp_path: Path) -> None:
    assert load(written(tmp_path, b"\xef\xbb\xbfrtc: {port: 5000}\n"), {}).rtc.port == 5000
    assert load(written(tmp_path, "# nothing yet\nhttp:\n"), {}) == Config()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone.yaml") == [
        f"the configuration {tmp_path}/gone.yaml cannot be read: No such file or directory"
    ]


def test_S48_a_secret_is_read_from_its_file_and_only_when_others_cannot(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("sqlite:////var/lib/rooms.db\n")
    secret.chmod(0o600)
    file = written(tmp_path, f"database:\n  url_file: {secret}\n")
    assert load(file, {}).database.url == "sqlite:////var/lib/rooms.db"
    secret.chmod(0o604)
    [fault] = refused(file)
    assert "line 2" in fault
    assert "others can read it" in fault


TURN = "rtc:\n  turn:\n    urls: [turns:turn.example.gov.vn:443]\n"


def test_S48_the_secret_of_the_relays_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s" * 32 + "\n")
    (tmp_path / "secret").chmod(0o600)
    turn = load(written(tmp_path, f"{TURN}    secret_file: {tmp_path}/secret\n"), {}).rtc.turn
    assert (turn.urls, turn.secret, turn.lifetime_s) == (("turns:turn.example.gov.vn:443",), "s" * 32, 300)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (TURN, 3, "rtc.turn.urls is set without a secret; set rtc.turn.secret_file"),
        (f"rtc:\n  turn:\n    secret: {'s' * 32}\n", 3, "rtc.turn.secret is set without rtc.turn.urls"),
        (f"{TURN}    secret: short\n", 4, "rtc.turn.secret is wrong; allowed: 32 to 256 letters"),
        (f"{TURN}    secret_file: /none\n", 4, "rtc.turn.secret_file /none cannot be used: No such file"),
        ("rtc:\n  turn:\n    urls: ['turns:turn.example:443?transport=udp']\n", 3, "allowed: a list of TURN addresses"),
        ("rtc:\n  turn:\n    urls: ['stun:turn.example']\n", 3, "allowed: a list of TURN addresses"),
        ("rtc:\n  turn:\n    url: ['turn:turn.example']\n", 3, "Did you mean rtc.turn.urls?"),
        ("rtc:\n  turn:\n    lifetime_s: 5\n", 3, "rtc.turn.lifetime_s is 5; allowed: a whole number from 30"),
        ("rtc:\n  gather:\n    wait_ms: 21\n", 3, "rtc.gather.wait_ms is 21; allowed: a whole number from 0 to 20"),
        ("rtc:\n  dscp:\n    audio: 64\n", 3, "rtc.dscp.audio is 64; allowed: a whole number from 0 to 63"),
    ],
)
def test_a_wrong_relay_or_mark_is_told_with_its_line_and_key(tmp_path: Path, text: str, line: int, told: str) -> None:
    [fault] = refused(written(tmp_path, text))
    assert f"line {line}" in fault
    assert told in fault


def test_S48_a_wrong_database_address_is_not_shown(tmp_path: Path) -> None:
    [fault] = refused(written(tmp_path, "database: {url: 'postgresql://hoptt:mật-khẩu@db/x'}\n"))
    assert "mật-khẩu" not in fault
    assert "allowed: sqlite:///PATH" in fault


def test_S48_a_private_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("")
    (tmp_path / "k.pem").write_text("")
    (tmp_path / "k.pem").chmod(0o644)
    text = f"http: {{tls_cert: {tmp_path}/c.pem, tls_key: {tmp_path}/k.pem}}\n"
    [fault] = refused(written(tmp_path, text))
    assert "http.tls_key" in fault
    assert "others can read it" in fault


def test_the_defaults_are_those_of_the_rules() -> None:
    meeting, rules, times = Config().meeting, Rules(), Times()
    assert (meeting.entry, meeting.ad_hoc) == (rules.entry, AdHoc.CHAIR)
    assert (meeting.muted_until_allowed, meeting.capacity, meeting.lobby_capacity, meeting.doors_before_s) == (
        rules.muted_until_allowed,
        rules.capacity,
        rules.lobby_capacity,
        rules.doors_before_s,
    )
    assert [meeting.seat_s, meeting.chair_seat_s, meeting.lobby_place_s, meeting.empty_s] == [
        t.total_seconds() for t in (times.seat, times.chair_seat, times.lobby_place, times.empty)
    ]
    assert [meeting.again_s, meeting.ad_hoc_ban_s] == [t.total_seconds() for t in (times.again, times.ad_hoc_ban)]
    rule = meeting.name_rule
    assert NameRule(rule.require, rule.min_words, rule.max_length, rule.scripts, rule.abbreviations == "allow") == (
        NameRule()
    )


def test_the_words_of_the_configuration_are_those_of_the_rules() -> None:
    allowed = {key.name: key.allowed for key in described()}
    assert allowed["meeting.entry"] == "one of " + ", ".join(EntryRule)
    assert allowed["meeting.ad_hoc"] == "one of " + ", ".join(AdHoc)


def test_the_example_in_deploy_is_right() -> None:
    load(ROOT / "deploy/config.yaml", {})

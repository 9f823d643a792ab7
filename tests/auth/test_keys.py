"""Keys: made at the first start, kept from others, refused when weak (S48)."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from hoptt.auth import keys
from hoptt.auth.keys import OWN_KEY, create_api_key, delete_api_key, open_keys, secret
from hoptt.errors import ErrorCode, HopttError


def test_keys_are_made_at_the_first_start_and_found_at_the_next(tmp_path: Path) -> None:
    first, again = open_keys(tmp_path / "keys"), open_keys(tmp_path / "keys")
    assert (first.log, first.resume, first.browser, first.own) == (again.log, again.resume, again.browser, again.own)
    assert len({first.log, first.resume, first.browser, first.own}) == 4


def test_S48_keys_can_be_read_by_the_server_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    os.umask(0)
    try:
        open_keys(folder)
    finally:
        os.umask(0o022)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert sorted(path.name for path in folder.iterdir()) == [
        "accounts.key",
        "api-hoptt.key",
        "browser.key",
        "log.key",
        "resume.key",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "0 bytes"),
        ("x9Kq" * 7 + "abc", "31 bytes"),
        ("a" * 64, "not random"),
        ("changeme" * 8, "not random"),
        ("k" * 5_000, "bytes"),
    ],
)
def test_S48_a_short_or_weak_key_keeps_the_server_from_starting(tmp_path: Path, text: str, says: str) -> None:
    folder = tmp_path / "keys"
    open_keys(folder)
    (folder / "resume.key").write_text(text)
    with pytest.raises(HopttError, match=says) as refusal:
        open_keys(folder)
    assert refusal.value.code is ErrorCode.CONFIG_INVALID
    assert text == "" or text not in refusal.value.message
    assert (folder / "resume.key").read_text() == text, "nothing is overwritten"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_S48_a_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "one.key"
    secret(path)
    path.chmod(mode)
    with pytest.raises(HopttError, match="chmod 600"):
        secret(path)


def test_S48_a_folder_that_others_can_reach_is_refused(tmp_path: Path) -> None:
    open_keys(tmp_path / "keys")
    (tmp_path / "keys").chmod(0o755)
    with pytest.raises(HopttError, match="chmod 700"):
        open_keys(tmp_path / "keys")


def test_S49_a_key_is_not_printed(tmp_path: Path) -> None:
    made = open_keys(tmp_path / "keys")
    assert made.resume.decode() not in repr(made)
    assert made.own.decode() not in repr(made)
    new = create_api_key(tmp_path / "keys")
    assert new.secret not in repr(new)


def test_a_further_key_is_found_while_the_server_runs(tmp_path: Path) -> None:
    there = open_keys(tmp_path / "keys")
    new = create_api_key(tmp_path / "keys", "calendar")
    assert there.api_key("calendar") == new.secret.encode()
    assert there.api_ids() == ["calendar", OWN_KEY]


def test_an_unknown_key_does_not_read_the_folder_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = open_keys(tmp_path / "keys")
    there.api_key(OWN_KEY)
    monkeypatch.setattr(keys, "_api_paths", lambda _: pytest.fail("read again"))
    assert [there.api_key("nobody") for _ in range(3)] == [None] * 3


def test_S48_a_key_whose_file_is_gone_opens_nothing_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "keys"
    there = open_keys(folder)
    create_api_key(folder, "calendar")
    assert there.api_key("calendar")
    delete_api_key(folder, "calendar")  # within the same tick of the file system's clock, for all anybody knows
    seconds = time.monotonic() + keys.LOOK_EVERY_S
    monkeypatch.setattr(time, "monotonic", lambda: seconds)
    assert there.api_key("calendar") is None
    assert there.own


def test_the_folder_is_looked_at_once_a_second_however_many_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = open_keys(tmp_path / "keys")
    there.api_key(OWN_KEY)
    monkeypatch.setattr(keys, "_changed_at", lambda _: pytest.fail("looked again"))
    assert all(there.api_key(OWN_KEY) for _ in range(1_000))


def test_a_file_that_is_no_key_opens_nothing_and_stops_no_other_key(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    there = open_keys(folder)
    (folder / "api-broken.key").write_text("short")
    new = create_api_key(folder, "calendar")
    assert there.api_key("broken") is None
    assert there.api_key("calendar") == new.secret.encode()


def test_a_folder_that_is_away_for_a_moment_forgets_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "keys"
    there = open_keys(folder)
    there.api_key(OWN_KEY)
    create_api_key(folder, "calendar")
    assert there.api_key("calendar")
    folder.rename(tmp_path / "elsewhere")
    seconds = time.monotonic() + keys.LOOK_EVERY_S
    monkeypatch.setattr(time, "monotonic", lambda: seconds)
    assert there.api_key("calendar")


@pytest.mark.parametrize("key_id", ["../log", "a b", "", "ü", "x" * 65, "calendar", OWN_KEY])
def test_a_key_id_that_is_none_or_taken_is_refused(tmp_path: Path, key_id: str) -> None:
    folder = tmp_path / "keys"
    open_keys(folder)
    create_api_key(folder, "calendar")
    before = sorted(path.name for path in folder.iterdir())
    if key_id:
        with pytest.raises(HopttError):
            create_api_key(folder, key_id)
        assert sorted(path.name for path in folder.iterdir()) == before
    if key_id != "calendar":
        with pytest.raises(HopttError):
            delete_api_key(folder, key_id)

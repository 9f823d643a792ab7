"""The keys that sign: files below `data.dir/keys` that only the server's user can read (S48).

A key is the text of its file, as JWT libraries take it: at least 32 bytes, made of 256 random bits when hoptt makes it.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from hoptt.errors import ErrorCode, HopttError

MIN_BYTES = 32
MAX_BYTES = 4_096
MIN_DISTINCT = 8
"""Fewer different bytes than this are no random key: `aaaa…`, `changeme…` repeated."""
MAX_API_KEYS = 1_000
OWN_KEY = "hoptt"
"""The API key that signs the links of `hoptt token` and of invitations."""
LOOK_EVERY_S = 1.0
"""So soon a key that was deleted opens nothing any more."""
SETTLED_NS = 2_000_000_000
"""File systems count changes in ticks of milliseconds, some of seconds: within one a second change is not seen."""
AWAY = 0
"""The time of change of a folder that is not there just now: nothing is read, and nothing forgotten."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Keys:
    """All keys of an installation. Made by `open_keys`."""

    folder: Path
    log: bytes = field(repr=False)
    """Chains the log (S51)."""
    resume: bytes = field(repr=False)
    """Signs resume tokens (S27)."""
    browser: bytes = field(repr=False)
    """Makes and checks the pseudonyms of browsers."""
    accounts: bytes = field(repr=False)
    """Encrypts second factors (S30)."""
    _api: dict[str, bytes] = field(default_factory=dict, repr=False)
    _seen: int = 0
    """The folder's time of change when the API keys were read."""
    _settled: bool = False
    """That time had passed long enough before: another change would have another one."""
    _looked: float | None = None

    def api_key(self, key_id: str) -> bytes | None:
        """Give the API key of this id. One that was made while the server runs is found, one that is gone is not.

        The folder is looked at again for an unknown id, and once in `LOOK_EVERY_S` for one that is known.
        """
        now = time.monotonic()
        due = self._looked is None or now - self._looked >= LOOK_EVERY_S
        if due:
            self._looked = now
        if due or key_id not in self._api:
            changed_at = _changed_at(self.folder)
            if changed_at != AWAY and (changed_at != self._seen or (due and not self._settled)):
                self._read_again()
        return self._api.get(key_id)

    @property
    def own(self) -> bytes:
        """The API key that hoptt itself signs with."""
        return self._api[OWN_KEY]

    def api_ids(self) -> list[str]:
        """Give the ids of the API keys."""
        return sorted(self._api)

    def reload(self) -> None:
        """Read the API keys again. Raises HopttError(CONFIG_INVALID) for a file that is no key."""
        self._note_change()
        self._api = {_id_of(path): _read(path) for path in _api_paths(self.folder)}

    def _read_again(self) -> None:
        """Read while serving: a file that is no key opens nothing, and stops none of the others."""
        self._note_change()
        found: dict[str, bytes] = {}
        for path in _api_paths(self.folder):
            try:
                found[_id_of(path)] = _read(path)
            except HopttError as fault:
                log.warning("API key left out", file=path.name, reason=fault.message)
        found.setdefault(OWN_KEY, self._api[OWN_KEY])  # what signs our own links is made anew at the next start
        self._api = found

    def _note_change(self) -> None:
        self._seen = _changed_at(self.folder)
        self._settled = abs(time.time_ns() - self._seen) > SETTLED_NS


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A new API key, to be shown once."""

    id: str
    secret: str = field(repr=False)


def open_keys(folder: Path) -> Keys:
    """Give the keys of this folder (`data.dir/keys`), made when they are not there yet.

    Raises HopttError(CONFIG_INVALID), a sentence for the admin: a key that is short, weak, or readable by others keeps
    the server from starting.
    """
    _make_folder(folder)
    keys = Keys(
        folder,
        log=secret(folder / "log.key"),
        resume=secret(folder / "resume.key"),
        browser=secret(folder / "browser.key"),
        accounts=secret(folder / "accounts.key"),
    )
    secret(_api_path(folder, OWN_KEY))
    keys.reload()
    return keys


def secret(path: Path) -> bytes:
    """Give the key in this file, made when there is none. Raises HopttError(CONFIG_INVALID)."""
    if not path.exists():
        _write(path, secrets.token_urlsafe(32))
    return _read(path)


def create_api_key(folder: Path, key_id: str | None = None) -> ApiKey:
    """Make a further API key (`hoptt key create`). Raises HopttError when the id is taken or is none."""
    _make_folder(folder)
    name = key_id or "key-" + secrets.token_hex(4)
    if not _ID.fullmatch(name):
        raise HopttError(ErrorCode.CONFIG_INVALID, "a key's id has 1 to 64 letters, digits, hyphens and underscores")
    path = _api_path(folder, name)
    if path.exists():
        raise HopttError(ErrorCode.CONFIG_INVALID, f"there is a key {name} already: choose another id")
    if len(list(folder.glob("api-*.key"))) >= MAX_API_KEYS:
        raise HopttError(ErrorCode.CONFIG_INVALID, f"there are {MAX_API_KEYS} keys: delete one that is not used")
    text = secrets.token_urlsafe(32)
    _write(path, text)
    return ApiKey(name, text)


def delete_api_key(folder: Path, key_id: str) -> None:
    """Delete an API key (`hoptt key delete`): tokens signed with it open nothing any more.

    Raises HopttError when there is no such key, or hoptt itself signs with it.
    """
    path = _api_path(folder, key_id)
    if not _ID.fullmatch(key_id) or not path.exists():
        raise HopttError(ErrorCode.CONFIG_INVALID, f"there is no key {key_id}")
    if key_id == OWN_KEY:
        raise HopttError(ErrorCode.CONFIG_INVALID, f"{OWN_KEY} signs the links of `hoptt token`: it stays")
    path.unlink()


# ---- files -----------------------------------------------------------------------------------------


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise _wrong(f"the keys in {folder} can be reached by others: run `chmod 700 {folder}`")


def _write(path: Path, text: str) -> None:
    """Write a new file of mode 0600, whole or not at all: a key that is half there would never be found again."""
    half = path.with_suffix(f".{secrets.token_hex(4)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(half, path)  # refuses to replace a key that somebody else has just made
    except FileExistsError:
        pass
    finally:
        half.unlink()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            text = file.read(MAX_BYTES + 1)
    except OSError as fault:
        raise _wrong(f"the key {path} cannot be read: {fault.strerror}") from fault
    if not stat.S_ISREG(status.st_mode):
        raise _wrong(f"the key {path} is not a file")
    if status.st_mode & 0o077:
        raise _wrong(f"the key {path} can be read by others: run `chmod 600 {path}`")
    key = text.strip()
    if not MIN_BYTES <= len(key) <= MAX_BYTES:
        raise _wrong(
            f"the key {path} has {len(key)} bytes and needs {MIN_BYTES} at least: restore it from a backup, or delete "
            "the file to have a new one made (what the old one signed is then worth nothing)"
        )
    if len(set(key)) < MIN_DISTINCT:
        raise _wrong(f"the key {path} is not random: delete the file to have a new one made")
    return key


def _api_paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("api-*.key"))[:MAX_API_KEYS]


def _id_of(path: Path) -> str:
    return path.stem.removeprefix("api-")


def _api_path(folder: Path, key_id: str) -> Path:
    return folder / f"api-{key_id}.key"


def _changed_at(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return AWAY


def _wrong(sentence: str) -> HopttError:
    return HopttError(ErrorCode.CONFIG_INVALID, sentence)


_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

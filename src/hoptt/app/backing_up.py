"""A backup of an installation, also of one that serves, and its restoring into an empty data folder (F43)."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import msgspec

from hoptt.app.data_dir import DataDir, data_dir, locked
from hoptt.auth.keys import open_keys
from hoptt.config import Config
from hoptt.errors import ErrorCode, HopttError
from hoptt.store.backup import copy, sync
from hoptt.store.log_verify import Report, verify
from hoptt.store.schema import revision_of, sqlite_path

ROOMS, LOG, LIST = "hoptt.db", "log.db", "backup.json"
MAX_KEY_BYTES = 64 * 1024
Done = Callable[[str, float], None]
"""Hears which file is worked on, and the share that is done."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself: `backup.json`."""

    hoptt: str
    made_at: datetime
    files: dict[str, str]
    """SHA-256 of each file, by its name."""


def back_up(config: Config, target: Path, keys: Path | None, done: Done) -> Made:
    """Copy both databases into a new folder, and the keys into another one.

    The log is copied after the rooms, so that no meeting is in the log whose room is missing. Raises HopttError.
    """
    folder = data_dir(config)
    sources = {ROOMS: sqlite_path(folder.database_url(config)), LOG: folder.log}
    for source in sources.values():
        if not source.exists():
            raise _wrong(f"there is no {source}: nothing was ever kept here; is this the right --config?")
    _new_folder(target)
    if keys is not None:
        if keys.absolute() == target.absolute():
            raise _wrong("keep the keys apart from the databases: with both anybody could write a log that verifies")
        _new_folder(keys)
        _copy_keys(folder.keys, keys)
    for name, source in sources.items():
        copy(source, target / name, partial(done, name))
    made = Made(
        hoptt=version("hoptt"), made_at=datetime.now(UTC), files={name: _digest(target / name) for name in sources}
    )
    _write(target / LIST, msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n")
    return made


def restore(config: Config, source: Path, keys: Path | None, done: Done) -> Report | None:
    """Lay a backup into an empty data folder, and give what verifying its log says; None without the log's key.

    Everything is looked at before anything is written: a backup that is torn, changed, or of a newer hoptt is refused.
    Raises HopttError.
    """
    made = read_list(source)
    for name, digest in made.files.items():
        if _digest(source / name) != digest:
            raise _wrong(f"{source / name} is not what {LIST} says: the backup is torn or was changed; take another")
    if revision_of(source / ROOMS) is None:
        raise _wrong(f"{source / ROOMS} is empty: take another backup")
    folder = data_dir(config)
    rooms = sqlite_path(folder.database_url(config))
    with locked(folder):
        taken = [path for path in (rooms, folder.log, *_besides(rooms), *_besides(folder.log)) if path.exists()]
        if keys is not None and folder.keys.exists():
            taken.append(folder.keys)
        if taken:
            raise _wrong(f"{taken[0]} is there already: restore into an empty data.dir, and move the old one away")
        if keys is not None:
            folder.keys.mkdir(mode=0o700)
            _copy_keys(keys, folder.keys)
        for name, target in ((ROOMS, rooms), (LOG, folder.log)):
            copy(source / name, target, partial(done, name))
        return _verified(folder, keys)


def read_list(source: Path) -> Made:
    """Read what a backup says of itself. Raises HopttError."""
    try:
        made = msgspec.json.decode((source / LIST).read_bytes(), type=Made)
    except OSError as fault:
        raise _wrong(f"{source} is no backup: {LIST} cannot be read ({fault.strerror})") from fault
    except msgspec.DecodeError as fault:
        raise _wrong(f"{source / LIST} is no list of a backup ({fault})") from fault
    if set(made.files) != {ROOMS, LOG}:
        raise _wrong(f"{source / LIST} does not name {ROOMS} and {LOG}: it is not of this version")
    return made


def _verified(folder: DataDir, keys: Path | None) -> Report | None:
    return None if keys is None else verify(folder.log, open_keys(folder.keys).log)


def _besides(file: Path) -> list[Path]:
    return [file.with_name(file.name + end) for end in ("-wal", "-shm")]


def _new_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        full = any(path.iterdir())
    except OSError as fault:
        raise _wrong(f"the folder {path} cannot be made ({fault.strerror}): choose another") from fault
    if full:
        raise _wrong(f"the folder {path} is not empty: each backup has one of its own")


def _copy_keys(source: Path, target: Path) -> None:
    """Copy each key with the mode that it has to have (S48)."""
    try:
        for key in sorted(source.iterdir()):
            if stat.S_ISREG(key.lstat().st_mode) and key.stat().st_size <= MAX_KEY_BYTES:
                _write(target / key.name, key.read_bytes())
    except OSError as fault:
        raise _wrong(f"the keys of {source} cannot be copied to {target} ({fault.strerror})") from fault


def _write(file: Path, content: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
    sync(file)


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as fault:
        raise _wrong(f"{file} cannot be read ({fault.strerror}): the backup is not whole") from fault


def _wrong(sentence: str) -> HopttError:
    return HopttError(ErrorCode.CONFIG_INVALID, sentence)

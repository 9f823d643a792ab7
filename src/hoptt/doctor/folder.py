"""The data folder, the secrets in it and elsewhere, and the disk below. Nothing is made there that stays."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import stat
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from hoptt.config import Config
from hoptt.doctor import words
from hoptt.doctor.making import fail, ok, warn
from hoptt.probe.findings import Finding

FULL_BYTES, LITTLE_BYTES = 100 * 1024**2, 1024**3
"""With less acts are soon refused; with less somebody should look."""
SLOW_MS = 50.0
SYNCS = 9
PAGE_BYTES = 4_096
OWN_ALONE, OWN_GROUP = 0o077, 0o007


def data_folder(config: Config) -> Iterator[Finding]:
    """Look at `data.dir` as the server does at its start."""
    root = config.data.dir.absolute()
    try:
        status = root.stat()
    except OSError:
        above = nearest(root)
        if os.access(above, os.W_OK | os.X_OK):
            yield ok("data", "data.to_be", words.DATA_TO_BE, root=str(root))
        else:
            yield fail("data", "data.not_made", words.DATA_NOT_MADE, root=str(root), above=str(above))
        return
    if status.st_uid != os.geteuid():
        values = {"root": str(root), "owner": _name(status.st_uid), "me": _name(os.geteuid())}
        yield (warn if os.geteuid() == 0 else fail)("data", "data.of_another", words.DATA_OF_ANOTHER, **values)
    if status.st_mode & OWN_ALONE:
        yield fail("data", "data.open", words.DATA_OPEN, root=str(root), mode=_mode(status.st_mode))
    elif status.st_uid == os.geteuid():
        yield ok("data", "data.right", words.DATA_RIGHT, root=str(root))


def secrets(config: Config) -> Iterator[Finding]:
    """Look at who can read keys and files that hold secrets (S48)."""
    folder = config.data.dir.absolute() / "keys"
    found: list[tuple[Path, int, str]] = []
    with contextlib.suppress(OSError):
        found = [(folder, OWN_ALONE, "700"), *((file, OWN_ALONE, "600") for file in sorted(folder.iterdir()))]
    found += [(file, OWN_GROUP, "o=") for file in (config.http.tls_key, config.database.url_file) if file is not None]
    open_ones = [(file, _st_mode(file), wanted) for file, others, wanted in found if _st_mode(file) & others]
    for file, mode, wanted in open_ones:
        yield fail("secrets", "secrets.open", words.SECRET_OPEN, file=str(file), mode=_mode(mode), wanted=wanted)
    if not found:
        yield ok("secrets", "secrets.none", words.SECRETS_NONE)
    elif not open_ones:
        yield ok("secrets", "secrets.right", words.SECRETS_RIGHT, count=sum(file.is_file() for file, _, _ in found))


def disk(config: Config) -> Iterator[Finding]:
    """Measure free space, and how long a commit takes."""
    root = config.data.dir.absolute()
    place = root if root.is_dir() else nearest(root)
    free_bytes = shutil.disk_usage(place).free
    free = in_bytes(free_bytes)
    if free_bytes < FULL_BYTES:
        yield fail("disk", "disk.full", words.DISK_FULL, free=free, root=str(place))
    elif free_bytes < LITTLE_BYTES:
        yield warn("disk", "disk.little", words.DISK_FULL, free=free, root=str(place))
    try:
        took_ms = round(sync_ms(place), 1)
    except OSError:
        yield ok("disk", "disk.not_tried", words.DISK_NOT_TRIED, free=free)
        return
    if took_ms > SLOW_MS:
        yield warn("disk", "disk.slow", words.DISK_SLOW, ms=took_ms)
    elif free_bytes >= LITTLE_BYTES:
        yield ok("disk", "disk.right", words.DISK_RIGHT, free=free, ms=took_ms)


def sync_ms(folder: Path) -> float:
    """Write and sync a page a few times, in a file without a name, and give the median. Raises OSError."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(SYNCS):
            began = time.monotonic()
            file.write(b"\0" * PAGE_BYTES)
            file.flush()
            os.fdatasync(file.fileno())
            took.append((time.monotonic() - began) * 1000)
    return statistics.median(took)


def nearest(path: Path) -> Path:
    """Give the closest folder above that there is."""
    return next(above for above in path.parents if above.is_dir())


def in_bytes(count: float) -> str:
    """Give a number of bytes as people read it."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def _st_mode(file: Path) -> int:
    try:
        return file.stat().st_mode
    except OSError:
        return 0  # another finding says that it is not there


def _mode(mode: int) -> str:
    return f"{stat.S_IMODE(mode):04o}"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)

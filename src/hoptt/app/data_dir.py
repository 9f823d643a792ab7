"""The data folder: made, locked, and where everything in it lies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hoptt.config import Config
from hoptt.errors import ErrorCode, HopttError


@dataclass(frozen=True, slots=True)
class DataDir:
    """Paths below `data.dir`; docs/operating.md lists them."""

    root: Path

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def log(self) -> Path:
        return self.root / "log.db"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def admin_socket(self) -> Path:
        return self.root / "admin.sock"

    @property
    def tls(self) -> Path:
        return self.root / "tls"

    def database_url(self, config: Config) -> str:
        """Give the address of the database of rooms."""
        return config.database.url or f"sqlite:///{self.root / 'hoptt.db'}"


def data_dir(config: Config) -> DataDir:
    """Give the data folder, made where there is none. Raises HopttError(CONFIG_INVALID)."""
    root = config.data.dir.absolute()
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = root.stat()
    except OSError as fault:
        raise _wrong(f"the data folder {root} cannot be made: {fault.strerror}; choose another data.dir") from fault
    if status.st_uid != os.geteuid():
        raise _wrong(f"the data folder {root} belongs to another user (uid {status.st_uid}): run hoptt as that user")
    if status.st_mode & 0o077:
        raise _wrong(f"the data folder {root} can be reached by others: run `chmod 700 {root}`")
    if not os.access(root, os.W_OK | os.X_OK):
        raise _wrong(f"the data folder {root} cannot be written: run `chmod u+rwx {root}`")
    return DataDir(root)


@contextlib.contextmanager
def locked(folder: DataDir) -> Iterator[None]:
    """Hold the data folder: one server, or one command, at a time. What is written meanwhile is its owner's alone.

    Raises HopttError(CONFIG_INVALID).
    """
    mask = os.umask(0o077)
    handle = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "?"
            raise _wrong(
                f"the data folder {folder.root} is in use by another hoptt (pid {holder}): stop that one, "
                "or choose another data.dir"
            ) from taken
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.umask(mask)
        os.close(handle)  # and with it the lock, also when the process is killed


def _wrong(sentence: str) -> HopttError:
    return HopttError(ErrorCode.CONFIG_INVALID, sentence)

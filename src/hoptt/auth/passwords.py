"""Passwords as argon2id hashes, a bounded number of them at a time (S31).

19 MiB, two passes, one lane: about 34 ms of a core. Hashing runs in threads of low priority, so that neither the loop
nor the media engine waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import Type

from hoptt.errors import ErrorCode, HopttError

MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
MAX_WAITING = 50
MAX_CHARACTERS = 1_024
NICE = 10
WAIT_MS = 2_000
"""What somebody is told who meets a full queue: fifty hashes are done by then."""

Answer = TypeVar("Answer")


async def hash_password(text: str) -> str:
    """Give the hash to keep for a password. Raises HopttError(PASSWORD_WAIT) when too many are waiting."""
    return await _shared().hash(text)


class Passwords:
    """Hashes and checks. One instance is one bound; `close` ends its threads."""

    def __init__(self, hasher: PasswordHasher | None = None, *, at_once: int | None = None) -> None:
        self.refused = 0
        """How many met a full queue: for the metrics."""
        self._hasher = hasher or PasswordHasher(PASSES, MEMORY_KIB, LANES, type=Type.ID)
        self._at_once = at_once or max(1, (os.cpu_count() or 1) // 2)
        self._threads = ThreadPoolExecutor(self._at_once, "password", initializer=_be_patient)
        self._in_hand = 0
        self._lock = threading.Lock()

    async def hash(self, text: str) -> str:
        """Give the hash to keep. Raises HopttError(PASSWORD_WAIT, CONFIG_INVALID)."""
        if not text or len(text) > MAX_CHARACTERS:
            raise HopttError(ErrorCode.CONFIG_INVALID, f"a password has 1 to {MAX_CHARACTERS} characters")
        return await self._run(lambda: self._hasher.hash(_bytes(text)))

    async def verify(self, text: str, kept: str) -> bool:
        """Tell whether a password is the one that was hashed. Raises HopttError(PASSWORD_WAIT)."""
        if not text or len(text) > MAX_CHARACTERS:
            return False
        return await self._run(lambda: self._is(text, kept))

    def close(self) -> None:
        """Finish what is being hashed and end the threads."""
        self._threads.shutdown(cancel_futures=True)

    def _is(self, text: str, kept: str) -> bool:
        try:
            return self._hasher.verify(kept, _bytes(text))
        except VerifyMismatchError:
            return False
        except (VerificationError, InvalidHashError) as fault:
            raise HopttError(ErrorCode.INTERNAL, "the password that is kept cannot be read") from fault

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if self._in_hand >= self._at_once + MAX_WAITING:
            self.refused += 1
            raise HopttError(ErrorCode.PASSWORD_WAIT, "too many passwords at once", details={"wait_ms": WAIT_MS})
        with self._lock:
            self._in_hand += 1
        # counted until the thread is through with it: who went away meanwhile has not made room
        job = self._threads.submit(work)
        job.add_done_callback(self._done)
        return await asyncio.wrap_future(job)

    def _done(self, _: object) -> None:
        with self._lock:
            self._in_hand -= 1


def _bytes(text: str) -> bytes:
    """The same password typed on another keyboard is the same: NFC. A lone surrogate is kept apart from `?`."""
    return unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")


def _be_patient() -> None:
    """Give way to everything else that wants the core."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


@cache
def _shared() -> Passwords:
    return Passwords()

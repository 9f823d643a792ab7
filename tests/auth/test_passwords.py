"""Passwords: argon2id as S31 wants it, a bounded number at a time, and only the same text passes."""

from __future__ import annotations

import asyncio
import threading
import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from hypothesis import given, settings
from hypothesis import strategies as st

from hoptt.auth import passwords
from hoptt.auth.passwords import MAX_WAITING, Passwords, hash_password
from hoptt.errors import ErrorCode, HopttError

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_S31_a_password_is_kept_as_argon2id_with_19_mib_and_two_passes() -> None:
    kept = await hash_password("mùa thu 2026")
    found = extract_parameters(kept)
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (Type.ID, 19 * 1024, 2, 1)
    checking = Passwords()
    assert await checking.verify("mùa thu 2026", kept)
    assert not await checking.verify("mùa thu 2027", kept)
    checking.close()


async def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    checking = Passwords(QUICK)
    kept = await checking.hash(unicodedata.normalize("NFD", "Mùa thu Hà Nội"))
    assert await checking.verify(unicodedata.normalize("NFC", "Mùa thu Hà Nội"), kept)
    checking.close()


async def test_an_empty_or_endless_password_is_none() -> None:
    checking = Passwords(QUICK)
    kept = await checking.hash("x" * 1_024)
    for text in ("", "x" * 1_025):
        with pytest.raises(HopttError):
            await checking.hash(text)
        assert not await checking.verify(text, kept)
    checking.close()


async def test_a_kept_password_that_is_none_is_a_fault_and_not_a_wrong_password() -> None:
    checking = Passwords(QUICK)
    with pytest.raises(HopttError) as fault:
        await checking.verify("anything", "plain text")
    assert fault.value.code is ErrorCode.INTERNAL
    checking.close()


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_S31_only_the_same_text_passes(one: str, other: str) -> None:
    """Galène 0.96 took every password for right; `one` beside its own changes is what a guesser tries first."""
    kept = QUICK.hash(passwords._bytes(one))
    checking = Passwords.__new__(Passwords)
    checking._hasher = QUICK
    for text in (other, one + other, one[:-1], one.swapcase(), one + "\0", " " + one, one.strip()):
        same = unicodedata.normalize("NFC", text) == unicodedata.normalize("NFC", one)
        assert checking._is(text, kept) is same


class Slow(PasswordHasher):
    """Hashes when it is let, and notes how many do at once."""

    def __init__(self) -> None:
        super().__init__(1, 8, 1)
        self.let = threading.Event()
        self.now = self.most = 0
        self.lock = threading.Lock()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.let.wait()
        with self.lock:
            self.now -= 1
        return "hash"


async def test_S31_beyond_fifty_waiting_one_is_told_to_come_back() -> None:
    slow = Slow()
    checking = Passwords(slow, at_once=2)
    jobs = [asyncio.ensure_future(checking.hash("x")) for _ in range(500)]
    await asyncio.sleep(0)
    refused = [job for job in jobs if job.done()]
    slow.let.set()
    assert len(refused) == 500 - 2 - MAX_WAITING == checking.refused
    codes = set()
    for job in refused:
        fault = job.exception()
        assert isinstance(fault, HopttError)
        assert fault.details["wait_ms"]
        codes.add(fault.code)
    assert codes == {ErrorCode.PASSWORD_WAIT}
    await asyncio.gather(*(job for job in jobs if job not in refused))
    assert slow.most == 2
    assert await checking.hash("x") == "hash", "there is room again"
    checking.close()


async def test_who_goes_away_while_waiting_makes_room_only_when_the_thread_is_through() -> None:
    slow = Slow()
    checking = Passwords(slow, at_once=1)
    jobs = [asyncio.ensure_future(checking.hash("x")) for _ in range(1 + MAX_WAITING)]
    while not slow.now:
        await asyncio.sleep(0.001)
    jobs[0].cancel()
    await asyncio.sleep(0)
    with pytest.raises(HopttError):
        await checking.hash("x")
    slow.let.set()
    await asyncio.gather(*jobs, return_exceptions=True)
    checking.close()

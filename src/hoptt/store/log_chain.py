"""The chain of the log (S51): each row carries a keyed hash over the one before and itself."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

import msgspec

from hoptt.store.log_codec import Encoded

START = b"\0" * 32
"""What stands before the first row of a chain."""
SALT_BYTES = 16
AUDIT = "audit"
"""The chain that carries the first and last hash of each meeting, so that a missing meeting is noticed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a chain, as it stands in the database."""

    chain: str
    seq: int
    epoch: int
    at_ms: int
    type: str
    v: int
    fact: bytes
    digest: bytes
    """H(salt ‖ personal part); empty when nothing is personal."""
    hash: bytes


@dataclass(frozen=True, slots=True)
class Personal:
    """The erasable part of a row."""

    salt: bytes
    payload: bytes


def link(key: bytes, before: bytes, *, chain: str, seq: int, epoch: int, event: Encoded) -> tuple[Row, Personal | None]:
    """Give the next row of a chain, and its personal part where there is one."""
    personal = Personal(secrets.token_bytes(SALT_BYTES), event.personal) if event.personal else None
    digest = digest_of(personal) if personal is not None else b""
    row = Row(chain, seq, epoch, event.at_ms, event.type, event.v, event.fact, digest, b"")
    return (
        Row(chain, seq, epoch, event.at_ms, event.type, event.v, event.fact, digest, hash_of(key, before, row)),
        personal,
    )


def digest_of(personal: Personal) -> bytes:
    """Give H(salt ‖ payload): says nothing about the payload once the salt is erased."""
    return hashlib.sha256(personal.salt + personal.payload).digest()


def hash_of(key: bytes, before: bytes, row: Row) -> bytes:
    """Give HMAC(key, previous ‖ row): every field but the hash itself counts."""
    fields = [row.chain, row.seq, row.epoch, row.at_ms, row.type, row.v, row.fact, row.digest]
    return hmac.digest(key, before + msgspec.msgpack.encode(fields), "sha256")


def head_mac(key: bytes, chain: str, seq: int, last: bytes) -> bytes:
    """Give the proof that a chain ends here, so that rows cut off at its end are noticed."""
    return hmac.digest(key, msgspec.msgpack.encode(["head", chain, seq, last]), "sha256")

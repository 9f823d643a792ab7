"""The one writer of the log: a thread of its own that commits for all meetings.

It commits what stands in its queue, all of it at once, and never waits for more to come. Whatever cannot be stored is
refused with NOT_STORED, and nothing of it is in the file.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, assert_never

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId
from hoptt.meeting.events import Event, MeetingBegun, MeetingClosed
from hoptt.store import log_chain as chains
from hoptt.store.log_codec import Encoded, encode
from hoptt.store.log_schema import open_log

MAX_WAITING = 10_000
"""Appends in the queue; beyond that they are refused with NOT_STORED."""
MAX_BATCH = 500
IDLE_S = 1.0
"""After so long without work the writer checkpoints."""
WAL_LIMIT_BYTES = 16 * 1024 * 1024
"""Above this size of the write-ahead log it checkpoints even under load."""

CommitSeen = Callable[[float], None]


@dataclass(slots=True)
class _Append:
    chain: str
    after: int
    events: Sequence[Event]
    done: Future[int] = field(default_factory=Future)


@dataclass(slots=True)
class _Erase:
    """Erase what is personal in a chain, naming the rule that demands it."""

    chain: str
    rule: str
    at_ms: int
    done: Future[int] = field(default_factory=Future)


@dataclass(slots=True)
class _Note:
    """A row of the audit chain that belongs to no meeting."""

    row: Encoded
    done: Future[int] = field(default_factory=Future)


_Task: TypeAlias = _Append | _Erase | _Note


@dataclass(frozen=True, slots=True)
class _Head:
    seq: int
    hash: bytes


class LogWriter:
    """Owns the writing connection. All methods may be called from any thread; futures are set by the writer's."""

    def __init__(self, path: Path, key: bytes, commit_seen: CommitSeen) -> None:
        self._path = path
        self._key = key
        self._commit_seen = commit_seen
        self._connection = open_log(path)
        self._queue: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._heads: dict[str, _Head] = {}
        self._dirty = False
        self.epoch = self._claim_epoch()
        self._thread = threading.Thread(target=self._run, name="hoptt-log", daemon=True)
        self._thread.start()

    def append(self, meeting: MeetingId, events: Sequence[Event], *, after: int) -> Future[int]:
        """Store events behind number `after`; the future gives the new last number, or raises HopttError.

        NOT_STORED: disk full or locked, queue full, or another node has taken over (a higher epoch).
        """
        return self._put(_Append(meeting, after, events))

    def erase(self, meeting: MeetingId, *, rule: str, at_ms: int) -> Future[int]:
        """Erase the personal parts of a meeting's log; the future gives how many there were. An audit row says so."""
        return self._put(_Erase(meeting, rule, at_ms))

    def audit(self, row: Encoded) -> Future[int]:
        """Store a row of the audit chain; the future gives its number, or raises HopttError(NOT_STORED)."""
        return self._put(_Note(row))

    def close(self) -> None:
        """Write what is queued, checkpoint, close the file."""
        self._queue.put(None)
        self._thread.join()

    def _put(self, task: _Task) -> Future[int]:
        """Queue a task. It is carried out even if nobody waits for it any more: what happened is to be on record."""
        task.done.set_running_or_notify_cancel()  # from here on it cannot be cancelled, only answered
        if self._queue.qsize() >= MAX_WAITING or not self._thread.is_alive():
            task.done.set_exception(not_stored("too much is waiting to be stored"))
        else:
            self._queue.put(task)
        return task.done

    # ---- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (tasks := self._next()) is not None:
                self._commit(tasks)
                self._checkpoint_if_large()
        finally:
            self._checkpoint()
            self._connection.close()

    def _next(self) -> list[_Task] | None:
        """Wait for work, then take all there is; None when closing."""
        while True:
            try:
                first = self._queue.get(timeout=IDLE_S if self._dirty else None)
                break
            except queue.Empty:
                self._checkpoint()
        tasks: list[_Task] = []
        task: _Task | None = first
        while task is not None:
            tasks.append(task)
            if len(tasks) >= MAX_BATCH:
                return tasks
            try:
                task = self._queue.get_nowait()
            except queue.Empty:
                return tasks
        if tasks:
            self._queue.put(None)  # closing, but first what came before
            return tasks
        return None

    def _commit(self, tasks: list[_Task]) -> None:
        started = time.perf_counter()
        heads = dict(self._heads)
        answers: list[tuple[Future[int], int | HopttError]] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._check_epoch()
            for task in tasks:
                answers.append((task.done, self._do(task, heads)))
            self._connection.execute("COMMIT")
        except (sqlite3.Error, HopttError) as fault:
            self._give_up(tasks, fault)
            return
        except Exception as bug:
            self._give_up(tasks, bug)
            return
        self._heads = heads
        self._dirty = True
        self._commit_seen(time.perf_counter() - started)
        for future, answer in answers:
            if isinstance(answer, HopttError):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _do(self, task: _Task, heads: dict[str, _Head]) -> int | HopttError:
        match task:
            case _Append():
                return self._write(task, heads)
            case _Erase():
                return self._erase(task, heads)
            case _Note():
                return self._audit_row(heads, task.row)
            case _:
                assert_never(task)

    def _give_up(self, tasks: list[_Task], fault: Exception) -> None:
        """Nothing of the batch is in the file; what the file holds is read anew before the next one."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            pass  # the next BEGIN says what is wrong
        self._heads.clear()
        for task in tasks:
            refusal = fault if isinstance(fault, HopttError) else not_stored(str(fault))
            refusal.__cause__ = fault if refusal is not fault else None
            task.done.set_exception(refusal)

    def _write(self, task: _Append, heads: dict[str, _Head]) -> int | HopttError:
        head = heads.get(task.chain) or self._read_head(task.chain)
        if head.seq != task.after:
            return not_stored(f"the log stands at {head.seq}, not at {task.after}")
        for event in task.events:
            head = self._add_row(task.chain, head, encode(event))
            if isinstance(event, (MeetingBegun, MeetingClosed)):
                self._note(event, task.chain, head, heads)
        heads[task.chain] = head
        self._set_head(task.chain, head)
        return head.seq

    def _add_row(self, chain: str, head: _Head, event: Encoded) -> _Head:
        row, personal = chains.link(self._key, head.hash, chain=chain, seq=head.seq + 1, epoch=self.epoch, event=event)
        self._connection.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row.chain, row.seq, row.epoch, row.at_ms, row.type, row.v, row.fact, row.digest, row.hash),
        )
        if personal is not None:
            self._connection.execute(
                "INSERT INTO personal VALUES (?, ?, ?, ?)", (row.chain, row.seq, personal.salt, personal.payload)
            )
        return _Head(row.seq, row.hash)

    def _note(self, event: MeetingBegun | MeetingClosed, chain: str, head: _Head, heads: dict[str, _Head]) -> None:
        """First and last hash of a meeting are rows of the audit chain; the list of meetings is kept beside."""
        at_ms = int(event.at.timestamp() * 1000)
        if isinstance(event, MeetingBegun):
            self._connection.execute(
                "INSERT INTO meetings VALUES (?, ?, ?, ?, NULL, NULL)",
                (chain, event.room, at_ms, event.ad_hoc is not None),
            )
        else:
            self._connection.execute(
                "UPDATE meetings SET closed_ms = ?, cause = ? WHERE meeting = ?", (at_ms, event.cause.value, chain)
            )
        self._audit(heads, event.type, at_ms, f"{chain} {head.seq} {head.hash.hex()}")

    def _erase(self, task: _Erase, heads: dict[str, _Head]) -> int:
        gone = self._connection.execute("DELETE FROM personal WHERE chain = ?", (task.chain,)).rowcount
        self._audit(heads, "erased", task.at_ms, f"{task.chain} {gone} {task.rule}")
        return gone

    def _audit(self, heads: dict[str, _Head], kind: str, at_ms: int, facts: str) -> None:
        self._audit_row(heads, Encoded(kind, 1, at_ms, facts.encode(), b""))

    def _audit_row(self, heads: dict[str, _Head], row: Encoded) -> int:
        head = heads.get(chains.AUDIT) or self._read_head(chains.AUDIT)
        head = self._add_row(chains.AUDIT, head, row)
        heads[chains.AUDIT] = head
        self._set_head(chains.AUDIT, head)
        return head.seq

    def _read_head(self, chain: str) -> _Head:
        found = self._connection.execute(
            "SELECT seq, hash FROM events WHERE chain = ? ORDER BY seq DESC LIMIT 1", (chain,)
        ).fetchone()
        return _Head(*found) if found is not None else _Head(0, chains.START)

    def _set_head(self, chain: str, head: _Head) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO heads VALUES (?, ?, ?)",
            (chain, head.seq, chains.head_mac(self._key, chain, head.seq, head.hash)),
        )

    # ---- epoch -----------------------------------------------------------------------------------

    def _claim_epoch(self) -> int:
        """Take the next epoch: whoever holds an older one can no longer write."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'epoch'")
            [epoch] = self._connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
            self._connection.execute("COMMIT")
        except sqlite3.Error as cause:
            self._connection.close()
            raise HopttError(
                ErrorCode.CONFIG_INVALID,
                f"the event log {self._path} cannot be written ({cause}): is the disk full, or another hoptt running?",
            ) from cause
        return int(epoch)

    def _check_epoch(self) -> None:
        [epoch] = self._connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
        if epoch != self.epoch:
            raise not_stored(f"another control plane holds the log (epoch {epoch}, this one {self.epoch})")

    # ---- checkpoints -----------------------------------------------------------------------------

    def _checkpoint(self) -> None:
        """Move the write-ahead log into the file; readers in the way are no fault, the next time comes."""
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            return
        finally:
            self._dirty = False

    def _checkpoint_if_large(self) -> None:
        wal = self._path.with_name(self._path.name + "-wal")
        try:
            large = wal.stat().st_size > WAL_LIMIT_BYTES
        except OSError:
            return
        if large:
            self._checkpoint()


def not_stored(why: str) -> HopttError:
    """Say that something was not kept."""
    return HopttError(ErrorCode.NOT_STORED, f"could not be stored: {why}")

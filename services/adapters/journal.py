"""The journal: the truth of the embedded home, one SQLite file shared by several processes.

Appending, reading in sequence and the relay's bookkeeping live here; publishing does not.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from uuid import UUID

from services.adapters.factlog import FactLogUnavailableError, LogEntry, Outcome, by_event

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id BLOB NOT NULL,
    partition INTEGER NOT NULL,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    digest BLOB NOT NULL,
    value BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS entries_by_event ON entries (event_id, partition);
CREATE TABLE IF NOT EXISTS published (
    incarnation TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) WITHOUT ROWID;
"""
_INSERT = "INSERT INTO entries (event_id, partition, topic, key, digest, value) VALUES (?, ?, ?, ?, ?, ?)"
_READ = """
SELECT seq, topic, partition, key, event_id, digest, value FROM entries WHERE seq > ? ORDER BY seq LIMIT ?
"""
_MARK = """
INSERT INTO published (incarnation, seq) VALUES (?, ?)
ON CONFLICT (incarnation) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > published.seq
"""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One entry and its place; ``seq`` grows in the order of commits, so no smaller one appears later."""

    seq: int
    entry: LogEntry


class JournalFactLog:
    """A ``FactLog`` on disk, for several processes and threads; what it accepted survives a power cut.

    ``timeout_s`` bounds how long a call waits for another writer. Reading never waits for a writer.
    """

    def __init__(self, path: Path, *, timeout_s: float = 30.0) -> None:
        """Open the journal, creating it (not its folder) when it is not there.

        Raises: FactLogUnavailableError when the file cannot be used.
        """
        self._path = path
        self._timeout_s = timeout_s
        self._append_lock = Lock()
        self._read_lock = Lock()
        with self._failing_kindly():
            self._appending = self._connect("FULL")
            # Bookkeeping needs no fsync: a forgotten mark republishes records, and readers know them by id.
            self._reading = self._connect("NORMAL")
            self._appending.executescript(_SCHEMA)

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        """Store entries in one transaction, on disk when it returns; see ``FactLog.append``.

        The id decides alone: the same id with another content is a conflict in whichever partition it lies.
        Raises: FactLogUnavailableError; nothing is stored then.
        """
        with self._append_lock, self._failing_kindly(), _transaction(self._appending) as journal:
            return [_append_event(journal, group) for group in by_event(entries)]

    def read_from(self, after_seq: int, limit: int) -> list[JournalRow]:
        """Up to ``limit`` rows that follow ``after_seq`` (0 = from the beginning), in sequence.

        Raises: FactLogUnavailableError.
        """
        with self._read_lock, self._failing_kindly():
            return [_row(found) for found in self._reading.execute(_READ, (after_seq, limit)).fetchall()]

    def last_seq(self) -> int:
        """The sequence number of the last row; 0 for an empty journal.

        Raises: FactLogUnavailableError.
        """
        return self._number("SELECT max(seq) FROM entries")

    def counts(self, after_seq: int = 0, up_to_seq: int | None = None) -> dict[tuple[str, int], int]:
        """How many entries each topic and partition holds, of those with ``after_seq`` < seq <= ``up_to_seq``.

        Raises: FactLogUnavailableError.
        """
        query = "SELECT topic, partition, count(*) FROM entries WHERE seq > ? AND seq <= ? GROUP BY topic, partition"
        last = 2**63 - 1 if up_to_seq is None else up_to_seq
        with self._read_lock, self._failing_kindly():
            found = self._reading.execute(query, (after_seq, last)).fetchall()
        return {(str(topic), int(partition)): int(number) for topic, partition, number in found}

    def published_seq(self, incarnation: str) -> int:
        """How far this incarnation of the broker has been filled; 0 for a new one.

        Raises: FactLogUnavailableError.
        """
        return self._number("SELECT seq FROM published WHERE incarnation = ?", incarnation)

    def mark_published(self, incarnation: str, seq: int) -> None:
        """Remember that the broker has everything up to ``seq``; it never goes back.

        Raises: FactLogUnavailableError.
        """
        with self._read_lock, self._failing_kindly():
            self._reading.execute(_MARK, (incarnation, seq))

    def close(self) -> None:
        """Close the file; further calls fail."""
        with self._append_lock, self._read_lock:
            self._appending.close()
            self._reading.close()

    def _number(self, query: str, *values: str) -> int:
        with self._read_lock, self._failing_kindly():
            found = self._reading.execute(query, values).fetchone()
        return int(found[0]) if found is not None and found[0] is not None else 0

    def _connect(self, synchronous: str) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._timeout_s, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        return connection

    @contextmanager
    def _failing_kindly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise FactLogUnavailableError(
                f"journal {self._path}: {error}; check that its folder exists, is writable and has space left"
            ) from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    # IMMEDIATE locks before ids are looked up, so no other process can add the same id in between.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _append_event(journal: sqlite3.Connection, group: Sequence[LogEntry]) -> Outcome:
    event_id = group[0].event_id.bytes
    known = journal.execute("SELECT partition, digest FROM entries WHERE event_id = ?", (event_id,)).fetchall()
    digest = bytes.fromhex(group[0].digest)
    if any(other != digest for _, other in known):
        return Outcome.CONFLICT
    partitions = {partition for partition, _ in known}
    fresh = [entry for entry in group if entry.partition not in partitions]
    for entry in fresh:
        journal.execute(_INSERT, (event_id, entry.partition, entry.topic, entry.key, digest, entry.value))
    return Outcome.ACCEPTED if fresh else Outcome.DUPLICATE


def _row(found: tuple[int, str, int, str, bytes, bytes, bytes]) -> JournalRow:
    seq, topic, partition, key, event_id, digest, value = found
    return JournalRow(seq, LogEntry(topic, partition, key, UUID(bytes=event_id), digest.hex(), value))

"""Fakes of the adapters that tests run services with: a fact log in memory.

They keep the promises of the real ones, held to them by ``tests/conformance``, and refuse what these could not take.
"""

from collections.abc import Sequence
from threading import Lock
from uuid import UUID

from schemas.topics import TOPICS
from services.adapters.factlog import FactLogUnavailableError, LogEntry, Outcome, by_event

MAX_RECORD_BYTES = 2 * 1024 * 1024
"""What the topics of Kafka take."""


class MemoryFactLog:
    """A ``FactLog`` in memory: ``entries`` is all it accepted; ``available`` may be switched off."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        self.available = True
        self._digests: dict[UUID, str] = {}
        self._stored: set[tuple[UUID, int]] = set()
        self._lock = Lock()

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        """See ``FactLog.append``; raises FactLogUnavailableError while not ``available``.

        Raises: ValueError for a record that no Kafka would take: a test that passes with it proves nothing.
        """
        if not self.available:
            raise FactLogUnavailableError("the fact log in memory is switched off")
        for entry in entries:
            _refuse_impossible(entry)
        with self._lock:
            return [self._append_event(group) for group in by_event(entries)]

    def close(self) -> None:
        """Nothing to release; the entries stay readable."""

    def of_topic(self, topic: str) -> list[LogEntry]:
        """The accepted entries of one topic, in order."""
        return [entry for entry in self.entries if entry.topic == topic]

    def _append_event(self, group: Sequence[LogEntry]) -> Outcome:
        first = group[0]
        if self._digests.setdefault(first.event_id, first.digest) != first.digest:
            return Outcome.CONFLICT
        fresh = [entry for entry in group if (entry.event_id, entry.partition) not in self._stored]
        self.entries.extend(fresh)
        self._stored.update((entry.event_id, entry.partition) for entry in fresh)
        return Outcome.ACCEPTED if fresh else Outcome.DUPLICATE


def _refuse_impossible(entry: LogEntry) -> None:
    topic = TOPICS.get(entry.topic)
    if topic is None or not 0 <= entry.partition < topic.partitions:
        raise ValueError(f"{entry.topic}/{entry.partition} is declared nowhere; Kafka would not take the record")
    if len(entry.value) > MAX_RECORD_BYTES:
        raise ValueError(f"a record of {len(entry.value)} bytes; Kafka takes {MAX_RECORD_BYTES}")

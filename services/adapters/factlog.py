"""The port every fact goes through: what a durable log takes and answers.

Implementations are ``journal`` (embedded home), ``kafka`` (production), ``memory`` (tests).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Protocol
from uuid import UUID

import orjson

from schemas.envelope import Event
from schemas.events.registry import event_types
from schemas.topics import partitions_for, topic_of
from services.adapters.codec import encode_with_digest


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One record for one partition. ``value`` is the canonical JSON, ``digest`` the hex content digest."""

    topic: str
    partition: int
    key: str
    event_id: UUID
    digest: str
    value: bytes


class Outcome(StrEnum):
    """What became of one appended event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


class FactLogUnavailableError(Exception):
    """The log did not take the entries in time. They may or may not be stored: append the same again."""


class FactLog(Protocol):
    """A durable, ordered log of facts."""

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        """Store entries in order; durable on return. One outcome per event, in order (see ``by_event``).

        A conflict (same id, other content) stores nothing of that event and leaves the others alone. Appending
        nothing asks whether the log can be written.
        Raises: FactLogUnavailableError.
        """
        ...

    def close(self) -> None:
        """Release connections; what was appended stays."""
        ...


def entries_of(event: Event) -> list[LogEntry]:
    """The records of one event: one, or one per partition for a broadcast family.

    Raises: KeyError for a family no topic declares.
    """
    topic = topic_of(event.data).name
    value, digest = encode_with_digest(event)
    return [
        LogEntry(topic, partition, event.subject, event.id, digest, value)
        for partition in partitions_for(event.data, event.subject)
    ]


def by_event(entries: Sequence[LogEntry]) -> Iterator[list[LogEntry]]:
    """Group consecutive entries into events: a broadcast event is several entries but one event.

    A repeated partition starts a new event, so the same event given twice counts twice.
    """
    group: list[LogEntry] = []
    for entry in entries:
        if group and not _continues(group, entry):
            yield group
            group = []
        group.append(entry)
    if group:
        yield group


def _continues(group: Sequence[LogEntry], entry: LogEntry) -> bool:
    first = group[0]
    same = (entry.event_id, entry.digest) == (first.event_id, first.digest)
    return same and all(entry.partition != seen.partition for seen in group)


def headers_of(entry: LogEntry) -> list[tuple[str, bytes]]:
    """The Kafka headers of a record: ``family`` and ``type``."""
    return list(headers_of_type(orjson.loads(entry.value)["type"]))


@cache
def headers_of_type(event_type: str) -> tuple[tuple[str, bytes], ...]:
    """The Kafka headers of an event type.

    Raises: KeyError for a type that is not registered.
    """
    return (("family", event_types()[event_type].family.encode()), ("type", event_type.encode()))

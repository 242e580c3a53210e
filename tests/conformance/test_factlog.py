"""One suite for every fact log: memory, journal, and Kafka, on the embedded broker and on Apache Kafka.

Where Kafka cannot keep a promise (it does not know ids), the suite says so by ``knows_ids``.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from schemas.envelope import Event
from schemas.topics import FACT_PARTITIONS, FACTS, Topic
from services.adapters.codec import decode, encode
from services.adapters.factlog import FactLog, FactLogUnavailableError, LogEntry, Outcome, entries_of
from services.adapters.journal import JournalFactLog
from services.adapters.kafka import KafkaFactLog, ensure_topics
from services.adapters.memory import MemoryFactLog
from tests.adapters.samples import question, watermark
from tests.conformance.brokers import Broker, read_back

Stored = tuple[int, str, bytes]
"""Partition, key and value of one record."""


@dataclass
class Case:
    """A fact log and a way to read it back: the records of ``esep.facts``, in order within each partition."""

    log: FactLog
    read: Callable[[int], list[Stored]]
    knows_ids: bool


@pytest.fixture
def memory() -> Case:
    log = MemoryFactLog()
    return Case(log, lambda _: [_stored(entry) for entry in log.entries], knows_ids=True)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Case]:
    with closing(JournalFactLog(tmp_path / "journal.sqlite3")) as log:
        yield Case(log, lambda _: [_stored(row.entry) for row in log.read_from(0, 100_000)], knows_ids=True)


@pytest.fixture
def on_embedded(embedded: Broker) -> Iterator[Case]:
    yield from kafka_case(embedded)


@pytest.fixture
def on_apache(apache_kafka: Broker) -> Iterator[Case]:
    yield from kafka_case(apache_kafka)


def kafka_case(broker: Broker) -> Iterator[Case]:
    ensure_topics(broker.bootstrap)

    def read(expected: int) -> list[Stored]:
        records = read_back(broker.bootstrap, FACTS, expected)
        return [(record.partition, record.key.decode(), record.value) for record in records]

    with closing(KafkaFactLog(broker.bootstrap)) as log:
        yield Case(log, read, knows_ids=False)


@pytest.fixture(params=["on_embedded", pytest.param("on_apache", marks=pytest.mark.needs_java)])
def on_kafka(request: pytest.FixtureRequest) -> Case:
    return cast(Case, request.getfixturevalue(request.param))


@pytest.fixture(params=["memory", "journal", "on_embedded", pytest.param("on_apache", marks=pytest.mark.needs_java)])
def case(request: pytest.FixtureRequest) -> Case:
    return cast(Case, request.getfixturevalue(request.param))


def _stored(entry: LogEntry) -> Stored:
    return entry.partition, entry.key, entry.value


def append(log: FactLog, *events: Event) -> list[Outcome]:
    """Append the entries of events, in order."""
    return log.append([entry for event in events for entry in entries_of(event)])


def by_partition(stored: Sequence[Stored], topic: Topic = FACTS) -> list[list[Stored]]:
    """Records grouped by partition, each group in its own order."""
    return [[record for record in stored if record[0] == partition] for partition in range(topic.partitions)]


def test_what_is_appended_is_there_in_order(case: Case) -> None:
    events = [question(number) for number in range(200)]
    assert append(case.log, *events[:150]) == [Outcome.ACCEPTED] * 150
    assert append(case.log, *events[150:]) == [Outcome.ACCEPTED] * 50
    expected = [_stored(entry) for event in events for entry in entries_of(event)]
    assert by_partition(case.read(200)) == by_partition(expected)


def test_bytes_and_key_are_the_events_own(case: Case) -> None:
    event = question(1, title="Сұрақ: ауыз су")
    append(case.log, event)
    [(_, key, value)] = case.read(1)
    assert (key, value) == (event.subject, encode(event))
    assert decode(value) == event


def test_a_broadcast_event_is_one_outcome_and_one_record_per_partition(case: Case) -> None:
    assert append(case.log, question(1), watermark(1), question(2)) == [Outcome.ACCEPTED] * 3
    stored = case.read(2 + FACT_PARTITIONS)
    assert [record[0] for record in sorted(stored) if record[2] == encode(watermark(1))] == list(range(FACT_PARTITIONS))
    assert len(stored) == 2 + FACT_PARTITIONS


def test_appending_nothing_asks_and_stores_nothing(case: Case) -> None:
    assert case.log.append([]) == []
    assert case.read(0) == []


def test_an_event_known_already_is_a_duplicate(case: Case) -> None:
    again = Outcome.DUPLICATE if case.knows_ids else Outcome.ACCEPTED
    assert append(case.log, question(1), watermark(1)) == [Outcome.ACCEPTED] * 2
    assert append(case.log, question(1), watermark(1), question(2)) == [again, again, Outcome.ACCEPTED]
    assert append(case.log, question(3), question(3), watermark(2), watermark(2)) == [
        *(Outcome.ACCEPTED, again),
        *(Outcome.ACCEPTED, again),
    ]
    kept = 3 + 2 * FACT_PARTITIONS
    sent = kept + 2 + 2 * FACT_PARTITIONS
    assert len(case.read(kept if case.knows_ids else sent)) == (kept if case.knows_ids else sent)


def test_an_id_with_other_content_is_a_conflict_and_harms_no_other(case: Case) -> None:
    clash = Outcome.CONFLICT if case.knows_ids else Outcome.ACCEPTED
    other = question(1, title="Another title")
    elsewhere = question(2, id=question(1).id)
    append(case.log, question(1))
    assert append(case.log, other, elsewhere, question(3)) == [clash, clash, Outcome.ACCEPTED]
    values = {value for _, _, value in case.read(2 if case.knows_ids else 4)}
    assert values >= {encode(question(1)), encode(question(3))}
    assert (encode(other) in values, encode(elsewhere) in values) == (not case.knows_ids, not case.knows_ids)


def test_many_writers_keep_each_their_own_order(case: Case) -> None:
    def write(writer: int) -> list[Event]:
        events = [question(1000 * writer + number) for number in range(60)]
        for at in range(0, 60, 20):
            append(case.log, *events[at : at + 20])
        return events

    with ThreadPoolExecutor(4) as writers:
        written = list(writers.map(write, range(1, 5), timeout=60))
    stored = by_partition(case.read(240))
    assert sum(map(len, stored)) == 240
    for events in written:
        own = by_partition([_stored(entry) for event in events for entry in entries_of(event)])
        for partition, expected in enumerate(own):
            assert [record for record in stored[partition] if record in expected] == expected


@pytest.mark.parametrize(
    "change",
    [{"topic": "esep.nowhere"}, {"partition": FACT_PARTITIONS}, {"partition": -1}, {"value": b"x" * 2_200_000}],
    ids=["no such topic", "no such partition", "before the first partition", "too large"],
)
def test_what_kafka_would_not_take_the_fake_refuses(memory: Case, change: dict[str, Any]) -> None:
    [entry] = entries_of(question(1))
    with pytest.raises(ValueError, match="Kafka"):
        memory.log.append([replace(entry, **change)])
    assert memory.read(0) == []


def test_a_record_that_is_too_large_for_kafka_is_not_taken(on_kafka: Case) -> None:
    [entry] = entries_of(question(1))
    with pytest.raises(FactLogUnavailableError):
        on_kafka.log.append([replace(entry, value=b'{"type": "esep.inquiry.filed.v1"}' + b" " * 2_200_000)])
    assert append(on_kafka.log, question(2)) == [Outcome.ACCEPTED]
    assert [value for *_, value in on_kafka.read(1)] == [encode(question(2))]

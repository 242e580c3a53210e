"""Reading the truth back: every accepted message, from the journal at home or from Kafka.

Reading only, from the beginning, without a consumer group; nothing here decides what a message means.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from kafka import KafkaConsumer, TopicPartition

from schemas.topics import Topic
from services.adapters.journal import JournalFactLog

_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the truth and where it stands."""

    topic: str
    partition: int
    position: int
    value: bytes


class TruthUnreadableError(Exception):
    """The log could not be read to its end; the message says what to check."""


def read_journal(path: Path, topics: tuple[Topic, ...]) -> Iterator[Message]:
    """Every message of these topics in the journal, in log order, up to its end as it is on the first read.

    Raises: FactLogUnavailableError.
    """
    wanted = {topic.name for topic in topics}
    journal = JournalFactLog(path)
    try:
        last = journal.last_seq()
        seq = 0
        while seq < last:
            rows = journal.read_from(seq, _PAGE)
            for row in rows:
                if row.entry.topic in wanted and row.seq <= last:
                    yield Message(row.entry.topic, row.entry.partition, row.seq, row.entry.value)
            seq = rows[-1].seq
    finally:
        journal.close()


def read_kafka(bootstrap: str, topics: tuple[Topic, ...], *, timeout_s: float = 120.0) -> Iterator[Message]:
    """Every message of these topics in Kafka, partition by partition, up to the high watermark seen while reading.

    Raises: TruthUnreadableError when a partition's end is not reached within ``timeout_s``.
    """
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        consumer_timeout_ms=1000,
    )
    try:
        for topic in topics:
            for partition in range(topic.partitions):
                yield from _read_partition(consumer, TopicPartition(topic.name, partition), monotonic() + timeout_s)
    finally:
        consumer.close()


def _read_partition(consumer: KafkaConsumer, where: TopicPartition, end: float) -> Iterator[Message]:
    consumer.assign([where])
    consumer.seek_to_beginning(where)
    while monotonic() < end:
        for record in consumer.poll(timeout_ms=500).get(where, []):
            yield Message(where.topic, where.partition, record.offset, record.value)
        # The high watermark of a fetch is right on every broker; a list-offsets answer may not be.
        high = consumer.highwater(where)
        if high is not None and consumer.position(where) >= high:
            return
    raise TruthUnreadableError(
        f"{where.topic}[{where.partition}] was not read to its end in time; check that the broker answers"
    )

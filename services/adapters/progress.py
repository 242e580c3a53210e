"""How far the readers of the log have come: committed offsets against what has been written.

Ends are counted from the journal at home and taken from fetch answers on Kafka; a list-offsets answer is not relied on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, KafkaError, NotCoordinatorError

from schemas.topics import TOPICS, Topic
from services.adapters.journal import JournalFactLog

GROUPS: Mapping[str, str] = {"tracker": "esep-tracker", "sink": "esep-sink"}
"""The consumer group of every service whose progress counts."""

ASK_AGAIN_S = 0.1
_NOT_YET = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)

Place = tuple[str, int]
"""A topic and one of its partitions."""


class ProgressUnknownError(Exception):
    """The broker did not say how far its readers are."""


def committed(bootstrap: str, group: str, *, timeout_s: float = 5.0) -> Mapping[Place, int]:
    """The next offset each partition's reader of ``group`` will read; partitions never committed are absent.

    Raises: ProgressUnknownError.
    """
    timeout_ms = int(timeout_s * 1000)
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap.split(","),
            bootstrap_timeout_ms=timeout_ms,
            request_timeout_ms=timeout_ms,
        )
        with closing(admin):
            found = _offsets_of(admin, group, monotonic() + timeout_s)
    except KafkaError as error:
        raise ProgressUnknownError(f"the broker at {bootstrap} did not answer ({type(error).__name__})") from error
    return {(where.topic, where.partition): offset.offset for where, offset in found.items() if offset.offset >= 0}


def _offsets_of(admin: KafkaAdminClient, group: str, end: float) -> Mapping[TopicPartition, OffsetAndMetadata]:
    # A new Kafka makes the topic of its groups when first asked, a restarted one reads it; both say to ask again.
    while True:
        try:
            found: Mapping[TopicPartition, OffsetAndMetadata] = admin.list_group_offsets({group: None})[group]
        except _NOT_YET:
            if monotonic() > end:
                raise
            sleep(ASK_AGAIN_S)
        else:
            return found


def journal_ends(path: Path) -> Mapping[Place, int]:
    """How many records the journal holds for each topic and partition.

    Raises: FactLogUnavailableError.
    """
    journal = JournalFactLog(path)
    try:
        return journal.counts()
    finally:
        journal.close()


class JournalEnds:
    """How many records a journal holds by topic and partition, asked again and again: each record is counted once."""

    def __init__(self, journal: JournalFactLog) -> None:
        self._journal = journal
        self._seq = 0
        self._ends: Counter[Place] = Counter()

    def now(self) -> Mapping[Place, int]:
        """The ends at this moment.

        Raises: FactLogUnavailableError.
        """
        last = self._journal.last_seq()
        self._ends.update(self._journal.counts(self._seq, last))
        self._seq = last
        return self._ends


def kafka_ends(
    bootstrap: str, topics: Sequence[Topic], start: Mapping[Place, int] | None = None, *, timeout_s: float = 10.0
) -> Mapping[Place, int]:
    """The high watermark of every partition of these topics, from fetch answers.

    Fetching begins at ``start`` where it is known (what a reader has committed), so that little is read.
    Raises: ProgressUnknownError when the broker does not answer for all of them in time.
    """
    places = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
    try:
        with closing(KafkaConsumer(bootstrap_servers=bootstrap.split(","), enable_auto_commit=False)) as consumer:
            consumer.assign(places)
            for where in places:
                consumer.seek(where, (start or {}).get((where.topic, where.partition), 0))
            end = monotonic() + timeout_s
            while monotonic() < end:
                consumer.poll(timeout_ms=200)
                ends = {(where.topic, where.partition): consumer.highwater(where) for where in places}
                if all(known is not None for known in ends.values()):
                    return {place: int(known or 0) for place, known in ends.items()}
    except KafkaError as error:
        raise ProgressUnknownError(f"the broker at {bootstrap} did not answer ({type(error).__name__})") from error
    raise ProgressUnknownError(f"the broker at {bootstrap} did not say where its topics end")


def lag(service: str, ends: Mapping[Place, int], offsets: Mapping[Place, int]) -> Mapping[str, int]:
    """Records not yet read by a service, per topic it consumes and that ``ends`` knows."""
    behind: dict[str, int] = {}
    for (topic, partition), end in ends.items():
        if service in TOPICS[topic].consumers:
            behind[topic] = behind.get(topic, 0) + max(0, end - offsets.get((topic, partition), 0))
    return behind

"""The fact log of production, on Apache Kafka, and the creation of every declared topic.

Writing only: consumers belong to the services that read. Partitions come from the entry, not from the client.
"""

import socket
from collections.abc import Sequence
from contextlib import closing, suppress
from threading import Lock
from time import monotonic, sleep
from types import TracebackType
from typing import Self

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, TopicAlreadyExistsError, for_code
from kafka.producer.future import FutureRecordMetadata

from schemas.topics import TOPICS, Topic
from services.adapters.factlog import FactLogUnavailableError, LogEntry, Outcome, by_event, headers_of

_MAX_RECORD_BYTES = 2 * 1024 * 1024
_BATCH_BYTES = 256 * 1024
CONNECT_TIMEOUT_S = 1.0
CONNECT_AGAIN_S = 0.1


class TopicMismatchError(Exception):
    """A topic exists with other partitions than declared; events of one subject would not stay in order."""


class KafkaFactLog:
    """A ``FactLog`` on Kafka: durable when every in-sync replica has the records (acks=all).

    Kafka cannot see that an id was used before, so every event is ACCEPTED; readers deduplicate by id. Order
    in a partition is the order of ``append`` calls, across the client's retries too (idempotent producer).
    """

    def __init__(self, bootstrap: str, *, timeout_s: float = 30.0) -> None:
        """Connect to the brokers at ``bootstrap`` (host:port, several with commas).

        Raises: FactLogUnavailableError when none answers within ``timeout_s``.
        """
        self._bootstrap = bootstrap
        self._timeout_s = timeout_s
        self._lock = Lock()
        self._producer: KafkaProducer | None = None
        try:
            self._connected()
        except KafkaError as error:
            raise self._unavailable(error) from error

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        """Send entries in order and wait until all are acknowledged; see ``FactLog.append``.

        Raises: FactLogUnavailableError; some of the entries may be stored then.
        """
        deadline = monotonic() + self._timeout_s
        try:
            producer = self._connected()
            sent = [_send(producer, entry) for entry in entries]
            producer.flush(timeout=max(0.0, deadline - monotonic()))
            for delivery in sent:
                delivery.get(timeout=max(0.0, deadline - monotonic()))
        except KafkaError as error:
            self._disconnect()
            raise self._unavailable(error) from error
        return [Outcome.ACCEPTED for _ in by_event(entries)]

    def close(self) -> None:
        """Disconnect; every append that returned is stored."""
        self._disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connected(self) -> KafkaProducer:
        with self._lock:
            if self._producer is None:
                _await_listener(self._bootstrap, self._timeout_s)
                self._producer = _producer(self._bootstrap, int(self._timeout_s * 1000))
            return self._producer

    def _disconnect(self) -> None:
        # An idempotent producer does not recover from a broker that forgot it, so a failed client is dropped.
        # What it still holds expires before ``close`` gives up: it cannot come after the caller's repetition.
        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaTimeoutError):
                producer.close(timeout=self._timeout_s)

    def _unavailable(self, error: KafkaError) -> FactLogUnavailableError:
        return FactLogUnavailableError(
            f"Kafka at {self._bootstrap} did not take the records ({type(error).__name__}); "
            "check that the brokers run and that `esep migrate` has created the topics"
        )


def _await_listener(bootstrap: str, timeout_s: float) -> None:
    # A client that cannot connect leaves sockets and a thread behind, so it is made only when somebody listens.
    end = monotonic() + timeout_s
    while True:
        for address in bootstrap.split(","):
            host, _, port = address.strip().rpartition(":")
            with suppress(OSError):
                socket.create_connection((host, int(port)), timeout=CONNECT_TIMEOUT_S).close()
                return
        if monotonic() >= end:
            raise KafkaConnectionError(f"nobody listens at {bootstrap}")
        sleep(CONNECT_AGAIN_S)


def _producer(bootstrap: str, timeout_ms: int) -> KafkaProducer:
    return KafkaProducer(
        bootstrap_servers=bootstrap.split(","),
        client_id="esep-factlog",
        acks="all",
        enable_idempotence=True,
        batch_size=_BATCH_BYTES,
        linger_ms=5,
        max_request_size=_MAX_RECORD_BYTES,
        # Shorter than the caller's deadline, so that records fail by themselves and their errors say why.
        delivery_timeout_ms=timeout_ms * 3 // 4,
        request_timeout_ms=timeout_ms // 2,
        max_block_ms=timeout_ms // 2,
        bootstrap_timeout_ms=timeout_ms,
        allow_auto_create_topics=False,
    )


def _send(producer: KafkaProducer, entry: LogEntry) -> FutureRecordMetadata:
    return producer.send(
        entry.topic,
        key=entry.key.encode(),
        value=entry.value,
        headers=headers_of(entry),
        partition=entry.partition,
    )


def answers(bootstrap: str, *, timeout_s: float = 3.0) -> bool:
    """Whether a broker takes a new connection and tells its topics; takes at most about twice ``timeout_s``."""
    timeout_ms = int(timeout_s * 1000)
    try:
        _await_listener(bootstrap, 0.0)
        with closing(
            KafkaAdminClient(
                bootstrap_servers=bootstrap.split(","),
                client_id="esep-health",
                bootstrap_timeout_ms=timeout_ms,
                request_timeout_ms=timeout_ms,
            )
        ) as admin:
            admin.list_topics()
    except (KafkaError, OSError):
        return False
    return True


def ensure_topics(
    bootstrap: str, *, timeout_s: float = 30.0, topics: Sequence[Topic] = tuple(TOPICS.values())
) -> list[str]:
    """Create the declared topics that are not there yet; return their names.

    Raises: FactLogUnavailableError when no broker answers, TopicMismatchError when an existing topic has
    another number of partitions.
    """
    timeout_ms = int(timeout_s * 1000)
    try:
        _await_listener(bootstrap, timeout_s)
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap.split(","),
            client_id="esep-topics",
            bootstrap_timeout_ms=timeout_ms,
            request_timeout_ms=timeout_ms,
        )
        try:
            return _create_missing(admin, topics)
        finally:
            admin.close()
    except KafkaError as error:
        raise FactLogUnavailableError(
            f"Kafka at {bootstrap} did not create the topics ({type(error).__name__}: {error})"
        ) from error


def _create_missing(admin: KafkaAdminClient, topics: Sequence[Topic]) -> list[str]:
    missing = {topic.name: _creation(topic) for topic in topics}
    created = admin.create_topics(missing, raise_errors=False)["topics"]
    failed = {found["name"]: for_code(found["error_code"]) for found in created if found["error_code"]}
    for name, kind in failed.items():
        if kind is not TopicAlreadyExistsError:
            raise kind(f"topic {name}")
    admin.wait_for_topics([topic.name for topic in topics])
    _refuse_other_partitions(admin, topics)
    return [topic.name for topic in topics if topic.name not in failed]


def _creation(topic: Topic) -> dict[str, object]:
    kept_ms = -1 if topic.retention_s is None else topic.retention_s * 1000
    configs = {"cleanup.policy": "compact" if topic.compacted else "delete"}
    if not topic.compacted:
        configs["retention.ms"] = str(kept_ms)
    configs["max.message.bytes"] = str(_MAX_RECORD_BYTES)
    # Replication -1 is the cluster's own default: one broker at home, three in production.
    return {"num_partitions": topic.partitions, "replication_factor": -1, "configs": configs}


def _refuse_other_partitions(admin: KafkaAdminClient, topics: Sequence[Topic]) -> None:
    declared = {topic.name: topic.partitions for topic in topics}
    for found in admin.describe_topics(list(declared)):
        name, partitions = found["name"], len(found["partitions"])
        if partitions != declared[name]:
            raise TopicMismatchError(
                f"topic {name} has {partitions} partitions, declared are {declared[name]}; "
                "subjects would change partition: create a new topic and replay into it"
            )

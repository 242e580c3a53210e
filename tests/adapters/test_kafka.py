"""Kafka beyond the common promises, on both brokers: headers, topics made otherwise, and nobody there."""

import gc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from schemas.topics import FACTS
from services.adapters.factlog import FactLogUnavailableError, entries_of
from services.adapters.kafka import KafkaFactLog, TopicMismatchError, ensure_topics
from tests.adapters.samples import question
from tests.conformance.brokers import Broker, read_back
from tests.ports import free_port

# kafka-python does not close the sockets of refused connections: whenever they are collected, Python warns.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(autouse=True)
def _sockets_the_client_forgets() -> Iterator[None]:
    """Collect them here, not in the middle of another test."""
    yield
    gc.collect()


def test_a_topic_with_other_partitions_is_refused(broker: Broker) -> None:
    ensure_topics(broker.bootstrap, topics=[replace(FACTS, partitions=3)])
    with pytest.raises(TopicMismatchError, match=r"esep\.facts has 3 partitions, declared are 4"):
        ensure_topics(broker.bootstrap)


def test_a_record_says_its_family_and_type_in_headers(broker: Broker) -> None:
    ensure_topics(broker.bootstrap)
    with KafkaFactLog(broker.bootstrap) as log:
        log.append(entries_of(question(1)))
    [record] = read_back(broker.bootstrap, FACTS, 1)
    assert record.headers == [("family", b"inquiries"), ("type", b"esep.inquiry.filed.v1")]


def test_no_broker_is_reported_in_time() -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with pytest.raises(FactLogUnavailableError, match=nowhere):
        KafkaFactLog(nowhere, timeout_s=0.5)
    with pytest.raises(FactLogUnavailableError, match=nowhere):
        ensure_topics(nowhere, timeout_s=0.5)

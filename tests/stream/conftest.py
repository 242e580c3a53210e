"""The log of an empty broker for each test that needs one, the embedded home's and Apache Kafka in turn."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from services.adapters.kafka import ensure_topics
from tests.conformance.brokers import Broker
from tests.stream.trackers import Log


@pytest.fixture
def empty_broker(broker: Broker) -> str:
    """The address of a broker without any topic."""
    return broker.bootstrap


@pytest.fixture
def log(empty_broker: str) -> Iterator[Log]:
    """The log of a broker with every declared topic, all empty."""
    ensure_topics(empty_broker)
    with closing(Log(empty_broker)) as opened:
        yield opened

"""Brokers as fixtures: the same test runs against the embedded one and against Apache Kafka.

Offered to every folder by ``tests/conftest.py``. One Apache Kafka serves a whole session, emptied before each test.
"""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.conformance.brokers import Broker, running_broker
from tests.kafka.artifacts import JarsMissing, jars
from tests.kafka.server import ApacheKafka
from tests.ports import free_port
from tests.programs import unavailable

ROOT = Path(__file__).resolve().parents[2]
APACHE = pytest.param("apache_kafka", marks=pytest.mark.needs_java)
"""A parameter that stands for Apache Kafka; at home such a test is skipped when Java or Maven is missing."""

BROKERS = ("embedded", APACHE)


@pytest.fixture(scope="session")
def apache_jars() -> Path:
    """The jars, fetched once for all sessions of this checkout."""
    try:
        return jars(ROOT / ".kafka")
    except JarsMissing as missing:
        unavailable(str(missing))


@pytest.fixture(scope="session")
def session_kafka(apache_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """The one Apache Kafka of this session, as the last test left it."""
    kafka = ApacheKafka(tmp_path_factory.mktemp("kafka"), apache_jars, free_port())
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.kill()


@pytest.fixture
def apache_kafka(session_kafka: ApacheKafka) -> ApacheKafka:
    """A running Apache Kafka without any topic or group."""
    if not session_kafka.running():
        session_kafka.start_again()
    session_kafka.empty()
    return session_kafka


@pytest.fixture
def embedded() -> Iterator[Broker]:
    """A running embedded broker, empty."""
    with running_broker() as broker:
        yield broker


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Broker:
    """An empty broker: the embedded one, then Apache Kafka."""
    return cast(Broker, request.getfixturevalue(request.param))


@pytest.fixture
def clients_collected(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Collects a test's Kafka clients at its end, not in the middle of another test; what they logged holds them."""
    yield
    caplog.get_records("call").clear()
    gc.collect()

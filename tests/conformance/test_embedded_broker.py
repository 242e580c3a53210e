"""The embedded broker does what we rely on, and its start is noticed at once."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from schemas.topics import TOPICS
from services.adapters.kafka import ensure_topics
from services.embedded.broker import (
    BrokerNotReady,
    broker_command,
    is_ready,
    wait_until_ready,
)
from tests.conformance.brokers import running_broker
from tests.ports import free_port

TIMEOUT_MS = 10_000


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    with running_broker() as broker:
        yield broker.bootstrap


def test_the_command_listens_on_the_loopback_only_and_keeps_its_log_in_memory() -> None:
    binary, *arguments = broker_command(19092)
    assert subprocess.run([binary, "--version"], capture_output=True, check=True, timeout=10).stdout
    assert arguments == [
        "broker",
        *("--listener-url", "tcp://127.0.0.1:19092"),
        *("--advertised-listener-url", "tcp://127.0.0.1:19092"),
        *("--storage-engine", "memory://tansu/"),
    ]


def test_a_running_broker_is_ready(bootstrap: str) -> None:
    assert is_ready(bootstrap)
    wait_until_ready(bootstrap, 5)


def test_a_free_port_is_not_ready() -> None:
    address = f"127.0.0.1:{free_port()}"
    assert not is_ready(address)
    with pytest.raises(BrokerNotReady, match=address):
        wait_until_ready(address, 0.2)


def test_a_port_that_accepts_and_says_nothing_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not is_ready(f"127.0.0.1:{silent.getsockname()[1]}")


def test_declared_topics_are_created_once(bootstrap: str) -> None:
    assert sorted(ensure_topics(bootstrap)) == sorted(TOPICS)
    assert ensure_topics(bootstrap) == []
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        found = {each["name"]: len(each["partitions"]) for each in admin.describe_topics(list(TOPICS))}
    assert found == {topic.name: topic.partitions for topic in TOPICS.values()}


def test_records_come_back_whole_and_in_order(bootstrap: str) -> None:
    ensure_topics(bootstrap)
    values = [b"\x00\xff" * 50_000, None, "қазақша".encode(), *(str(number).encode() for number in range(500))]
    partition = TopicPartition(next(iter(TOPICS)), 0)
    with closing(KafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)) as producer:
        for number, value in enumerate(values):
            headers = [("family", b"inquiry"), ("number", str(number).encode())]
            producer.send(partition.topic, value, key=b"one", headers=headers, partition=partition.partition)
        producer.flush(timeout=TIMEOUT_MS / 1000)
    received = []
    with closing(KafkaConsumer(bootstrap_servers=bootstrap, group_id=None)) as consumer:
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        while len(received) < len(values):
            fetched = consumer.poll(timeout_ms=TIMEOUT_MS)
            assert fetched, f"only {len(received)} of {len(values)} records came back"
            received += fetched[partition]
    assert [record.value for record in received] == values
    assert [dict(record.headers)["number"] for record in received] == [b"%d" % number for number in range(len(values))]


def test_a_restarted_broker_remembers_nothing() -> None:
    with running_broker() as broker:
        ensure_topics(broker.bootstrap)
        broker.kill()
        broker.start_again()
        with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as admin:
            assert not set(admin.list_topics()) & set(TOPICS)

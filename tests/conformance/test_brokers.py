"""What we rely on of a broker, the embedded one and Apache Kafka alike; and what a restart leaves of each."""

import asyncio
from contextlib import closing

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaAdminClient, KafkaProducer

from schemas.events.sources import SourceObservedV1
from schemas.topics import BUDGET, FACT_PARTITIONS, FACTS, TOPICS
from services.adapters.factlog import FactLogUnavailableError, Outcome, entries_of
from services.adapters.kafka import KafkaFactLog, ensure_topics
from services.adapters.progress import committed, kafka_ends
from services.adapters.truth import read_kafka
from tests.adapters.samples import question, statement, watermark
from tests.conformance.brokers import Broker, read_back

TIMEOUT_MS = 10_000
DEADLINE_S = 60
GROUP = "a-group"

pytestmark = [
    pytest.mark.usefixtures("clients_collected"),
    # kafka-python does not close the sockets of refused connections: whenever they are collected, Python warns.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_declared_topics_are_created_once(broker: Broker) -> None:
    assert sorted(ensure_topics(broker.bootstrap)) == sorted(TOPICS)
    assert ensure_topics(broker.bootstrap) == []
    with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as admin:
        found = {each["name"]: len(each["partitions"]) for each in admin.describe_topics(list(TOPICS))}
    assert found == {topic.name: topic.partitions for topic in TOPICS.values()}


def test_records_come_back_whole_and_in_order(broker: Broker) -> None:
    ensure_topics(broker.bootstrap)
    values = [b"\x00\xff" * 50_000, None, "қазақша".encode(), *(str(number).encode() for number in range(500))]
    with closing(KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True)) as producer:
        for number, value in enumerate(values):
            headers = [("family", b"inquiry"), ("number", str(number).encode())]
            producer.send(FACTS.name, value, key=b"one", headers=headers, partition=0)
        producer.flush(timeout=TIMEOUT_MS / 1000)
    received = read_back(broker.bootstrap, FACTS, len(values))
    assert [record.value for record in received] == values
    assert [dict(record.headers)["number"] for record in received] == [b"%d" % number for number in range(len(values))]


def test_ends_are_told_by_fetches(broker: Broker) -> None:
    """Batches of many records: the embedded broker's list-offsets answer is wrong for them, its fetches are right."""
    ensure_topics(broker.bootstrap)
    events = [question(number) for number in range(50)]
    entries = [entry for event in events for entry in entries_of(event)]
    with KafkaFactLog(broker.bootstrap) as log:
        log.append(entries)
    ends = kafka_ends(broker.bootstrap, (FACTS, BUDGET))
    assert ends == {
        **{(FACTS.name, n): sum(entry.partition == n for entry in entries) for n in range(FACT_PARTITIONS)},
        **{(BUDGET.name, n): 0 for n in range(BUDGET.partitions)},
    }


def test_a_group_that_never_came_has_committed_nothing(broker: Broker) -> None:
    """Asked first of all: Apache Kafka makes the topic of its groups at that moment, and answers that it is not ready."""
    ensure_topics(broker.bootstrap)
    assert committed(broker.bootstrap, GROUP) == {}


def test_what_a_group_commits_is_what_it_has_committed(broker: Broker) -> None:
    ensure_topics(broker.bootstrap)
    commit(broker, {TopicPartition(FACTS.name, 1): 7, TopicPartition(FACTS.name, 2): 0})
    assert committed(broker.bootstrap, GROUP) == {(FACTS.name, 1): 7, (FACTS.name, 2): 0}


def test_the_truth_is_read_whole_partition_by_partition(broker: Broker) -> None:
    ensure_topics(broker.bootstrap)
    events = [*(question(number) for number in range(300)), watermark(1), *(statement(number) for number in range(20))]
    entries = [entry for event in events for entry in entries_of(event)]
    with KafkaFactLog(broker.bootstrap) as log:
        log.append(entries)
    read = [(each.topic, each.partition, each.value) for each in read_kafka(broker.bootstrap, (FACTS, BUDGET))]
    in_order = sorted(entries, key=lambda entry: ((FACTS.name, BUDGET.name).index(entry.topic), entry.partition))
    assert read == [(entry.topic, entry.partition, entry.value) for entry in in_order]
    assert sum(SourceObservedV1.type.encode() in value for *_, value in read) == FACT_PARTITIONS


def test_a_restart_leaves_all_or_nothing(broker: Broker) -> None:
    """Killed: Apache Kafka has every acknowledged record and offset, the embedded broker none; nothing in between."""
    ensure_topics(broker.bootstrap)
    with KafkaFactLog(broker.bootstrap) as log:
        log.append(entries_of(question(1)))
    commit(broker, {TopicPartition(FACTS.name, 1): 7})

    broker.kill()
    broker.start_again()

    made_again = ensure_topics(broker.bootstrap)
    kept = [record.value for record in read_back(broker.bootstrap, FACTS, int(broker.keeps_its_log))]
    offsets = committed(broker.bootstrap, GROUP)
    if broker.keeps_its_log:
        assert (made_again, kept, offsets) == ([], [entries_of(question(1))[0].value], {(FACTS.name, 1): 7})
    else:
        assert (sorted(made_again), kept, offsets) == (sorted(TOPICS), [], {})


def test_a_log_outlives_its_broker(broker: Broker) -> None:
    """What failed while the broker was away is repeated by the caller, and stands in the log once, in order."""
    ensure_topics(broker.bootstrap)
    first, second = (entries_of(question(number)) for number in (1, 2))
    with KafkaFactLog(broker.bootstrap, timeout_s=3) as log:
        log.append(first)
        broker.kill()
        with pytest.raises(FactLogUnavailableError, match=broker.bootstrap):
            log.append(second)
        broker.start_again()
        ensure_topics(broker.bootstrap)
        assert log.append(second) == [Outcome.ACCEPTED]
    expected = [*first, *second] if broker.keeps_its_log else second
    stored = [record.value for record in read_back(broker.bootstrap, FACTS, len(expected))]
    assert sorted(stored) == sorted(entry.value for entry in expected)


def commit(broker: Broker, offsets: dict[TopicPartition, int]) -> None:
    """Commit as a member of the group does."""

    async def work() -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, group_id=GROUP, enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign(list(offsets))
            await consumer.commit(offsets)
        finally:
            await consumer.stop()

    asyncio.run(asyncio.wait_for(work(), DEADLINE_S))

"""What Apache Kafka does and the embedded broker cannot: topics never made by chance, a log that outlives a kill."""

from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer

from schemas.topics import FACTS
from services.adapters.kafka import ensure_topics
from tests.kafka.server import ApacheKafka
from tests.running_home import until
from tests.stream.test_tracker import MANY, SLOW, many_facts
from tests.stream.trackers import Log, tracker

pytestmark = [
    pytest.mark.needs_java,
    pytest.mark.usefixtures("clients_collected"),
    # kafka-python does not close the sockets of refused connections: whenever they are collected, Python warns.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_no_topic_comes_to_be_by_asking(apache_kafka: ApacheKafka) -> None:
    """Made by chance it would have one partition, and subjects would not stay in order. The embedded broker makes it."""
    with closing(KafkaConsumer(bootstrap_servers=apache_kafka.bootstrap)) as consumer:
        consumer.subscribe([FACTS.name])
        consumer.poll(timeout_ms=500)
    with closing(KafkaAdminClient(bootstrap_servers=apache_kafka.bootstrap)) as admin:
        assert FACTS.name not in admin.list_topics()


def test_a_tracker_goes_on_when_the_broker_comes_back_with_its_log(apache_kafka: ApacheKafka, tmp_path: Path) -> None:
    """As a supervisor would, the test starts a tracker that has ended; the oracle is a plain fold of the whole log."""
    ensure_topics(apache_kafka.bootstrap)
    with closing(Log(apache_kafka.bootstrap)) as log:
        log.append(many_facts())
        with tracker(apache_kafka.bootstrap, tmp_path, **SLOW) as first:
            first.until(log.processed, "the first facts are acknowledged")
            apache_kafka.kill()
            apache_kafka.start_again()
            until(lambda: first.process.poll() is not None or log.processed() > 2 * MANY, "it goes on, or ends")
    with closing(Log(apache_kafka.bootstrap)) as log, tracker(apache_kafka.bootstrap, tmp_path) as second:
        second.until(log.agrees, "every derived event is published, and no other")

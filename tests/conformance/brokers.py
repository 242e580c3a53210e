"""An embedded broker for tests: started on a free port, killed by its own process id.

Reading a topic back is here too, without groups and without trusting the broker's end offsets.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from schemas.topics import Topic
from services.embedded.broker import broker_command, wait_until_ready
from tests.ports import free_port

DEADLINE_S = 30.0


@dataclass
class RunningBroker:
    """One broker; ``restart`` empties it, as a restart of the embedded broker does."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def kill(self) -> None:
        """SIGKILL; everything it held is gone."""
        self.process.kill()
        self.process.wait(DEADLINE_S)

    def start_again(self) -> None:
        """Start it empty, on the same port."""
        self.process = _start(self.port)


@contextmanager
def running_broker() -> Iterator[RunningBroker]:
    """A broker that answers, until the block ends."""
    port = free_port()
    broker = RunningBroker(port, _start(port))
    try:
        yield broker
    finally:
        broker.kill()


def read_back(bootstrap: str, topic: Topic, expected: int) -> list[ConsumerRecord]:
    """The records of a topic from the beginning, in order within each partition, when there are ``expected`` of them.

    Asks once more after the last expected record, so that one too many is seen.
    """
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    try:
        consumer.assign([TopicPartition(topic.name, partition) for partition in range(topic.partitions)])
        found: list[ConsumerRecord] = []
        end = time.monotonic() + DEADLINE_S
        while len(found) < expected and time.monotonic() < end:
            found += _poll(consumer, 200)
        return found + _poll(consumer, 200)
    finally:
        consumer.close()


def _poll(consumer: KafkaConsumer, timeout_ms: int) -> list[ConsumerRecord]:
    return [record for records in consumer.poll(timeout_ms=timeout_ms).values() for record in records]


def _start(port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(broker_command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until_ready(f"127.0.0.1:{port}", DEADLINE_S)
    return process

"""What tests want of a broker, and the embedded one: started on a free port, killed by its own process id.

Reading a topic back is here too, without groups and without trusting the broker's end offsets. Apache Kafka is in
``tests.kafka``.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Protocol

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from schemas.topics import Topic
from services.embedded.broker import broker_command, wait_until_ready
from tests.ports import free_port

DEADLINE_S = 30.0


class Broker(Protocol):
    """A broker that a test may kill and start again.

    ``keeps_its_log``: whether what was acknowledged is there after that; if not, everything begins anew, empty.
    """

    keeps_its_log: ClassVar[bool]

    @property
    def bootstrap(self) -> str:
        """Where it answers, ``host:port``."""
        ...

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        ...

    def start_again(self) -> None:
        """Start it on the same port; it answers on return."""
        ...


@dataclass
class RunningBroker:
    """One embedded broker."""

    port: int
    process: subprocess.Popen[bytes]
    keeps_its_log: ClassVar[bool] = False

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

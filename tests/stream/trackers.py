"""Whole trackers as processes, and the log they work on, seen from outside.

Every wait has an end; only processes started here are signalled, by their pid.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from schemas.envelope import Event
from schemas.topics import ALERTS, DEADLINES, FACTS, FINDINGS, OBLIGATIONS, TOPICS, Topic
from services.adapters.codec import decode
from services.adapters.factlog import entries_of
from services.adapters.kafka import KafkaFactLog
from services.adapters.progress import committed
from tests.stream.facts import derived_by_plain_fold, ids

DERIVED = (OBLIGATIONS, DEADLINES, FINDINGS, ALERTS)
GROUP = "esep-tracker"
STOP_S = 15.0
POLL_S = 0.05
READ_S = 30.0


@dataclass
class Tracker:
    """One tracker process and its log file."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self.process.kill()
        self.process.wait(STOP_S)

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_S)

    def said(self) -> str:
        """What it logged."""
        return self.log.read_text(errors="replace")

    def until(self, condition: Callable[[], object], what: str, timeout_s: float = 60.0) -> None:
        """Return once ``condition`` holds; fail, with the log, when the tracker ends or the time does."""
        end = time.monotonic() + timeout_s
        while not condition():
            if self.process.poll() is not None:
                raise AssertionError(f"the tracker ended with {self.process.poll()} before {what}\n{self.said()}")
            if time.monotonic() > end:
                raise AssertionError(f"not within {timeout_s:.0f} s: {what}\n{self.said()}")
            time.sleep(POLL_S)


@contextmanager
def tracker(broker: str, folder: Path, *, module: str = "services.tracker", **settings: str) -> Iterator[Tracker]:
    """A tracker on ``broker`` with its data in ``folder``, until the block ends."""
    folder.mkdir(exist_ok=True)
    environment = os.environ | {
        "ESEP_DATA": str(folder),
        "ESEP_KAFKA_BOOTSTRAP": broker,
        "ESEP_BROKER_SESSION_TIMEOUT_S": "1.5",
        "ESEP_BROKER_HEARTBEAT_S": "0.3",
        **{f"ESEP_{name.upper()}": value for name, value in settings.items()},
    }
    log = folder / "tracker.log"
    with log.open("ab") as output:
        command = [sys.executable, "-m", module]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    running = Tracker(process, log)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.kill()


class Log:
    """The topics of a broker: what tests write, and what trackers made of it."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._values: dict[tuple[str, int], list[bytes]] = {}
        self._folded: tuple[int, set[str]] | None = None
        self._consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        self._partitions = [TopicPartition(t.name, n) for t in TOPICS.values() for n in range(t.partitions)]

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def append(self, events: Iterable[Event]) -> None:
        """Write events where they belong."""
        with KafkaFactLog(self.bootstrap) as log:
            log.append([entry for event in events for entry in entries_of(event)])

    def append_raw(self, partition: int, value: bytes | None) -> None:
        """Write any bytes into the facts."""
        producer = KafkaProducer(bootstrap_servers=self.bootstrap)
        producer.send(FACTS.name, key=b"raw", value=value, partition=partition).get(timeout=10)
        producer.close()

    def events(self, topic: Topic) -> list[Event]:
        """The events of a topic, partition by partition."""
        self._read_on()
        return [decode(value) for value in self._of(topic)]

    def agrees(self) -> bool:
        """Whether the trackers published what a plain fold of the facts gives, no more and no less."""
        self._read_on()
        derived = {orjson.loads(value)["id"] for topic in DERIVED for value in self._of(topic)}
        return derived == self._expected(sum(1 for _ in self._of(FACTS)))

    def processed(self) -> int:
        """How many records of facts the group has committed."""
        offsets = committed(self.bootstrap, GROUP)
        return sum(offset for (topic, _), offset in offsets.items() if topic == FACTS.name)

    def _expected(self, facts: int) -> set[str]:
        if self._folded is None or self._folded[0] != facts:
            logs = {number: map(decode, self._values[FACTS.name, number]) for number in range(FACTS.partitions)}
            self._folded = facts, ids(derived_by_plain_fold(logs))
        return self._folded[1]

    def _of(self, topic: Topic) -> Iterator[bytes]:
        return (value for number in range(topic.partitions) for value in self._values[topic.name, number])

    def _read_on(self) -> None:
        """Read every topic to the ends that the fetches tell."""
        if not self._values:
            self._consumer.assign(self._partitions)
            self._consumer.seek_to_beginning()
            self._values = {(tp.topic, tp.partition): [] for tp in self._partitions}
        end = time.monotonic() + READ_S
        fresh = False
        while not (fresh and self._at_the_end()):
            if time.monotonic() > end:
                raise AssertionError(f"the broker's topics were not read to their ends within {READ_S} s")
            found = self._consumer.poll(timeout_ms=100)
            fresh = not found
            for tp, records in found.items():
                self._values[tp.topic, tp.partition].extend(record.value or b"" for record in records)

    def _at_the_end(self) -> bool:
        ends = {tp: self._consumer.highwater(tp) for tp in self._partitions}
        return all(end is not None and self._consumer.position(tp) >= end for tp, end in ends.items())

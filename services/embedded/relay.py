"""The relay: publishes the journal to the embedded broker, in sequence, as often as a broker starts empty.

A transactional outbox: every row of the journal reaches the broker, at least once, unchanged.
"""

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from types import FrameType
from typing import Annotated

from pydantic import StringConstraints

from services.adapters.clock import SystemClock
from services.adapters.config import Bootstrap, ConfigError, Settings
from services.adapters.factlog import FactLog, FactLogUnavailableError
from services.adapters.health import answering
from services.adapters.journal import JournalFactLog, JournalRow
from services.adapters.kafka import KafkaFactLog, TopicMismatchError, ensure_topics
from services.adapters.liveness import QUIET_AFTER_S, Progress
from services.adapters.logs import configure_logs, logger_of
from services.adapters.telemetry import counter, gauge, histogram

log = logger_of(__name__)

POLL_S = 0.05
AGAIN_S = 0.5
BATCH_ROWS = 2_000
BROKER_TIMEOUT_S = 10.0


class RelaySettings(Settings):
    """``incarnation`` names one life of the broker: the supervisor makes a new one for each start."""

    journal: Path
    kafka_bootstrap: Bootstrap
    incarnation: Annotated[str, StringConstraints(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True)
class Relay:
    """Copies journal rows to ``broker``; remembers in the journal how far each incarnation has come."""

    journal: JournalFactLog
    broker: FactLog
    incarnation: str
    progress: Progress = field(default_factory=lambda: Progress(SystemClock()))

    def run(self, stop: Flag) -> int:
        """Publish until ``stop`` is set; return the sequence number published last.

        A new incarnation starts at 0, a known one where it was. Rows published but not yet marked at a crash, and rows
        the broker did not take for sure, are published again; readers know events by id.
        Raises: FactLogUnavailableError when the journal cannot be read; start again, nothing is lost.
        """
        published = self.journal.published_seq(self.incarnation)
        log.info("relaying the journal", incarnation=self.incarnation, after_seq=published)
        while not stop.is_set():
            rows = self.journal.read_from(published, BATCH_ROWS)
            if not rows:
                self.progress.came_through("polled")
                # Another process commits to the file; polling an indexed read (some µs) is the wake-up.
                stop.wait(POLL_S)
            elif self._publish(rows, published):
                published = rows[-1].seq
            else:
                stop.wait(AGAIN_S)
        return published

    def _publish(self, rows: Sequence[JournalRow], published: int) -> bool:
        """Whether the broker has these rows; when it is away, the same rows are tried again."""
        try:
            with self.progress.at_work("published"), histogram("relay_batch_seconds").time():
                self.broker.append([row.entry for row in rows])
        except FactLogUnavailableError as error:
            counter("relay_failures_total").inc()
            gauge("relay_lag_records").set(self.journal.last_seq() - published)
            self.progress.waits("broker", str(error))
            self.progress.excuse()
            log.warning("not published, trying again", after_seq=published, records=len(rows), reason=str(error))
            return False
        self.progress.has("broker")
        last = rows[-1].seq
        self.journal.mark_published(self.incarnation, last)
        for topic, records in Counter(row.entry.topic for row in rows).items():
            counter("relay_records_total").labels(topic).inc(records)
        gauge("relay_published_seq").set(last)
        gauge("relay_lag_records").set(self.journal.last_seq() - last)
        return True


def main(argv: Sequence[str] | None = None) -> int:
    """Run the relay until SIGINT or SIGTERM; 0 = stopped, 1 = broker or journal failed, 2 = bad settings."""
    parser = argparse.ArgumentParser(prog="esep relay", description=__doc__)
    parser.add_argument("--config", type=Path, help="YAML or JSON file with settings; the environment wins over it")
    parser.add_argument("--print-config", action="store_true", help="show the settings, secrets masked, and leave")
    arguments = parser.parse_args(argv)
    try:
        settings = RelaySettings.load(arguments.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if arguments.print_config:
        sys.stdout.write(settings.shown())
        return 0
    configure_logs("relay", level=settings.log_level, style=settings.log_format)
    return _run(settings)


def _run(settings: RelaySettings) -> int:
    stop = Flag()

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, request_stop)
    signal.signal(signal.SIGTERM, request_stop)
    progress = Progress(SystemClock(), quiet_after_s=settings.quiet_after_s or QUIET_AFTER_S)
    try:
        with answering(settings, progress), closing(JournalFactLog(settings.journal)) as journal:
            broker = _opened(settings.kafka_bootstrap, progress, stop)
            if broker is not None:
                with broker:
                    published = Relay(journal, broker, settings.incarnation, progress).run(stop)
                log.info("relay stopped", published_seq=published)
    except (FactLogUnavailableError, TopicMismatchError) as error:
        log.error("relay failed", reason=str(error))
        return 1
    return 0


def _opened(bootstrap: str, progress: Progress, stop: Flag) -> KafkaFactLog | None:
    """The broker with its topics, once it answers; None when stopped before that.

    Raises: TopicMismatchError.
    """
    while not stop.is_set():
        try:
            with progress.at_work("started"):
                ensure_topics(bootstrap, timeout_s=BROKER_TIMEOUT_S)
                broker = KafkaFactLog(bootstrap, timeout_s=BROKER_TIMEOUT_S)
        except FactLogUnavailableError as error:
            progress.waits("broker", str(error))
            progress.excuse()
            log.warning("waiting for the broker", reason=str(error))
            stop.wait(AGAIN_S)
        else:
            progress.has("broker")
            return broker
    return None


if __name__ == "__main__":
    sys.exit(main())

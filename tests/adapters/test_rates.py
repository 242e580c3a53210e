"""How fast the adapters are on this machine: printed, never asserted.

Run by ``make bench``; the figures in the documentation come from here.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest

from services.adapters.codec import content_digest, decode, encode
from services.adapters.factlog import entries_of
from services.adapters.journal import JournalFactLog
from services.adapters.kafka import KafkaFactLog, ensure_topics
from services.embedded.relay import Relay
from tests.adapters.samples import question
from tests.conformance.brokers import running_broker

pytestmark = pytest.mark.bench

EVENTS = 50_000
BATCH = 500


Report = Callable[[str, int, float], None]


@pytest.fixture
def report(capfd: pytest.CaptureFixture[str]) -> Report:
    """Says one line to the terminal, past pytest's capture."""

    def say(what: str, count: int, seconds: float) -> None:
        with capfd.disabled():
            sys.stdout.write(f"\n{what}: {count / seconds:,.0f} per second ({count:,} in {seconds:.2f} s)")
            sys.stdout.flush()

    return say


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def test_codec(report: Report) -> None:
    event = question(1)
    raw = encode(event)
    works: dict[str, Callable[[], object]] = {
        "decode": lambda: decode(raw),
        "encode": lambda: encode(event),
        "content_digest": lambda: content_digest(event),
        "entries_of": lambda: entries_of(event),
    }
    for name, work in works.items():
        report(name, EVENTS, timed(partial(_repeat, work)))


def _repeat(work: Callable[[], object]) -> None:
    for _ in range(EVENTS):
        work()


def test_journal_and_relay(tmp_path: Path, report: Report) -> None:
    journal = JournalFactLog(tmp_path / "journal.sqlite3")
    entries = [entry for number in range(EVENTS) for entry in entries_of(question(number))]
    batches = [entries[at : at + BATCH] for at in range(0, EVENTS, BATCH)]
    report(f"journal append, batches of {BATCH}", EVENTS, timed(lambda: [journal.append(batch) for batch in batches]))
    report("journal append, known already", EVENTS, timed(lambda: [journal.append(batch) for batch in batches]))
    singles = [entries_of(question(EVENTS + number)) for number in range(500)]
    report("journal append, one by one", 500, timed(lambda: [journal.append(entry) for entry in singles]))
    pages = range(0, EVENTS, 1000)
    report("journal read, pages of 1000", EVENTS, timed(lambda: [journal.read_from(after, 1000) for after in pages]))
    with running_broker() as broker:
        ensure_topics(broker.bootstrap)
        with KafkaFactLog(broker.bootstrap) as kafka:
            report("relay, journal to broker", journal.last_seq(), timed(lambda: _relay_all(journal, kafka)))
    journal.close()


def _relay_all(journal: JournalFactLog, kafka: KafkaFactLog) -> None:
    stop = Flag()
    relaying = Thread(target=Relay(journal, kafka, "a").run, args=(stop,))
    relaying.start()
    end = time.monotonic() + 100
    while journal.published_seq("a") < journal.last_seq() and time.monotonic() < end:
        time.sleep(0.01)
    stop.set()
    relaying.join()

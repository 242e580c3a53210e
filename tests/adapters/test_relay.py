"""The relay: everything in the journal reaches the broker, in sequence, again for each incarnation."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest

from schemas.topics import FACTS
from services.adapters.clock import SystemClock
from services.adapters.factlog import FactLogUnavailableError, LogEntry, Outcome, entries_of
from services.adapters.journal import JournalFactLog
from services.adapters.liveness import Progress
from services.adapters.telemetry import counter
from services.embedded.relay import Relay, main
from services.embedded.watch import ask_health
from tests.adapters.samples import question, watermark
from tests.conformance.brokers import read_back, running_broker
from tests.ports import free_port

DEADLINE_S = 30.0


class Broker:
    """Takes everything, like Kafka; ``fail_at`` raises before taking that many entries."""

    def __init__(self, *, fail_at: int | None = None) -> None:
        self.taken: list[LogEntry] = []
        self.fail_at = fail_at

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        if self.fail_at is not None and len(self.taken) + len(entries) > self.fail_at:
            raise FactLogUnavailableError("down")
        self.taken += entries
        return [Outcome.ACCEPTED] * len(entries)

    def close(self) -> None:
        pass


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[JournalFactLog]:
    opened = JournalFactLog(tmp_path / "journal.sqlite3")
    yield opened
    opened.close()


def fill(journal: JournalFactLog, *numbers: int) -> list[LogEntry]:
    """Journal some questions, and a watermark after them; the entries in sequence."""
    events = [*(question(number) for number in numbers), watermark(max(numbers))]
    entries = [entry for event in events for entry in entries_of(event)]
    journal.append(entries)
    return entries


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition, with an end."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.01)


def relayed(journal: JournalFactLog, broker: Broker, incarnation: str) -> None:
    """Run a relay until the broker has the whole journal."""
    stop = Flag()
    relay = Relay(journal, broker, incarnation)
    thread = Thread(target=relay.run, args=(stop,))
    thread.start()
    try:
        until(lambda: journal.published_seq(incarnation) == journal.last_seq(), "the journal is published")
    finally:
        stop.set()
        thread.join(DEADLINE_S)
    assert not thread.is_alive()


def test_everything_is_published_in_sequence_once(journal: JournalFactLog) -> None:
    entries = fill(journal, *range(50))
    broker = Broker()
    relayed(journal, broker, "a")
    assert broker.taken == entries


def test_the_same_incarnation_is_continued(journal: JournalFactLog) -> None:
    first = fill(journal, *range(10))
    broker = Broker()
    relayed(journal, broker, "a")
    second = fill(journal, *range(10, 20))
    relayed(journal, broker, "a")
    assert broker.taken == first + second


def test_a_new_incarnation_gets_everything(journal: JournalFactLog) -> None:
    entries = fill(journal, *range(10))
    relayed(journal, Broker(), "a")
    emptied = Broker()
    relayed(journal, emptied, "b")
    assert emptied.taken == entries


def test_what_is_journaled_meanwhile_follows(journal: JournalFactLog) -> None:
    broker, stop = Broker(), Flag()
    thread = Thread(target=Relay(journal, broker, "a").run, args=(stop,))
    thread.start()
    try:
        for number in range(5):
            fill(journal, number)
            until(lambda: journal.published_seq("a") == journal.last_seq(), "the newest row is published")
    finally:
        stop.set()
        thread.join(DEADLINE_S)
    assert broker.taken == [row.entry for row in journal.read_from(0, 100)]


def test_after_a_failure_nothing_is_missing_and_order_holds(
    journal: JournalFactLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker fails after 20 records: the relay stays, says what it waits for, and goes on where it was."""
    monkeypatch.setattr("services.embedded.relay.BATCH_ROWS", 8)
    monkeypatch.setattr("services.embedded.relay.AGAIN_S", 0.01)
    entries = fill(journal, *range(30))
    broker, stop, progress = Broker(fail_at=20), Flag(), Progress(SystemClock())
    failures = counter("relay_failures_total")
    before = failures._value.get()
    thread = Thread(target=Relay(journal, broker, "a", progress).run, args=(stop,))
    thread.start()
    try:
        until(lambda: failures._value.get() > before + 1, "the broker was asked again")
        assert broker.taken == entries[:16]
        assert journal.published_seq("a") == 16
        standing = progress.standing()
        assert standing.quiet is None
        assert not standing.ready
        assert "broker" in standing.waits_for
        broker.fail_at = None
        until(lambda: journal.published_seq("a") == journal.last_seq(), "the rest is published")
    finally:
        stop.set()
        thread.join(DEADLINE_S)
    assert broker.taken == entries
    assert progress.standing().ready


def test_published_but_not_marked_is_published_again(journal: JournalFactLog) -> None:
    """A kill between acknowledgement and mark: twice is allowed, missing is not."""
    entries = fill(journal, *range(10))
    broker = Broker()
    broker.append(entries[:6])
    journal.mark_published("a", 4)
    relayed(journal, broker, "a")
    assert broker.taken == entries[:6] + entries[4:]


def test_the_program_relays_to_a_real_broker_and_stops_when_asked(tmp_path: Path, journal: JournalFactLog) -> None:
    entries = fill(journal, *range(300))
    with running_broker() as broker:
        environment = os.environ | {
            "ESEP_JOURNAL": str(tmp_path / "journal.sqlite3"),
            "ESEP_KAFKA_BOOTSTRAP": broker.bootstrap,
            "ESEP_INCARNATION": "a",
        }
        program = subprocess.Popen([sys.executable, "-m", "services.embedded.relay"], env=environment)
        try:
            until(lambda: journal.published_seq("a") == journal.last_seq(), "the program has published all")
            program.send_signal(signal.SIGTERM)
            assert program.wait(DEADLINE_S) == 0
        finally:
            program.kill()
            program.wait(DEADLINE_S)
        records = read_back(broker.bootstrap, FACTS, len(entries))
    for partition in range(FACTS.partitions):
        expected = [entry.value for entry in entries if entry.partition == partition]
        assert [record.value for record in records if record.partition == partition] == expected


def test_a_relay_that_finds_no_broker_stays_and_says_what_it_waits_for(tmp_path: Path, journal: JournalFactLog) -> None:
    fill(journal, *range(10))
    port = free_port()
    with running_broker() as broker:
        broker.kill()
        environment = os.environ | {
            "ESEP_JOURNAL": str(tmp_path / "journal.sqlite3"),
            "ESEP_KAFKA_BOOTSTRAP": broker.bootstrap,
            "ESEP_INCARNATION": "a",
            "ESEP_HEALTH_PORT": str(port),
        }
        program = subprocess.Popen([sys.executable, "-m", "services.embedded.relay"], env=environment)
        try:
            until(lambda: "broker" in waits_for(port) or program.poll() is not None, "it says what it waits for")
            assert program.poll() is None
            broker.start_again()
            until(lambda: journal.published_seq("a") == journal.last_seq(), "the program has published all")
            until(lambda: waits_for(port) == {}, "it waits no more")
        finally:
            program.kill()
            program.wait(DEADLINE_S)


def waits_for(port: int) -> dict[str, str]:
    """What a program says it waits for; nothing while it says nothing."""
    told = ask_health(f"http://127.0.0.1:{port}/healthz")
    assert told is None or told["alive"]
    return {} if told is None else dict(told["waits_for"])


def test_missing_settings_are_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ESEP_JOURNAL", "ESEP_KAFKA_BOOTSTRAP", "ESEP_INCARNATION"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    said = capsys.readouterr().err
    assert "ESEP_JOURNAL is missing" in said
    assert "ESEP_INCARNATION is missing" in said

"""The journal between processes, under ``kill -9``, and as the relay uses it.

What it shares with every fact log is in ``tests/conformance``.
"""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemas.topics import FACT_PARTITIONS
from services.adapters.factlog import FactLogUnavailableError, LogEntry, Outcome, entries_of
from services.adapters.journal import JournalFactLog
from tests.adapters.samples import question, watermark

DEADLINE_S = 60


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[JournalFactLog]:
    opened = JournalFactLog(path)
    yield opened
    opened.close()


def start_appender(path: Path, first: int, count: int, batch: int) -> subprocess.Popen[str]:
    """Another process that appends; its lines say what was acknowledged."""
    command = [sys.executable, "-m", "tests.adapters.appender", str(path), str(first), str(count), str(batch)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def entries(*numbers: int) -> list[LogEntry]:
    """The entries of some questions."""
    return [entry for number in numbers for entry in entries_of(question(number))]


def read_all(journal: JournalFactLog, page: int = 1000) -> list[tuple[int, LogEntry]]:
    """Every row, read page by page."""
    found: list[tuple[int, LogEntry]] = []
    while rows := journal.read_from(found[-1][0] if found else 0, page):
        found += [(row.seq, row.entry) for row in rows]
    return found


def test_two_processes_append_at_once_and_each_event_counts_once(path: Path, journal: JournalFactLog) -> None:
    """Both append the same 2,000 questions in the same order: they race for every single id."""
    racers = [start_appender(path, 0, 2_000, 20) for _ in range(2)]
    outputs = [racer.communicate(timeout=DEADLINE_S)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0]
    accepted = [sum(int(line.split()[1]) for line in output.splitlines()) for output in outputs]
    assert sum(accepted) == 2_000
    rows = read_all(journal)
    assert {entry.event_id for _, entry in rows} == {question(number).id for number in range(2_000)}
    assert len(rows) == 2_000


def test_what_was_acknowledged_survives_kill_9(path: Path, journal: JournalFactLog) -> None:
    """Killed wherever it is just then, in the middle of appending; a batch is there as a whole or not at all."""
    victim = start_appender(path, 0, 1_000_000, 50)
    assert victim.stdout is not None
    acknowledged = [int(victim.stdout.readline().split()[0]) for _ in range(40)]
    victim.kill()
    rest, _ = victim.communicate(timeout=DEADLINE_S)
    acknowledged += [int(line.split()[0]) for line in rest.splitlines() if line.endswith(" 50")]

    stored = {entry.event_id for _, entry in read_all(journal)}
    expected = {question(first + offset).id for first in acknowledged for offset in range(50)}
    assert expected <= stored
    assert len(stored) % 50 == 0
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert journal.append(entries(acknowledged[0], 2_000_000)) == [Outcome.DUPLICATE, Outcome.ACCEPTED]


def test_a_commit_waits_for_the_disk(journal: JournalFactLog) -> None:
    """No test cuts the power: what SQLite promises after that depends on this one word (2 is FULL)."""
    assert journal._appending.execute("PRAGMA synchronous").fetchone() == (2,)


def test_many_threads_and_openers_share_one_file(path: Path) -> None:
    """Opening at the same moment is a race of its own: all of them create the tables."""
    together = threading.Barrier(8)

    def work(worker: int) -> int:
        together.wait(DEADLINE_S)
        opened = JournalFactLog(path)
        outcomes = [outcome for number in range(40) for outcome in opened.append(entries(number))]
        opened.close()
        return outcomes.count(Outcome.ACCEPTED)

    with ThreadPoolExecutor(8) as workers:
        accepted = list(workers.map(work, range(8), timeout=DEADLINE_S))
    assert sum(accepted) == 40


def test_reading_waits_for_no_writer(path: Path, journal: JournalFactLog) -> None:
    journal.append(entries(1))
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert [row.entry for row in journal.read_from(0, 10)] == entries(1)
    assert journal.last_seq() == 1
    writer.execute("ROLLBACK")
    writer.close()


def test_a_writer_that_never_ends_is_reported_and_nothing_is_stored(path: Path, journal: JournalFactLog) -> None:
    impatient = JournalFactLog(path, timeout_s=0.05)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(FactLogUnavailableError, match=r"journal\.sqlite3: database is locked"):
        impatient.append(entries(1))
    blocker.execute("ROLLBACK")
    blocker.close()
    assert journal.last_seq() == 0
    assert impatient.append(entries(1)) == [Outcome.ACCEPTED]
    impatient.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FactLogUnavailableError, match="check that its folder exists"):
        JournalFactLog(tmp_path / "nowhere" / "journal.sqlite3")


def test_rows_come_in_sequence_page_by_page(journal: JournalFactLog) -> None:
    journal.append(entries(*range(10)))
    rows = read_all(journal, page=3)
    assert [seq for seq, _ in rows] == sorted({seq for seq, _ in rows})
    assert [entry for _, entry in rows] == entries(*range(10))
    assert journal.last_seq() == rows[-1][0]
    assert journal.read_from(journal.last_seq(), 10) == []


def test_the_same_id_about_another_subject_is_a_conflict_in_any_partition(journal: JournalFactLog) -> None:
    [first] = entries(1)
    others = [
        entry
        for number in range(2, 20)
        for entry in entries_of(question(number, id=first.event_id))
        if entry.partition != first.partition
    ]
    assert journal.append([first, *others]) == [Outcome.ACCEPTED, *[Outcome.CONFLICT] * len(others)]
    assert journal.last_seq() == 1
    assert others


def test_a_broadcast_event_cut_short_by_an_older_version_is_completed(journal: JournalFactLog) -> None:
    """Nothing writes half an event; a journal from a time of fewer partitions holds one, though."""
    every = entries_of(watermark(1))
    assert len(every) == FACT_PARTITIONS
    journal.append(every[:1])
    assert journal.append(every) == [Outcome.ACCEPTED]
    assert [entry for _, entry in read_all(journal)] == every


def test_publishing_is_remembered_per_incarnation_and_never_goes_back(path: Path, journal: JournalFactLog) -> None:
    assert journal.published_seq("a") == 0
    journal.mark_published("a", 7)
    journal.mark_published("a", 5)
    assert journal.published_seq("a") == 7
    assert journal.published_seq("b") == 0
    reopened = JournalFactLog(path)
    assert reopened.published_seq("a") == 7
    reopened.close()

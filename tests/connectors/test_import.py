"""Importing: every record is accepted, duplicate or rejected; what is rejected is kept; repeating adds nothing.

The log is the one in memory, held to the same promises as the real ones elsewhere.
"""

import base64
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from schemas.envelope import Event
from schemas.events.deadletters import DeadLetterKeptV1
from schemas.topics import DEAD_LETTERS, FACT_PARTITIONS, FACTS
from services.adapters.clock import FakeClock
from services.adapters.codec import decode
from services.adapters.factlog import FactLogUnavailableError, LogEntry, Outcome
from services.adapters.memory import MemoryFactLog
from services.connectors.base import UsageError
from services.connectors.cloudevents import CloudEvents
from services.importing.progress import progress_on
from services.importing.run import BATCH_EVENTS, run_import
from services.importing.summary import SHOWN_REJECTIONS
from tests.connectors.questions import Question, answered, page, question, write
from tests.connectors.readings import ADMINISTRATORS, FIXTURES, PACKAGE, UK
from tests.contracts.examples import VALID

CLOCK = FakeClock(datetime(2025, 6, 2, 12, tzinfo=UTC))
PAGE = FIXTURES / "uk_written_questions/page.json"


class CountingLog(MemoryFactLog):
    """A log that remembers how large each append was, and may break down after some of them."""

    def __init__(self, breaks_after: int | None = None) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self._breaks_after = breaks_after

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        if self._breaks_after is not None and len(self.sizes) >= self._breaks_after:
            raise FactLogUnavailableError("the disk is full")
        self.sizes.append(len(entries))
        return super().append(entries)


def many(number: int) -> list[Question]:
    """That many answered questions, two facts each."""
    return [answered("2025-03-06", id=99000100 + n, uin=str(900100 + n)) for n in range(number)]


def dead_letters(log: MemoryFactLog) -> list[DeadLetterKeptV1]:
    """What the log keeps of rejected input."""
    found = [decode(entry.value).data for entry in log.of_topic(DEAD_LETTERS.name)]
    return [data for data in found if isinstance(data, DeadLetterKeptV1)]


def answer_event() -> Event:
    """A fact as somebody else would send it."""
    return decode(next(path for path in VALID if path.parent.name == "esep.inquiry.answered.v1").read_bytes())


def test_everything_read_is_accounted_for() -> None:
    summary = run_import(UK, [PAGE], MemoryFactLog(), CLOCK)
    assert summary.to_json() == {
        "read": 9,
        "accepted": 9,
        "duplicate": 0,
        "rejected": 0,
        "obligations": 9,
        "files": {str(PAGE): {"read": 9, "accepted": 9, "duplicate": 0, "rejected": 0}},
        "facts": {
            "esep.inquiry.answer_corrected.v1": 1,
            "esep.inquiry.answered.v1": 3,
            "esep.inquiry.filed.v1": 9,
            "esep.inquiry.holding_answered.v1": 2,
            "esep.inquiry.lapsed.v1": 1,
            "esep.inquiry.withdrawn.v1": 1,
            "esep.source.observed.v1": 2,
        },
        "kinds": {},
        "rejected_by_code": {},
        "rejections": [],
        "notices": [],
    }


def test_repeating_an_import_adds_nothing() -> None:
    log = MemoryFactLog()
    run_import(UK, [PAGE], log, CLOCK)
    stored = list(log.entries)
    again = run_import(UK, [PAGE], log, CLOCK)
    assert (again.read, again.accepted, again.duplicate, again.rejected) == (9, 0, 9, 0)
    assert again.obligations == 0
    assert log.entries == stored


def test_a_record_with_one_new_fact_is_accepted(tmp_path: Path) -> None:
    log = MemoryFactLog()
    run_import(UK, [write(tmp_path / "march.json", page(question()))], log, CLOCK)
    summary = run_import(UK, [write(tmp_path / "march.json", page(answered("2025-03-06")))], log, CLOCK)
    assert (summary.accepted, summary.duplicate) == (1, 0)
    assert dict(summary.facts) == {"esep.inquiry.answered.v1": 1, "esep.source.observed.v1": 1}
    assert summary.obligations == 0


def test_a_rejected_record_is_kept_with_its_bytes(tmp_path: Path) -> None:
    log = MemoryFactLog()
    bad = question(dateTabled="soon")
    path = write(tmp_path / "march.json", page(question(), bad))
    summary = run_import(UK, [path], log, CLOCK)
    assert (summary.read, summary.accepted, summary.rejected) == (2, 1, 1)
    assert summary.files[str(path)].rejected == 1
    (letter,) = dead_letters(log)
    assert (letter.code, letter.field, letter.origin) == ("invalid_data", "dateTabled", "march.json:$.results[1]")
    assert json.loads(base64.b64decode(letter.original))["value"] == bad
    (rejection,) = summary.to_json()["rejections"]
    assert rejection["reason"] == letter.reason


def test_a_file_that_cannot_be_read_is_one_rejected_record(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(b"{")
    log = MemoryFactLog()
    summary = run_import(UK, [broken, PAGE], log, CLOCK)
    assert (summary.read, summary.accepted, summary.rejected) == (10, 9, 1)
    assert summary.files[str(broken)].to_json() == {"read": 1, "accepted": 0, "duplicate": 0, "rejected": 1}
    assert [letter.code for letter in dead_letters(log)] == ["invalid_json"]


def test_rejecting_the_same_again_keeps_it_once_and_counts_it_twice(tmp_path: Path) -> None:
    log = MemoryFactLog()
    path = write(tmp_path / "march.json", page(question(dateTabled="soon")))
    summaries = [run_import(UK, [path], log, CLOCK) for _ in range(2)]
    assert [summary.rejected for summary in summaries] == [1, 1]
    assert len(dead_letters(log)) == 1


def test_the_same_id_saying_something_else_is_refused_and_kept(tmp_path: Path) -> None:
    log = MemoryFactLog()
    event = answer_event()
    changed = json.loads(event.model_dump_json(exclude_none=True))
    changed["data"]["occurred_on"] = "2026-03-12"
    path = tmp_path / "facts.ndjson"
    path.write_text("\n".join([event.model_dump_json(exclude_none=True), json.dumps(changed)]), encoding="utf-8")
    summary = run_import(CloudEvents(CLOCK.now()), [path], log, CLOCK)
    assert (summary.read, summary.accepted, summary.rejected) == (2, 1, 1)
    (letter,) = dead_letters(log)
    assert (letter.code, letter.field, letter.origin) == ("id_conflict", "id", "facts.ndjson:2")
    assert decode(base64.b64decode(letter.original)).id == event.id
    assert len(log.of_topic(FACTS.name)) == 1


def test_a_watermark_reaches_every_partition_behind_the_facts_it_vouches_for(tmp_path: Path) -> None:
    log = MemoryFactLog()
    run_import(UK, [write(tmp_path / "march.json", page(*many(3)))], log, CLOCK)
    entries = log.of_topic(FACTS.name)
    marks = [index for index, entry in enumerate(entries) if b"esep.source.observed.v1" in entry.value]
    assert marks == list(range(len(entries) - FACT_PARTITIONS, len(entries)))
    assert {entries[index].partition for index in marks} == set(range(FACT_PARTITIONS))


def test_the_log_is_given_batches(tmp_path: Path) -> None:
    log = CountingLog()
    number = BATCH_EVENTS + 10
    run_import(UK, [write(tmp_path / "march.json", page(*many(number)))], log, CLOCK)
    assert log.sizes == [BATCH_EVENTS, BATCH_EVENTS, 20 + FACT_PARTITIONS]


def test_an_import_that_broke_off_is_finished_by_running_it_again(tmp_path: Path) -> None:
    path = write(tmp_path / "march.json", page(*many(BATCH_EVENTS)))
    log = CountingLog(breaks_after=1)
    with pytest.raises(FactLogUnavailableError):
        run_import(UK, [path], log, CLOCK)
    assert len(log.entries) == BATCH_EVENTS
    whole = MemoryFactLog()
    run_import(UK, [path], whole, CLOCK)
    mended = MemoryFactLog()
    mended.append(log.entries)
    summary = run_import(UK, [path], mended, CLOCK)
    assert (summary.accepted, summary.duplicate) == (BATCH_EVENTS // 2, BATCH_EVENTS // 2)
    assert mended.entries == whole.entries


def test_a_wrong_command_stores_nothing() -> None:
    log = MemoryFactLog()
    with pytest.raises(UsageError):
        run_import(PACKAGE, [FIXTURES / "kz_budget/datapackage.json", FIXTURES / "gone.csv"], log, CLOCK)
    assert log.entries == []


def test_the_tables_of_a_package_are_counted_apart() -> None:
    summary = run_import(PACKAGE, [FIXTURES / "kz_budget/datapackage.json"], MemoryFactLog(), CLOCK)
    assert {Path(file).name: counts.read for file, counts in summary.files.items()} == {
        "administrators.csv": 6,
        "region_functions.csv": 2,
        "tree.csv": 6,
    }
    assert summary.facts["esep.budget.period_published.v1"] == 4
    assert summary.obligations == 0


def test_only_the_first_rejections_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "march.json", [7] * (SHOWN_REJECTIONS + 5))
    summary = run_import(UK, [path], MemoryFactLog(), CLOCK)
    assert summary.rejected == SHOWN_REJECTIONS + 5
    assert dict(summary.rejected_by_code) == {"not_an_object": SHOWN_REJECTIONS + 5}
    assert len(summary.rejections) == SHOWN_REJECTIONS


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_is_told_by_file(terminal: bool) -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=100)
    with progress_on(console) as progress:
        run_import(ADMINISTRATORS, [FIXTURES / "kz_budget/administrators.csv"], MemoryFactLog(), CLOCK, progress)
    expected = "6/6" if terminal else "reading administrators.csv: 6 records\n"
    assert expected in written.getvalue()

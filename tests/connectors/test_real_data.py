"""Written questions against real files, when they are there: counts and sums that were checked by other means.

The files are not part of the project: ``ESEP_SHARED_DATA`` names their folder; without it these tests are skipped.
"""

import os
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from schemas.events.inquiries import InquiryAnsweredV1, InquiryFiledV1, InquiryLapsedV1
from services.adapters.clock import FakeClock
from services.adapters.memory import MemoryFactLog
from services.connectors.base import Record, Watermark
from services.connectors.uk_written_questions import UkWrittenQuestions
from services.importing.run import run_import
from tests.connectors.readings import of_kind
from tests.frame.tree import ROOT

READ_AT: Final = datetime(2026, 11, 21, tzinfo=UTC)
DATA: Final = Path(os.environ.get("ESEP_SHARED_DATA") or ROOT.parent / "shared" / "data")
UK: Final = UkWrittenQuestions(read_at=READ_AT)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no real data; ESEP_SHARED_DATA names their folder")


def month(name: str) -> Path:
    """The file of one whole month of questions."""
    return DATA / "uk-written-questions" / "full" / f"{name}.json.gz"


def closed_after_the_named_day(name: str) -> tuple[int, int]:
    """(named-day questions of a month that were answered or lapsed after the day, all of them)."""
    named: dict[str, date] = {}
    closed: dict[str, date] = {}
    for record in of_kind(Record, UK.read(month(name))):
        for event in record.events:
            if isinstance(event.data, InquiryFiledV1) and event.data.named_on is not None:
                named[event.subject] = event.data.named_on
            elif isinstance(event.data, InquiryAnsweredV1 | InquiryLapsedV1):
                closed[event.subject] = event.data.occurred_on
    return sum(1 for question, day in named.items() if closed[question] > day), len(named)


def test_all_questions_of_the_whole_months_are_read() -> None:
    paths = [month(name) for name in ("2023-12", "2024-07", "2024-08")]
    log = MemoryFactLog()
    summary = run_import(UK, paths, log, FakeClock(READ_AT))
    assert (summary.read, summary.accepted, summary.rejected) == (6700, 6700, 0)
    assert summary.obligations == 6700
    assert summary.facts == Counter(
        {
            "esep.inquiry.filed.v1": 6700,
            "esep.inquiry.answered.v1": 6691,
            "esep.inquiry.holding_answered.v1": 123,
            "esep.inquiry.answer_corrected.v1": 18,
            "esep.inquiry.lapsed.v1": 7,
            "esep.source.observed.v1": 3,
        }
    )
    again = run_import(UK, paths, log, FakeClock(READ_AT))
    assert (again.accepted, again.duplicate) == (0, 6700)


@pytest.mark.parametrize(("name", "late"), [("2023-12", (224, 1092)), ("2024-07", (98, 585)), ("2024-08", (30, 137))])
def test_named_day_questions_closed_after_their_day(name: str, late: tuple[int, int]) -> None:
    assert closed_after_the_named_day(name) == late


def test_each_month_is_read_up_to_its_latest_date() -> None:
    (mark,) = of_kind(Watermark, UK.read(month("2023-12")))
    said: dict[str, Any] = mark.event.data.model_dump(mode="json", exclude_none=True)
    assert said == {"read_up_to": "2024-05-23T23:00:00Z", "lag_s": 172800}


def test_snapshots_of_unfinished_months_are_read_too() -> None:
    paths = sorted((DATA / "uk-written-questions" / "partial").glob("*.json.gz"))
    connector = UkWrittenQuestions(read_at=READ_AT, watermark=False)
    summary = run_import(connector, paths, MemoryFactLog(), FakeClock(READ_AT))
    assert (summary.read, summary.accepted, summary.rejected) == (19467, 19467, 0)
    assert "esep.source.observed.v1" not in summary.facts

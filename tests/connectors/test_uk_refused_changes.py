"""Lines of observed changes that are refused: the code, the field, and a sentence that names file and line.

The lines around a bad one are read all the same.
"""

from pathlib import Path

import pytest

from services.adapters.clock import FakeClock
from services.adapters.memory import MemoryFactLog
from services.importing.run import run_import
from tests.connectors.questions import question
from tests.connectors.readings import READ_AT, UK
from tests.connectors.uk_observed_changes import (
    SNAPSHOTS,
    Line,
    final_answer,
    gone,
    line,
    seen,
    updated,
    write_changes,
)


@pytest.mark.parametrize(
    ("bad", "code", "field", "said"),
    [
        ("{", "invalid_json", None, "Invalid JSON"),
        ("7", "invalid_data", None, "an object"),
        (line(4, "renamed", 1), "invalid_data", "change", "must be"),
        (line(4, "updated", 1), "invalid_data", None, "fields are missing"),
        (line(4, "first_seen", 1), "invalid_data", None, "record is missing"),
        (updated(4, heading=["one"]), "invalid_data", "fields.heading[1]", "is missing"),
        (updated(4, dateAnswered=[None, "soon"]), "invalid_data", "fields.dateAnswered[1]", "must be a local date"),
        (updated(4, isNamedDay=[True, False]), "invalid_data", "fields", "isNamedDay changed"),
        (updated(4, answeringBodyId=[54, 17]), "contradictory", "fields.answeringBodyName", "give both"),
        (updated(4, dateForAnswer=["2025-03-06T00:00:00", None]), "contradictory", "fields.dateForAnswer", "away"),
        (updated(4, dateAnswered=[None, "2025-03-04T00:00:00"]), "contradictory", "fields.answerIsHolding", "is null"),
        (updated(4, **final_answer("2025-03-06")), "date_in_future", None, "later than the snapshot of 2025-03-05"),
        (seen(4, question(dateTabled="2025-02-27")), "contradictory", "month", "tabled on 2025-02-27"),
        (seen(4, question(uin=7)), "invalid_data", "uin", "must be a string"),
        (gone(4) | {"observed_at": SNAPSHOTS[3]}, "invalid_data", None, "not before observed_at"),
        (gone(4) | {"observed_at": "2025-03-05T00:30:00"}, "invalid_data", "observed_at", "no time zone"),
        (gone(4) | {"observed_at": "2095-03-05T00:30:00Z"}, "date_in_future", "observed_at", "lies in the future"),
    ],
)
def test_a_bad_line_is_refused_alone(tmp_path: Path, bad: Line | str, code: str, field: str | None, said: str) -> None:
    path = write_changes(tmp_path / "changes.jsonl", [seen(3), bad, updated(5, heading=["Fixtures: Numbers", "New"])])
    summary = run_import(UK, [path], MemoryFactLog(), FakeClock(READ_AT))
    assert (summary.accepted, summary.rejected) == (2, 1)
    (rejected,) = summary.rejections
    assert (rejected.code, rejected.field, rejected.row) == (code, field, "2")
    assert rejected.reason.startswith("changes.jsonl, line 2: ")
    assert said in rejected.reason

"""Observed changes: the facts each change states, their order, what they are counted as, and what they vouch for.

What is refused, and how the engine's fold stands against a plain replay, is tested beside this file.
"""

import gzip
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.envelope import Event
from schemas.events.sources import SourceObservedV1
from schemas.events.verbs import Amended, DueDateChanged, Filed, ObligationFact, Transferred
from services.adapters.clock import FakeClock
from services.adapters.memory import MemoryFactLog
from services.connectors.base import Notice, Reading, Record, UsageError, Watermark
from services.importing.run import run_import
from services.importing.summary import Summary
from tests.connectors.questions import answered, page, question, write
from tests.connectors.readings import READ_AT, UK, events_of, facts_said, of_kind, read
from tests.connectors.uk_observed_changes import (
    MONTH,
    SNAPSHOTS,
    Line,
    final_answer,
    gone,
    moved_to,
    seen,
    updated,
    write_changes,
)

ORDINARY = question(id=99000002, isNamedDay=False)
HOLDING = {
    "answerIsHolding": [None, True],
    "dateAnswered": [None, "2025-03-06T00:00:00"],
    "dateHoldingAnswer": [None, "2025-03-06T00:00:00"],
}


def readings_of(folder: Path, *lines: Line | str) -> list[Reading]:
    """The readings of a file of these lines."""
    return read(UK, write_changes(folder / "changes.jsonl", lines))


def facts_after_the_first(folder: Path, *lines: Line) -> list[Event]:
    """What follows from lines after a first sight on 4 March."""
    events = [event for record in of_kind(Record, readings_of(folder, seen(3), *lines)) for event in record.events]
    return events[1:]


def intervals(events: list[Event]) -> list[tuple[str, str, str]]:
    """Each fact as (verb, earliest day or -, day)."""
    said = []
    for event in events:
        assert isinstance(event.data, ObligationFact)
        fact = event.data
        said.append((event.type.split(".")[2], str(fact.earliest_on or "-"), str(fact.occurred_on)))
    return said


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (updated(5, heading=["Old", " A  new\nheading"]), [("amended", "2025-03-05", "2025-03-06")]),
        (
            updated(5, dateForAnswer=["2025-03-06T00:00:00", "2025-03-10T00:00:00"]),
            [("due_date_changed", "2025-03-05", "2025-03-06")],
        ),
        (moved_to(5, 54, 17), [("transferred", "2025-03-05", "2025-03-06")]),
        (updated(7, **final_answer("2025-03-06")), [("answered", "-", "2025-03-06")]),
        (updated(7, **HOLDING), [("holding_answered", "-", "2025-03-06")]),
        (
            updated(9, **final_answer("2025-03-08"), dateHoldingAnswer=[None, "2025-03-06T00:00:00"]),
            [("holding_answered", "-", "2025-03-06"), ("answered", "-", "2025-03-08")],
        ),
        (updated(7, isWithdrawn=[False, True]), [("withdrawn", "2025-03-07", "2025-03-08")]),
        (gone(7), [("retracted", "2025-03-07", "2025-03-08")]),
        (updated(7, attachmentCount=[0, 1]), []),
    ],
    ids=["heading", "day", "body", "final", "holding", "holding_and_final", "withdrawn", "gone", "nothing_of_ours"],
)
def test_what_a_change_states(tmp_path: Path, change: Line, expected: list[tuple[str, str, str]]) -> None:
    assert intervals(facts_after_the_first(tmp_path, change)) == expected


def test_a_first_sight_states_what_the_record_already_says(tmp_path: Path) -> None:
    first = seen(8, answered("2025-03-06", dateHoldingAnswer="2025-03-05T00:00:00"))
    assert facts_said(readings_of(tmp_path, first)) == [
        "filed 2025-03-03",
        "holding_answered 2025-03-05",
        "answered 2025-03-06",
    ]


def test_a_holding_answer_becomes_final_and_is_corrected(tmp_path: Path) -> None:
    final = updated(9, answerIsHolding=[True, False], dateAnswered=["2025-03-06T00:00:00", "2025-03-08T00:00:00"])
    corrected = updated(12, answerIsCorrection=[False, True], dateAnswerCorrected=[None, "2025-03-11T00:00:00"])
    assert intervals(facts_after_the_first(tmp_path, updated(7, **HOLDING), final, corrected)) == [
        ("holding_answered", "-", "2025-03-06"),
        ("answered", "-", "2025-03-08"),
        ("answer_corrected", "-", "2025-03-11"),
    ]


def test_a_correction_without_a_date_lies_between_its_snapshots(tmp_path: Path) -> None:
    marked = updated(9, answerIsCorrection=[False, True])
    assert intervals(facts_after_the_first(tmp_path, marked)) == [("answer_corrected", "2025-03-09", "2025-03-10")]


@pytest.mark.parametrize(
    ("snapshot", "answered_on", "dated"),
    [(7, "2025-03-07", "2025-03-07"), (7, "2025-03-08", "2025-03-08"), (7, "2025-03-05", "2025-03-07")],
    ids=["within", "the_same_day", "before_the_interval"],
)
def test_a_transfer_comes_before_the_answer_seen_with_it(
    tmp_path: Path, snapshot: int, answered_on: str, dated: str
) -> None:
    """Unless the answer lies before the interval: the transfer stays in it, so that transfers keep their order."""
    both = moved_to(snapshot, 54, 17, **final_answer(answered_on))
    facts = intervals(facts_after_the_first(tmp_path, both))
    assert facts == [("transferred", "2025-03-07", dated), ("answered", "-", answered_on)]


def test_there_and_back_are_two_transfers(tmp_path: Path) -> None:
    log = MemoryFactLog()
    path = write_changes(tmp_path / "changes.jsonl", [seen(3), moved_to(5, 54, 17), moved_to(7, 17, 54)])
    summary = run_import(UK, [path], log, FakeClock(READ_AT))
    assert summary.facts["esep.inquiry.transferred.v1"] == 2
    assert (summary.kinds["transferred"], summary.kinds["questions_back_with_first_body"]) == (2, 1)
    to = [e.data.owed_by for e in events_of(read(UK, path)) if isinstance(e.data, Transferred)]
    assert to == ["gb.dept.17", "gb.dept.54"]


def test_a_value_that_comes_back_is_a_fact_each_time(tmp_path: Path) -> None:
    there, back = ["2025-03-06T00:00:00", "2025-03-10T00:00:00"], ["2025-03-10T00:00:00", "2025-03-06T00:00:00"]
    lines = [updated(4, dateForAnswer=there), updated(5, dateForAnswer=back), updated(6, dateForAnswer=there)]
    events = facts_after_the_first(tmp_path, *lines)
    assert [e.data.named_on.day for e in events if isinstance(e.data, DueDateChanged)] == [10, 6, 10]
    assert len({event.id for event in events}) == 3


def test_the_formal_day_of_an_ordinary_question_is_carried_and_moves_with_its_filing(tmp_path: Path) -> None:
    move = updated(6, 99000002, dateForAnswer=["2025-03-06T00:00:00", "2025-03-12T00:00:00"])
    retitled = updated(4, 99000002, heading=["Fixtures: Numbers", "Other"])
    handed_on = moved_to(5, 54, 17, 99000002)
    readings = readings_of(tmp_path, seen(3, ORDINARY), retitled, handed_on, move)
    filings = [event for event in events_of(readings) if isinstance(event.data, Filed)]
    first, again = (event.data for event in filings)
    assert isinstance(first, Filed)
    assert isinstance(again, Filed)
    assert (first.named_on, first.set_down_for) == (None, date(2025, 3, 6))
    # As first asked in all else: what happened since is told by its own facts.
    assert again == first.model_copy(update={"set_down_for": date(2025, 3, 12)})
    assert filings[1].observedat == datetime.fromisoformat(SNAPSHOTS[6])


def test_a_moved_day_of_a_question_never_seen_whole_is_left_to_its_rule(tmp_path: Path) -> None:
    move = updated(6, 7, dateForAnswer=["2025-03-06T00:00:00", "2025-03-12T00:00:00"])
    assert facts_said(readings_of(tmp_path, move)) == ["due_date_changed 2025-03-07"]


def test_a_record_that_comes_back_is_owed_again_and_says_what_changed_meanwhile(tmp_path: Path) -> None:
    back = seen(9, question(heading="Later", answeringBodyId=17, answeringBodyName="Body 17"))
    facts = facts_after_the_first(tmp_path, gone(5), back)
    assert intervals(facts) == [
        ("retracted", "2025-03-05", "2025-03-06"),
        ("amended", "2025-03-09", "2025-03-10"),
        ("transferred", "2025-03-09", "2025-03-10"),
        ("reopened", "2025-03-09", "2025-03-10"),
    ]


def test_a_change_of_a_record_that_was_gone_shows_that_it_is_back(tmp_path: Path) -> None:
    facts = facts_after_the_first(tmp_path, gone(5), updated(7, heading=["Fixtures: Numbers", "Later"]))
    assert [verb for verb, _, _ in intervals(facts)] == ["retracted", "amended", "reopened"]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (
            updated(7, **final_answer("2025-03-06")),
            updated(8, answerIsHolding=[False, None], dateAnswered=["2025-03-06T00:00:00", None]),
        ),
        (updated(7, isWithdrawn=[False, True]), updated(8, isWithdrawn=[True, False])),
    ],
    ids=["answer_taken_back", "no_longer_withdrawn"],
)
def test_an_end_that_is_taken_back_opens_the_duty_again(tmp_path: Path, first: Line, then: Line) -> None:
    assert intervals(facts_after_the_first(tmp_path, first, then))[-1] == ("reopened", "2025-03-08", "2025-03-09")


def test_names_are_tidied_and_an_empty_heading_keeps_the_title(tmp_path: Path) -> None:
    facts = facts_after_the_first(tmp_path, updated(4, heading=["Old", None]), updated(5, heading=[None, " New  one"]))
    assert [event.data.title for event in facts if isinstance(event.data, Amended)] == ["New one"]


def test_subjects_and_sources_are_those_of_the_bulk_files(tmp_path: Path) -> None:
    asked = question(dateTabled="2025-03-01T00:00:00")
    bulk = events_of(read(UK, write(tmp_path / "march.json", page(asked))))
    changes = events_of(readings_of(tmp_path, seen(1, asked)))
    assert [(e.subject, e.source, e.data) for e in changes if isinstance(e.data, Filed)] == [
        (e.subject, e.source, e.data) for e in bulk if isinstance(e.data, Filed)
    ]
    assert changes[-1].subject == bulk[-1].subject == f"/sources/uk-written-questions/{MONTH}"


def marks(readings: list[Reading]) -> list[str]:
    """Records and watermarks in order: ``record``, or the instant read up to."""
    said = []
    for reading in readings:
        if isinstance(reading, Record):
            said.append("record")
        elif isinstance(reading, Watermark) and isinstance(reading.event.data, SourceObservedV1):
            said.append(reading.event.data.read_up_to.isoformat())
    return said


def test_each_snapshot_is_a_watermark_behind_its_facts(tmp_path: Path) -> None:
    lines = [seen(1, question(dateTabled="2025-03-01T00:00:00")), seen(1, ORDINARY | {"dateTabled": "2025-03-01"})]
    lines += [updated(2, heading=["Fixtures: Numbers", "New"])]
    assert marks(readings_of(tmp_path, *lines)) == ["record", "record", SNAPSHOTS[1], "record", SNAPSHOTS[2]]


FIRST = seen(1, question(dateTabled="2025-03-01T00:00:00"))
HEADING = {"heading": ["Fixtures: Numbers", "New"]}


@pytest.mark.parametrize(
    ("lines", "vouched", "why"),
    [
        ([seen(3)], [], "when the month had begun"),
        ([FIRST, updated(3, **HEADING), updated(4, **HEADING)], [SNAPSHOTS[1]], "leaves out what changed"),
        ([FIRST, updated(2, **HEADING), seen(1, ORDINARY)], [SNAPSHOTS[1]], "leave the order"),
        ([FIRST, "{", updated(2, **HEADING)], [], "1 of its records could not be read"),
        ([FIRST, updated(2, **HEADING), "{"], [SNAPSHOTS[1]], "1 of its records could not be read"),
    ],
    ids=["begun_late", "gap", "order", "unread_before", "unread_after"],
)
def test_a_broken_chain_vouches_for_nothing_from_there_on(
    tmp_path: Path, lines: list[Line | str], vouched: list[str], why: str
) -> None:
    readings = readings_of(tmp_path, *lines)
    assert [mark for mark in marks(readings) if mark != "record"] == vouched
    (notice,) = [n for n in of_kind(Notice, readings) if n.code == "watermark_withheld"]
    assert why in notice.text
    assert "nobody is called late" in notice.text


def test_watermarks_can_be_left_out(tmp_path: Path) -> None:
    path = write_changes(tmp_path / "changes.jsonl", [seen(3)])
    readings = read(replace(UK, watermark=False), path)
    assert of_kind(Watermark, readings) == []
    assert of_kind(Notice, readings) == []


def test_nobody_can_vouch_for_more_than_the_file_says(tmp_path: Path) -> None:
    path = write_changes(tmp_path / "changes.jsonl", [seen(3)])
    with pytest.raises(UsageError, match="without --observed-until"):
        read(replace(UK, observed_until=datetime(2025, 4, 1, tzinfo=UTC)), path)


def imported(path: Path, log: MemoryFactLog | None = None) -> Summary:
    """The account of an import."""
    return run_import(UK, [path], log or MemoryFactLog(), FakeClock(READ_AT))


def test_kinds_are_counted_in_the_terms_of_the_source(tmp_path: Path) -> None:
    lines: list[Line | str] = [
        seen(3),
        seen(3, ORDINARY),
        updated(4, **HEADING),
        updated(5, dateForAnswer=["2025-03-06T00:00:00", "2025-03-07T00:00:00"], heading=["New", "Newer"]),
        updated(7, **HOLDING, heading=["Newer", "Newest"]),
        updated(9, answerIsHolding=[True, False], dateAnswered=["2025-03-06T00:00:00", "2025-03-08T00:00:00"]),
        updated(9, 99000002, **final_answer("2025-03-07")),
        updated(10, 99000002, answerIsCorrection=[False, True], dateAnswerCorrected=[None, "2025-03-10T00:00:00"]),
        updated(10, 7, **HEADING),
        updated(11, answeringMemberId=[None, 1]),
        gone(12, 99000002),
    ]
    summary = imported(write_changes(tmp_path / "changes.jsonl", lines))
    expected: dict[str, Any] = {
        "answer_corrected": 1,
        "answered": 1,
        "answered_after_holding": 1,
        "disappeared": 1,
        "due_date_moved": 1,
        "first_seen": 2,
        "heading_only": 2,
        "holding_answered": 1,
        "nothing_read": 1,
        "questions_without_first_sight": 1,
    }
    assert summary.to_json()["kinds"] == expected
    assert [n.code for n in summary.notices] == ["watermark_withheld", "filing_unknown"]


def test_an_old_value_that_was_not_known_is_told_and_the_new_one_stands(tmp_path: Path) -> None:
    readings = readings_of(tmp_path, seen(3), updated(4, heading=["Something else", "New"]))
    assert facts_said(readings)[-1] == "amended 2025-03-05"
    (notice,) = [n for n in of_kind(Notice, readings) if n.code == "contradicts_known"]
    assert "1 of heading" in notice.text


def test_reading_the_file_again_adds_nothing(tmp_path: Path) -> None:
    log = MemoryFactLog()
    plain = write_changes(tmp_path / "changes.jsonl", [seen(3), updated(4, **HEADING), gone(5)])
    packed = tmp_path / "the-same.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    first = imported(plain, log)
    stored = len(log.entries)
    again = imported(packed, log)
    assert (first.accepted, again.accepted, again.duplicate) == (3, 0, 3)
    assert len(log.entries) == stored


def test_a_file_is_recognised_by_what_it_holds_not_by_its_name(tmp_path: Path) -> None:
    path = write_changes(tmp_path / "march.json", ["", "{broken", seen(3)])
    assert facts_said(read(UK, path)) == ["filed 2025-03-03"]

"""The engine's fold of observed changes against a plain replay of the same records, whatever the order of the facts.

The whole real file is replayed by ``make bench``; here a part of it, when it is there, and an invented one always.
"""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from schemas.events.states import Lifecycle
from services.adapters.clock import FakeClock
from services.adapters.memory import MemoryFactLog
from services.domain.obligations import fold
from services.importing.run import run_import
from tests.connectors.questions import Question, answered, page, question, write
from tests.connectors.uk_engine import UK, Facts, differences, facts_in, needs_real_data
from tests.connectors.uk_observed_changes import (
    DATA,
    REAL,
    final_answer,
    gone,
    moved_to,
    replay,
    seen,
    updated,
    write_changes,
)

SAMPLE: Final = 2000


def whole_record(number: int, **changes: object) -> Question:
    """An invented question with a number of its own."""
    return question(id=99000000 + number, **changes)


def invented(folder: Path) -> Path:
    """A file in which every kind of change occurs."""
    days = ["2025-03-06T00:00:00", "2025-03-10T00:00:00", "2025-03-07T00:00:00"]
    lines = [
        *(seen(3, whole_record(number)) for number in range(1, 10)),
        *(seen(3, whole_record(number, isNamedDay=False)) for number in range(11, 14)),
        seen(8, answered("2025-03-06", id=99000020)),
        *(moved_to(5, 54, 17, 99000000 + number) for number in (2, 3, 4, 12)),
        *(updated(5, 99000000 + number, dateForAnswer=days[:2]) for number in (5, 6, 11)),
        updated(6, 99000001, **final_answer("2025-03-06")),
        moved_to(6, 17, 54, 99000003),
        moved_to(6, 17, 20, 99000004, **final_answer("2025-03-04")),
        *(updated(6, 99000000 + number, dateForAnswer=days[1:]) for number in (6, 11)),
        updated(
            7, 99000007, answerIsHolding=[None, True], dateAnswered=[None, days[0]], dateHoldingAnswer=[None, days[0]]
        ),
        updated(7, 99000012, **final_answer("2025-03-07")),
        updated(8, 99000008, isWithdrawn=[False, True]),
        gone(8, 99000009),
        gone(8, 99000001),
        gone(8, 99000005),
        seen(10, whole_record(5, dateForAnswer=days[1])),
        updated(
            9, 99000002, answerIsHolding=[None, True], dateAnswered=[None, days[2]], dateHoldingAnswer=[None, days[2]]
        ),
        updated(10, 99000002, answerIsHolding=[True, False], dateAnswered=[days[2], days[1]]),
        updated(12, 7, heading=["Never", "seen whole"]),
    ]
    return write_changes(folder / "changes.jsonl", lines)


@pytest.mark.parametrize("seed", range(20))
def test_the_fold_of_invented_changes_is_their_last_known_record(tmp_path: Path, seed: int) -> None:
    path = invented(tmp_path)
    expected = replay(path)
    assert {stands.lifecycle for stands in expected.values()} == set(Lifecycle) - {Lifecycle.LAPSED}
    assert differences(facts_in(path), expected, random.Random(seed)) == []


def test_what_changed_while_a_record_was_gone_holds_when_it_is_back(tmp_path: Path) -> None:
    elsewhere = question(answeringBodyId=9, answeringBodyName="Body 9", dateForAnswer="2025-03-20T00:00:00")
    done = answered("2025-03-10", id=99000002)
    lines = [seen(3), seen(3, question(id=99000002)), gone(8), gone(8, 99000002), seen(11, elsewhere), seen(11, done)]
    path = write_changes(tmp_path / "changes.jsonl", lines)
    assert differences(facts_in(path), replay(path), random.Random(1)) == []


def test_a_question_never_seen_whole_waits_for_its_filing(tmp_path: Path) -> None:
    facts = facts_in(invented(tmp_path))
    assert fold(facts["gb.wq:7"]) is None
    bulk = write(tmp_path / "march.json", page(question(id=7)))
    obligation = fold([*facts["gb.wq:7"], *facts_in(bulk)["gb.wq:7"]])
    assert obligation is not None
    assert obligation.title == "seen whole"


@pytest.fixture(scope="module")
def real_facts() -> Facts:
    """Every fact of the real file."""
    return facts_in(REAL)


@needs_real_data
def test_the_fold_of_real_changes_is_their_last_known_record(real_facts: Facts) -> None:
    chance = random.Random(2026)
    expected = replay(REAL)
    # Those that changed say more than those that did not.
    eventful = sorted(expected, key=lambda subject: (-len(real_facts[subject]), subject))[: SAMPLE // 2]
    others = chance.sample(sorted(set(expected) - set(eventful)), SAMPLE - len(eventful))
    drawn = {subject: expected[subject] for subject in (*eventful, *others)}
    assert differences(real_facts, drawn, chance) == []


@needs_real_data
def test_bulk_files_and_changes_together_say_the_same(real_facts: Facts) -> None:
    """The files of whole months were made at the last snapshots: what both hold ends as the records of both."""
    months = sorted((DATA / "uk-written-questions" / "partial").glob("*.json.gz"))[:2]
    bulk = facts_in(*months)
    stands = replay(REAL)
    shared = {subject: stands[subject] for subject in bulk if subject in stands}
    assert len(shared) > SAMPLE
    both = {subject: [*bulk[subject], *real_facts[subject]] for subject in shared}
    assert differences(both, shared, random.Random(2026)) == []


@needs_real_data
def test_every_change_is_counted() -> None:
    summary = run_import(UK, [REAL], MemoryFactLog(), FakeClock(datetime(2026, 11, 21, tzinfo=UTC)))
    assert (summary.read, summary.rejected) == (58_265, 0)
    assert dict(summary.kinds) == {
        "answer_corrected": 10,
        "answered": 9_587,
        "answered_after_holding": 68,
        "disappeared": 17,
        "due_date_moved": 121,
        "first_seen": 29_643,
        "first_seen_answered": 117,
        "heading_only": 16_911,
        "holding_answered": 175,
        "nothing_read": 3,
        "questions_back_with_first_body": 10,
        "questions_without_first_sight": 34,
        "transferred": 1_753,
    }
    assert summary.facts["esep.inquiry.transferred.v1"] == 1_753
    assert summary.facts["esep.inquiry.due_date_changed.v1"] + summary.facts["esep.inquiry.filed.v1"] - 29_643 == 121


@needs_real_data
def test_questions_that_return_to_their_first_body_keep_both_spans(real_facts: Facts) -> None:
    held = [
        [span.body for span in obligation.spans]
        for facts in real_facts.values()
        if (obligation := fold(facts)) is not None and len(obligation.spans) > 2
    ]
    assert sum(1 for bodies in held if bodies[-1] == bodies[0]) == 10

"""Claims made from observed changes: none before the lag has passed, and each that proves wrong is withdrawn with its reason.

The question is due on 6 March; with a lag of a day the snapshot of the 8th is the first that may call it late.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from services.adapters.rulebook import load_rulebook
from services.connectors.uk_question_source import LAG
from tests.bench.lag_replay import DAY, Outcome, arrivals_in, replay_with, snapshots_of
from tests.connectors.questions import answered, question
from tests.connectors.readings import UK, read
from tests.connectors.uk_observed_changes import SNAPSHOTS, Line, final_answer, gone, seen, updated, write_changes

FIRST_THAT_MAY_CLAIM = 8
TABLED: dict[str, Any] = {"dateTabled": "2025-03-01T00:00:00"}
OTHER = 99000002


def nightly(*changes: Line) -> Sequence[Line]:
    """The changes, and one of another question's heading every night, so that no snapshot is missing."""
    lines = [seen(1, question(**TABLED)), seen(1, answered("2025-03-01", id=OTHER, **TABLED))]
    lines += [updated(night, OTHER, heading=[str(night - 1), str(night)]) for night in range(2, len(SNAPSHOTS))]
    return sorted([*lines, *changes], key=lambda line: str(line["observed_at"]))


def outcome(folder: Path, *changes: Line) -> Outcome:
    """What the file would have led to under the declared lag."""
    path = write_changes(folder / "changes.jsonl", nightly(*changes))
    return replay_with(LAG, snapshots_of(read(UK, path)), load_rulebook())


def test_unanswered_it_is_claimed_once_the_lag_has_passed(tmp_path: Path) -> None:
    found = outcome(tmp_path)
    assert (found.raised, found.withdrawn) == (1, Counter())
    (waited,) = found.waits
    assert LAG <= waited < LAG + DAY


def test_an_answer_in_time_that_shows_within_the_lag_raises_no_claim(tmp_path: Path) -> None:
    shown = updated(FIRST_THAT_MAY_CLAIM, **final_answer("2025-03-06"))
    assert outcome(tmp_path, shown).raised == 0


def test_a_late_answer_leaves_the_claim_standing(tmp_path: Path) -> None:
    found = outcome(tmp_path, updated(12, **final_answer("2025-03-11")))
    assert (found.raised, found.withdrawn) == (1, Counter())


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (updated(9, **final_answer("2025-03-06")), "fulfilled_in_time"),
        (updated(9, dateForAnswer=["2025-03-06T00:00:00", "2025-03-20T00:00:00"]), "due_date_moved"),
        (updated(9, isWithdrawn=[False, True]), "withdrawn"),
        (gone(9), "retracted"),
    ],
)
def test_a_claim_that_proves_wrong_is_withdrawn_and_says_why(tmp_path: Path, shown: Line, reason: str) -> None:
    found = outcome(tmp_path, shown)
    assert found.withdrawn == Counter({reason: 1})
    assert found.raised == 1 + (reason == "due_date_moved")


def test_a_claim_is_made_again_when_the_record_comes_back(tmp_path: Path) -> None:
    found = outcome(tmp_path, gone(9), seen(12, question(**TABLED)))
    assert (found.raised, found.withdrawn) == (2, Counter({"retracted": 1}))


def test_arrivals_say_between_which_snapshots_an_answer_showed(tmp_path: Path) -> None:
    path = write_changes(tmp_path / "changes.jsonl", nightly(updated(7, **final_answer("2025-03-06"))))
    (arrival,) = arrivals_in(read(UK, path))
    assert [arrival.not_yet_at.day, arrival.shown_at.day, arrival.day_ended_at.day] == [7, 8, 7]
    assert (arrival.in_time, arrival.shown_after_the_day) == (True, True)

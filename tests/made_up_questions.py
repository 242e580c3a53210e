"""Made-up written questions in the shape of the UK interface, and what must be true of them.

Everything follows from a number, so the expected counts are computed here, not copied from a run.
"""

import gzip
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

MONTH = date(2023, 11, 1)


@dataclass(frozen=True, slots=True)
class Expected:
    """Counts over one file: all, named-day, and named-day ones not answered by their day."""

    questions: int
    named_day: int
    named_day_late: int


def question(number: int) -> dict[str, Any]:
    """Question ``number``: every third is named-day; delays run from in time to weeks late; some are unanswered."""
    tabled = MONTH + timedelta(days=number % 20)
    due = tabled + timedelta(days=4)
    answered = _answered_on(number, due)
    return {
        "id": 900_000 + number,
        "uin": str(number),
        "house": "Commons",
        "dateTabled": f"{tabled}T00:00:00",
        "dateForAnswer": f"{due}T00:00:00",
        "answeringBodyId": 1 + number % 7,
        "answeringBodyName": f"Department {1 + number % 7}",
        "isWithdrawn": False,
        "isNamedDay": number % 3 == 0,
        "answerIsHolding": False if answered else None,
        "answerIsCorrection": False if answered else None,
        "dateAnswered": f"{answered}T00:00:00" if answered else None,
        "answerText": "An answer." if answered else None,
        "questionText": f"To ask a made-up question, number {number}.",
        "dateAnswerCorrected": None,
        "dateHoldingAnswer": None,
        "heading": f"Made-up heading {number % 50}",
        "groupedQuestions": [],
        "attachments": [],
    }


def _answered_on(number: int, due: date) -> date | None:
    if number % 41 == 0:
        return None
    return due + timedelta(days=(number * 7) % 11 - 6)


def write_questions(path: Path, count: int) -> Expected:
    """Write one gzipped file of ``count`` questions; the last of them is answered weeks after all due days."""
    questions = [question(number) for number in range(count - 1)]
    last = question(count - 1) | {"isNamedDay": False, "dateAnswered": f"{MONTH + timedelta(days=60)}T00:00:00"}
    everything = [*questions, last | {"answerIsHolding": False, "answerText": "An answer."}]
    with gzip.open(path, "wt", encoding="utf-8") as file:
        json.dump([{"value": value} for value in everything], file)
    named = [q for q in everything if q["isNamedDay"]]
    late = [q for q in named if q["dateAnswered"] is None or q["dateAnswered"] > q["dateForAnswer"]]
    return Expected(len(everything), len(named), len(late))

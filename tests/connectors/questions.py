"""Invented written questions in the shape of the UK API, for tests to bend.

Ids are far above any real one; texts and members are made up and must never leave a connector.
"""

import json
from pathlib import Path
from typing import Any

QUESTION_TEXT = "To ask the Secretary of State for Tests, how many fixtures there are; and if he will count them again."
ANSWER_TEXT = "<p>The Department counts fixtures once a year.</p>"
PROROGUED = "It has not proved possible to respond to the hon. Member in the time available before Prorogation."
MEMBER = {"id": 990001, "listAs": "Fixture, Ada", "name": "Ada Fixture", "party": "Independent"}

Question = dict[str, Any]


def question(**changes: Any) -> Question:
    """An unanswered named-day question tabled on 3 March 2025, with some fields changed."""
    return {
        "id": 99000001,
        "askingMemberId": 990001,
        "askingMember": MEMBER,
        "house": "Commons",
        "memberHasInterest": False,
        "dateTabled": "2025-03-03T00:00:00",
        "dateForAnswer": "2025-03-06T00:00:00",
        "uin": "900001",
        "questionText": QUESTION_TEXT,
        "answeringBodyId": 54,
        "answeringBodyName": "Ministry of Justice",
        "isWithdrawn": False,
        "isNamedDay": True,
        "groupedQuestions": [],
        "answerIsHolding": None,
        "answerIsCorrection": None,
        "answeringMemberId": None,
        "answeringMember": None,
        "correctingMemberId": None,
        "correctingMember": None,
        "dateAnswered": None,
        "answerText": "",
        "originalAnswerText": "",
        "comparableAnswerText": "",
        "dateAnswerCorrected": None,
        "dateHoldingAnswer": None,
        "attachmentCount": 0,
        "heading": "Fixtures: Numbers",
        "attachments": [],
        "groupedQuestionsDates": [],
    } | changes


def answered(on: str, **changes: Any) -> Question:
    """The same question with a final answer of a London date."""
    final = {"dateAnswered": f"{on}T00:00:00", "answerIsHolding": False, "answerIsCorrection": False}
    return question(**{**final, "answerText": ANSWER_TEXT, **changes})


def without(field: str) -> Question:
    """The question as if the source had renamed or dropped a field."""
    return {name: value for name, value in question().items() if name != field}


def page(*questions: Question, total: int | None = None) -> Any:
    """A page of the API that holds the questions, and by default all there are."""
    results = [{"value": q, "links": [{"rel": "self", "href": f"/Questions/{q['id']}"}]} for q in questions]
    return {"totalResults": len(questions) if total is None else total, "results": results}


def write(path: Path, document: Any) -> Path:
    """A JSON file."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return path

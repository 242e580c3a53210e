"""Files of observed changes for tests: invented lines, the real file where it is, and a plain replay of either.

The replay reads the JSON by itself and knows nothing of the connector: it is the oracle the engine is held against.
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from schemas.events.states import Lifecycle
from tests.connectors.questions import Question, question
from tests.frame.tree import ROOT

DATA: Final = Path(os.environ.get("ESEP_SHARED_DATA") or ROOT.parent / "shared" / "data")
REAL: Final = DATA / "uk-written-questions" / "observed_changes.jsonl.gz"

Line = dict[str, Any]

MONTH: Final = "2025-03"
SNAPSHOTS: Final = [f"2025-03-{day:02}T00:30:00+00:00" for day in range(1, 30)]
"""A snapshot every night of March, half an hour after midnight; number 0 is from before the first question."""

_RECORD: Final = [
    "dateForAnswer",
    "answeringBodyId",
    "answeringBodyName",
    "isWithdrawn",
    "isNamedDay",
    "answerIsHolding",
    "answerIsCorrection",
    "answeringMemberId",
    "dateAnswered",
    "dateAnswerCorrected",
    "dateHoldingAnswer",
    "attachmentCount",
    "memberHasInterest",
    "heading",
    "uin",
    "dateTabled",
    "askingMemberId",
    "questionText",
]


def line(snapshot: int, change: str, id_: int, **more: Any) -> Line:
    """One line, seen in a snapshot of ``SNAPSHOTS``."""
    return {
        "change": change,
        **more,
        "month": MONTH,
        "id": id_,
        "observed_at": SNAPSHOTS[snapshot],
        "previous_snapshot": SNAPSHOTS[snapshot - 1],
        "commit": "0123456789ab",
    }


def seen(snapshot: int, whole: Question | None = None) -> Line:
    """A question seen for the first time, by default the unanswered named-day one of 3 March, due on the 6th."""
    asked = question() if whole is None else whole
    return line(snapshot, "first_seen", asked["id"], record={name: asked[name] for name in _RECORD})


def updated(snapshot: int, id_: int = 99000001, /, **fields: list[Any]) -> Line:
    """Fields of a question changed, each from its first value to its second."""
    return line(snapshot, "updated", id_, fields=fields)


def moved_to(snapshot: int, old: int, new: int, id_: int = 99000001, **more: list[Any]) -> Line:
    """The answering body changed."""
    names = [f"Body {old}", f"Body {new}"]
    return updated(snapshot, id_, answeringBodyId=[old, new], answeringBodyName=names, **more)


def final_answer(on: str) -> dict[str, list[Any]]:
    """The fields of a first and final answer of a London date."""
    return {
        "answerIsHolding": [None, False],
        "answerIsCorrection": [None, False],
        "dateAnswered": [None, f"{on}T00:00:00"],
    }


def gone(snapshot: int, id_: int = 99000001) -> Line:
    """The record of a question disappeared."""
    return line(snapshot, "disappeared", id_)


def write_changes(path: Path, lines: Iterable[Line | str]) -> Path:
    """A file of such lines; a string is written as it is."""
    texts = (text if isinstance(text, str) else json.dumps(text) for text in lines)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Expected:
    """Where a question stands by the last known record of it."""

    lifecycle: Lifecycle
    named_on: date | None
    set_down_for: date | None
    body: str


def replay(path: Path) -> dict[str, Expected]:
    """Every question that was seen whole, by obligation id, as its last known record has it."""
    records: dict[int, Line] = {}
    present: dict[int, bool] = {}
    for change in _lines(path):
        number = change["id"]
        present[number] = change["change"] != "disappeared"
        if change["change"] == "first_seen":
            records[number] = dict(change["record"])
        elif change["change"] == "updated" and number in records:
            records[number] |= {name: new for name, (_, new) in change["fields"].items()}
    return {f"gb.wq:{number}": _expected(record, present[number]) for number, record in records.items()}


def _lines(path: Path) -> Iterator[Line]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        yield from map(json.loads, lines)


def _expected(record: Line, present: bool) -> Expected:
    day = date.fromisoformat(record["dateForAnswer"][:10])
    named = record["isNamedDay"]
    return Expected(
        lifecycle=_lifecycle(record) if present else Lifecycle.RETRACTED,
        named_on=day if named else None,
        set_down_for=None if named else day,
        body=f"gb.dept.{record['answeringBodyId']}",
    )


def _lifecycle(record: Line) -> Lifecycle:
    if record["isWithdrawn"]:
        return Lifecycle.WITHDRAWN
    if record["dateAnswered"] is None:
        return Lifecycle.OPEN
    return Lifecycle.PARTLY_FULFILLED if record["answerIsHolding"] else Lifecycle.FULFILLED

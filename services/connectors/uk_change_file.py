"""A file of observed changes to written questions (JSON lines) into facts, watermarks and counts.

Line by line: of a question only what its record said last is kept. What a change means is in ``uk_change_facts``.
"""

import io
import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from schemas.envelope import Event
from schemas.events.inquiries import InquiryFiledV1, InquiryReopenedV1
from schemas.events.verbs import ObligationFact
from services.adapters.validation_messages import Fault
from services.connectors.base import UTF8_BOM, Artefact, Notice, Opened, Reading, Record, Rejected, Tally, Watermark
from services.connectors.uk_change_facts import (
    RECORD_CAME_BACK,
    Interval,
    Standing,
    before_and_after,
    contradictions,
    facts_between,
    kinds_of,
    reopened,
    retracted,
    standing_of,
)
from services.connectors.uk_change_record import Change, question_in, read_change
from services.connectors.uk_change_snapshots import Snapshots
from services.connectors.uk_question_record import FaultyQuestionError, Question, facts_of, filing_of
from services.connectors.uk_question_source import UNSUPPORTED_HOUSE, london_date, source_of, start_of, subject_of
from services.domain.identity import Provenance, new_event

_LINES_LOOKED_AT: Final = 10
_LONGEST_LINE: Final = 65_536


def is_change_file(artefact: Artefact) -> bool:
    """Whether a file holds observed changes, by its first lines."""
    lines = io.BytesIO(artefact.content.removeprefix(UTF8_BOM))
    return any(_says_change(lines.readline(_LONGEST_LINE)) for _ in range(_LINES_LOOKED_AT))


def _says_change(line: bytes) -> bool:
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "change" in found


@dataclass(slots=True)
class _Watched:
    """What is known of one question: what its record said last, and the line it was first seen in."""

    standing: Standing = field(default_factory=Standing)
    first_line: bytes | None = None
    first_body: int | None = None
    returned: bool = False
    gone: bool = False


class ChangeFile:
    """The readings of one file; to be read once, in order."""

    def __init__(self, path: Path, artefact: Artefact, *, rules: Collection[str], read_at: datetime) -> None:
        """Read as of ``read_at``: what was observed later is refused. ``rules`` are those this release has."""
        self._path = path
        self._artefact = artefact
        self._rules = rules
        self._read_at = read_at
        self._watched: dict[int, _Watched] = {}
        self._kinds: Counter[str] = Counter()
        self._contradictions: Counter[str] = Counter()

    def readings(self, *, watermark: bool) -> Iterator[Reading]:
        """Every line as a record or a rejection; the watermark of a snapshot follows its facts, unless they are off."""
        name = self._artefact.name
        content = self._artefact.content.removeprefix(UTF8_BOM)
        lines = content.splitlines()
        yield Opened(self._path, sum(1 for line in lines if line.strip()))
        if content is not self._artefact.content:
            yield Notice(name, "byte_order_mark", f"{name} starts with a byte order mark")
        snapshots = Snapshots(name)
        for number, line in enumerate(lines, start=1):
            if line.strip():
                found, left_behind = self._line(number, line, snapshots)
                yield from left_behind if watermark else ()
                yield found
        yield from snapshots.finish() if watermark else ()
        yield from self._account()

    def _line(self, number: int, line: bytes, snapshots: Snapshots) -> tuple[Record | Rejected, list[Watermark]]:
        name = self._artefact.name
        try:
            change = read_change(line)
            facts = self._facts(change, line)
        except FaultyQuestionError as faulty:
            if faulty.code != UNSUPPORTED_HOUSE:
                snapshots.unreadable()
            reason = f"{name}, line {number}: {faulty}"
            return Rejected(name, str(number), faulty.field, faulty.code, reason, line), []
        left_behind = list(snapshots.advance(change))
        return Record(f"{name}:{number}", tuple(self._event(fact, change, number) for fact in facts)), left_behind

    def _facts(self, change: Change, line: bytes) -> tuple[ObligationFact, ...]:
        if change.observed_at > self._read_at:
            raise FaultyQuestionError(
                "date_in_future", Fault("observed_at", f"{change.observed_at.isoformat()} lies in the future")
            )
        if change.change == "first_seen":
            return self._seen(change, line)
        watched = self._watched.get(change.id, _Watched())
        if change.change == "updated":
            return self._updated(change, watched)
        self._kinds["disappeared"] += 1
        self._watched[change.id] = replace(watched, gone=True)
        return (retracted(_interval(change)),)

    def _seen(self, change: Change, line: bytes) -> tuple[ObligationFact, ...]:
        question = question_in(change)
        standing = standing_of(question)
        self._refuse_unjudgeable(question.rule, standing, change)
        watched = self._watched.get(change.id)
        if watched is not None and watched.first_line is not None:
            return self._seen_again(change, question, watched)
        self._kinds["first_seen"] += 1
        self._kinds["first_seen_answered"] += standing.final_on is not None
        self._watched[change.id] = _Watched(standing, line, question.answering_body_id)
        return tuple(facts_of(question, london_date(change.observed_at)))

    def _seen_again(self, change: Change, question: Question, watched: _Watched) -> tuple[ObligationFact, ...]:
        """A record that came back: what it says now, against what it said before it went."""
        self._kinds["seen_again"] += 1
        return self._step(change, watched, watched.standing, standing_of(question), question.answering_body_name)

    def _updated(self, change: Change, watched: _Watched) -> tuple[ObligationFact, ...]:
        if change.fields is None:
            raise AssertionError("an update has fields")
        before, after = before_and_after(watched.standing, change.fields)
        self._refuse_unjudgeable(None, after, change)
        name = change.fields.answering_body_name
        facts = self._step(change, watched, before, after, name[1] if name is not None else None)
        self._kinds.update(kinds_of(before, after))
        if watched.first_line is not None:
            self._contradictions.update(contradictions(watched.standing, before))
        return facts

    def _step(
        self, change: Change, watched: _Watched, before: Standing, after: Standing, body_name: str | None
    ) -> tuple[ObligationFact, ...]:
        between = _interval(change)
        moved = before.date_for_answer != after.date_for_answer
        filing = _filing_in(watched.first_line) if moved and watched.first_line is not None else None
        facts = facts_between(before, after, between, body_name=body_name, filing=filing)
        if watched.gone:
            facts = (*(f for f in facts if not isinstance(f, InquiryReopenedV1)), reopened(between, RECORD_CAME_BACK))
        returned = before.body_id != after.body_id and after.body_id == watched.first_body
        self._watched[change.id] = replace(watched, standing=after, gone=False, returned=watched.returned or returned)
        return facts

    def _refuse_unjudgeable(self, rule: str | None, standing: Standing, change: Change) -> None:
        if rule is not None and rule not in self._rules:
            text = f"this question needs rule {rule}, which this release does not have"
            raise FaultyQuestionError(UNSUPPORTED_HOUSE, Fault("record.house", text))
        seen_on = london_date(change.observed_at)
        for day in (standing.date_answered, standing.date_holding_answer, standing.date_answer_corrected):
            if day is not None and day > seen_on:
                text = f"{day} is later than the snapshot of {seen_on} that shows it; correct the date"
                raise FaultyQuestionError("date_in_future", Fault("", text))

    def _event(self, fact: ObligationFact, change: Change, number: int) -> Event:
        """The version is the snapshot's time: A, B, A are three facts, and reading them again adds none."""
        observed_at = change.observed_at.astimezone(UTC)
        return new_event(
            fact,
            source=source_of(change.month),
            subject=subject_of(change.id),
            time=start_of(fact.occurred_on) if fact.earliest_on is None else observed_at,
            observed_at=observed_at,
            native_id=str(change.id),
            version=observed_at.isoformat(),
            provenance=Provenance(uri=self._artefact.name, sha256=self._artefact.sha256, locator=f"line {number}"),
        )

    def _account(self) -> Iterator[Tally | Notice]:
        name = self._artefact.name
        waiting = sum(1 for watched in self._watched.values() if watched.first_line is None)
        self._kinds["questions_without_first_sight"] = waiting
        self._kinds["questions_back_with_first_body"] = sum(watched.returned for watched in self._watched.values())
        self._kinds["old_values_contradicted"] = self._contradictions.total()
        yield Tally(name, {kind: count for kind, count in sorted(self._kinds.items()) if count})
        if waiting:
            text = f"{name}: {waiting} questions changed that it never showed whole; their facts wait for the filing"
            yield Notice(name, "filing_unknown", text)
        if self._contradictions:
            said = ", ".join(f"{count} of {field_name}" for field_name, count in self._contradictions.most_common())
            text = f"{name}: old values differ from what it said before ({said}); the new values stand"
            yield Notice(name, "contradicts_known", text)


def _filing_in(first_line: bytes) -> InquiryFiledV1:
    return filing_of(question_in(read_change(first_line)))


def _interval(change: Change) -> Interval:
    return Interval(london_date(change.previous_snapshot), london_date(change.observed_at))

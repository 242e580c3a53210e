"""Written questions of the UK Parliament: files of its questions API, JSON or gzip, into facts.

A source's watermark covers one month of tabling; the record itself is read in ``uk_question_record``, a file of observed
changes in ``uk_change_file``.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from services.adapters.validation_messages import Fault
from services.connectors.base import (
    Artefact,
    ArtefactRejectedError,
    Notice,
    Opened,
    Reading,
    Record,
    Rejected,
    UsageError,
    check_files,
    content_version,
    open_artefact,
    text_of,
)
from services.connectors.uk_change_file import ChangeFile, is_change_file
from services.connectors.uk_question_record import FaultyQuestionError, Question, facts_of, read_question
from services.connectors.uk_question_source import (
    SOURCE,
    UNSUPPORTED_HOUSE,
    london_date,
    source_of,
    start_of,
    subject_of,
    watermark_of,
)
from services.domain.identity import Provenance, new_event

COMMONS_RULES: Final = frozenset({"gb.wq.named_day", "gb.wq.ordinary"})


@dataclass(frozen=True, slots=True)
class UkWrittenQuestions:
    """Reads questions as of ``read_at``, an aware instant; what they date later is refused as a mistake.

    A month is taken to be read up to the latest date its records state, or to ``observed_until`` when whoever
    fetched the files vouches for it; ``watermark`` is off for files that are not whole months. ``rules`` are the
    ids of the rules this release has.
    """

    read_at: datetime
    observed_until: datetime | None = None
    watermark: bool = True
    rules: Collection[str] = COMMONS_RULES

    @property
    def source(self) -> str:
        """The prefix of its months' ids."""
        return SOURCE

    def check(self, paths: Sequence[Path]) -> None:
        """See ``Connector.check``."""
        check_files(paths)
        if self.observed_until is not None and self.observed_until > self.read_at:
            raise UsageError(f"--observed-until {self.observed_until.isoformat()} lies in the future")
        if self.observed_until is not None and not self.watermark:
            raise UsageError("--observed-until and --no-watermark contradict each other; give one of them")
        if self.observed_until is not None:
            _refuse_changes(paths)

    def read(self, path: Path) -> Iterator[Reading]:
        """See ``Connector.read``."""
        try:
            artefact = open_artefact(path)
            if is_change_file(artefact):
                changes = ChangeFile(path, artefact, rules=self.rules, read_at=self.read_at)
                yield from changes.readings(watermark=self.watermark)
                return
            page = _page_of(artefact)
        except ArtefactRejectedError as unusable:
            yield unusable.rejected
            return
        yield from self._read_page(path, page)

    def _read_page(self, path: Path, page: "_Page") -> Iterator[Reading]:
        yield Opened(path, len(page.items))
        yield from page.notices
        parsed = list(self._parsed(page))
        observed = self._observed(parsed)
        for found in parsed:
            yield (found if isinstance(found, Rejected) else _record(page, found, observed[found.question.cohort]))
        if self.watermark:
            yield from self._watermarks(page, parsed, observed)

    def _parsed(self, page: "_Page") -> Iterator["_Found | Rejected"]:
        seen: dict[int, Question] = {}
        for index, item in enumerate(page.items):
            row = f"{page.prefix}[{index}]"
            try:
                question = read_question(item)
                if seen.setdefault(question.id, question) != question:
                    text = f"{question.id} came before and said something else"
                    raise FaultyQuestionError("repeated_record", Fault("id", text))
                self._refuse_unjudgeable(question)
                yield _Found(row, question)
            except FaultyQuestionError as faulty:
                yield page.rejected(row, item, faulty)

    def _refuse_unjudgeable(self, question: Question) -> None:
        if question.rule not in self.rules:
            text = f"{question.house} questions need rule {question.rule}, which this release does not have"
            raise FaultyQuestionError(UNSUPPORTED_HOUSE, Fault("house", text))
        if start_of(question.latest_on) > (self.observed_until or self.read_at):
            text = f"{question.latest_on} is later than the record can have been read; correct the date"
            raise FaultyQuestionError("date_in_future", Fault("", text))

    def _observed(self, parsed: Sequence["_Found | Rejected"]) -> Mapping[str, datetime]:
        """Up to when each month has been read."""
        latest: dict[str, date] = {}
        for found in parsed:
            if isinstance(found, _Found):
                cohort = found.question.cohort
                latest[cohort] = max(found.question.latest_on, latest.get(cohort, date.min))
        return {cohort: self.observed_until or start_of(day) for cohort, day in sorted(latest.items())}

    def _watermarks(
        self, page: "_Page", parsed: Sequence["_Found | Rejected"], observed: Mapping[str, datetime]
    ) -> Iterator[Reading]:
        doubt = _doubt(page, parsed)
        if doubt is not None and self.observed_until is None:
            name = page.artefact.name
            text = f"{name}: {doubt}, so nobody is called late on its word; --observed-until vouches for it"
            yield Notice(name, "watermark_withheld", text)
            return
        for cohort, read_up_to in observed.items():
            yield watermark_of(cohort, read_up_to)


@dataclass(frozen=True, slots=True)
class _Found:
    """A question that was understood, and where it stands in its file."""

    row: str
    question: Question


@dataclass(frozen=True, slots=True)
class _Page:
    """One file: its records, where they stand (a JSON path), and how many the source holds beyond them."""

    artefact: Artefact
    items: Sequence[object]
    prefix: str
    missing: int
    notices: tuple[Notice, ...]

    def rejected(self, row: str, item: object, faulty: FaultyQuestionError) -> Rejected:
        """The reading that refuses one record; its bytes are written anew, since the file is one document."""
        original = json.dumps(item).encode()
        name = self.artefact.name
        return Rejected(name, row, faulty.field, faulty.code, f"{name}, {row}: {faulty}", original)


def _refuse_changes(paths: Sequence[Path]) -> None:
    """A file of changes says itself when its months were read, so nobody can vouch for more."""
    for path in paths:
        try:
            changes = is_change_file(open_artefact(path))
        except ArtefactRejectedError:
            continue  # said when it is read
        if changes:
            raise UsageError(
                f"{path} holds observed changes with times of their own; import it without --observed-until"
            )


def _page_of(artefact: Artefact) -> _Page:
    text, notices = text_of(artefact)
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unusable(artefact, "invalid_json", f"not JSON: {error}") from error
    if isinstance(document, list):
        return _Page(artefact, document, "$", 0, notices)
    if isinstance(document, dict) and isinstance(document.get("results"), list):
        total = document.get("totalResults")
        if type(total) is not int:
            raise _unusable(
                artefact, "unexpected_shape", "totalResults is missing or not a whole number", "totalResults"
            )
        return _Page(artefact, document["results"], "$.results", max(0, total - len(document["results"])), notices)
    raise _unusable(
        artefact, "unexpected_shape", "neither a list of questions nor a page with totalResults and results"
    )


def _unusable(artefact: Artefact, code: str, reason: str, field: str | None = None) -> ArtefactRejectedError:
    return ArtefactRejectedError(
        Rejected(artefact.name, None, field, code, f"{artefact.name}: {reason}", artefact.content)
    )


def _record(page: _Page, found: _Found, observed_at: datetime) -> Record:
    question = found.question
    provenance = Provenance(uri=page.artefact.name, sha256=page.artefact.sha256, locator=found.row)
    events = tuple(
        new_event(
            fact,
            source=source_of(question.cohort),
            subject=subject_of(question.id),
            time=start_of(fact.occurred_on),
            observed_at=observed_at,
            native_id=str(question.id),
            version=content_version(fact),
            provenance=provenance,
        )
        for fact in facts_of(question, london_date(observed_at))
    )
    return Record(f"{page.artefact.name}:{found.row}", events)


def _doubt(page: _Page, parsed: Sequence[_Found | Rejected]) -> str | None:
    """Why the file cannot vouch for its months: an answer may hide in what was not read."""
    unread = sum(1 for found in parsed if isinstance(found, Rejected) and found.code != UNSUPPORTED_HOUSE)
    if unread:
        return f"{unread} of its records could not be read"
    if page.missing:
        return f"it leaves out {page.missing} records of the source"
    return None

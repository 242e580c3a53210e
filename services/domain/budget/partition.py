"""The state of one partition of the budget log, as a pure fold: statements in, findings about their source out.

Nothing is compared before its source has published the period whole, so a file that is still being read raises nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from schemas.bodies import Body
from schemas.envelope import Event
from schemas.events.budget import BudgetEvent
from schemas.events.findings import FindingClearedV1, FindingEvent, FindingRaisedV1
from services.domain.budget.book import Book, BookId, Scope
from services.domain.budget.checks import Finding, check
from services.domain.contents import is_refused
from services.domain.identity import derived_id, finding_subject, wrap

SOURCE = "/tracker"


@dataclass(frozen=True, slots=True)
class Standing:
    """One finding as it stands: what it is about, the event data that say it, and the source it speaks of."""

    subject: str
    data: FindingRaisedV1


@dataclass(frozen=True, slots=True)
class BudgetDecision:
    """What follows from some messages: the findings to publish, and what stands once they are out.

    ``refused`` are the places, in the messages given, of those whose id stood for another content before.
    """

    derived: tuple[Event, ...]
    refused: tuple[int, ...]
    raised: Mapping[tuple[BookId, Scope], Mapping[str, Standing]]
    revisions: Mapping[str, int]


@dataclass(slots=True)
class BudgetPartition:
    """The books of one partition and the findings that stand.

    ``decide`` takes statements into the books at once, since a fact is a fact, so what was decided has to be applied before
    the next decision; after a failure in between the books are not to be used any more.
    """

    bodies: Mapping[str, Body]
    books: dict[BookId, Book] = field(default_factory=dict)
    standing: dict[tuple[BookId, Scope], Mapping[str, Standing]] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    contents: dict[UUID, bytes] = field(default_factory=dict)

    def decide(self, events: Sequence[Event]) -> BudgetDecision:
        """What follows from these messages, one by one in order."""
        derived: list[Event] = []
        refused: list[int] = []
        raised: dict[tuple[BookId, Scope], Mapping[str, Standing]] = {}
        revisions: dict[str, int] = {}
        for number, event in enumerate(events):
            if not isinstance(event.data, BudgetEvent):
                continue
            if is_refused(self.contents, event):
                refused.append(number)
                continue
            book = self.books.setdefault(BookId.of(event, event.data), Book(BookId.of(event, event.data)))
            changed = book.add(event)
            if changed is None:
                continue
            for scope in _affected(book, changed):
                place = (book.id, scope)
                before = raised.get(place, self.standing.get(place, {}))
                after = _found(book, scope, self.bodies)
                for subject, data in _difference(before, after):
                    revisions[subject] = revisions.get(subject, self.revisions.get(subject, 0)) + 1
                    derived.append(_event(data, subject, event, revisions[subject]))
                raised[place] = after
        return BudgetDecision(tuple(derived), tuple(refused), raised, revisions)

    def apply(self, decision: BudgetDecision) -> None:
        """Take a decision in: its findings are published."""
        self.standing.update(decision.raised)
        self.revisions.update(decision.revisions)

    def next_due(self) -> Mapping[str | None, datetime]:
        """Nothing here waits for a clock."""
        return MappingProxyType({})


def standing_findings(events: Sequence[Event], bodies: Mapping[str, Body]) -> dict[str, Standing]:
    """Every finding that must stand after these events, by subject, in one pass; the order of the events is no matter."""
    books: dict[BookId, Book] = {}
    for event in events:
        if isinstance(event.data, BudgetEvent):
            books.setdefault(BookId.of(event, event.data), Book(BookId.of(event, event.data))).add(event)
    return {
        subject: found
        for book in books.values()
        for scope in book.published
        for subject, found in _found(book, scope, bodies).items()
    }


def _affected(book: Book, changed: Scope) -> list[Scope]:
    """The published periods whose findings may be others now: the period itself, later ones, and those beside it."""
    beside = [Scope(other, changed.period_end) for other in sorted(book.classifications() - {changed.classification})]
    latest = [Scope(other, book.latest(other) or date.min) for other in sorted(book.classifications())]
    found = [changed, *sorted(book.later(changed)), *beside, *latest, *book.just_before(changed)]
    return [scope for scope in dict.fromkeys(found) if scope in book.published]


def _found(book: Book, scope: Scope, bodies: Mapping[str, Body]) -> dict[str, Standing]:
    source = book.published[scope].source
    found: dict[str, Standing] = {}
    for finding in check(book, scope):
        data = FindingRaisedV1(
            code=finding.code,
            severity=finding.severity,
            source_id=source,
            params=_params(book, scope, finding, bodies),
        )
        subject = _subject(book, scope, finding)
        found[subject] = Standing(subject, data)
    return found


def _subject(book: Book, scope: Scope, finding: Finding) -> str:
    """What a finding is about; two measures, or two tables beside, are two findings."""
    about = book.id.table(scope.classification) if finding.line is None else finding.line.line_id
    more = [finding.params[name] for name in ("measure", "other") if name in finding.params]
    return finding_subject(finding.code, about, scope.period_end.isoformat(), *more)


def _params(book: Book, scope: Scope, finding: Finding, bodies: Mapping[str, Body]) -> dict[str, str]:
    where = {
        "jurisdiction": book.id.jurisdiction,
        "level": book.id.level,
        "classification": scope.classification,
        "region": book.id.region or "",
        "period_end": scope.period_end.isoformat(),
    }
    if finding.line is None:
        return where | dict(finding.params)
    line = {"line_id": finding.line.line_id, "code": finding.line.code, "name": finding.line.name}
    successors = _successors(finding.line.code, scope.classification, bodies)
    return where | line | ({"successors": successors} if successors else {}) | dict(finding.params)


def _successors(code: str, classification: str, bodies: Mapping[str, Body]) -> str:
    """The codes of those who took over from an administrator, separated by spaces; '' when nobody did."""
    if classification != "administrator":
        return ""
    for body in bodies.values():
        if body.codes.get("budget_administrator") == code:
            heirs = (bodies[each].codes.get("budget_administrator") for each in body.successors)
            return " ".join(heir for heir in heirs if heir is not None)
    return ""


def _difference(before: Mapping[str, Standing], after: Mapping[str, Standing]) -> Iterator[tuple[str, FindingEvent]]:
    """What is to be said now: what was cleared, and what stands for the first time or with other figures."""
    for subject, was in before.items():
        if subject not in after:
            yield subject, FindingClearedV1.model_validate(was.data.model_dump())
    for subject, now in after.items():
        if before.get(subject) != now:
            yield subject, now.data


def _event(data: FindingEvent, subject: str, cause: Event, revision: int) -> Event:
    return wrap(
        data.model_copy(update={"revision": revision}),
        # A copy that was observed earlier is a cause of its own: it may raise again what another has cleared since.
        id_=derived_id(subject, data.type, f"{cause.id}@{cause.observedat.isoformat()}"),
        source=SOURCE,
        subject=subject,
        time=cause.observedat,
        observed_at=cause.observedat,
        simulation=cause.simulation,
    )

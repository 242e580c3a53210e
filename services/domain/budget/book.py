"""The book of one budget: its statements by table, period and line, and which periods were published whole.

Facts only; what is wrong with them is found in ``checks``.
"""

from bisect import insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from schemas.envelope import Event
from schemas.events.budget import BudgetEvent, BudgetPeriodPublishedV1, BudgetStatementV1

MEASURES = (
    "approved",
    "specified",
    "adjusted",
    "period_plan_payments",
    "period_plan_obligations",
    "paid",
    "obligations_taken",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one statement says of one line, in the unit of its source; ``key`` names the line in every year."""

    line_id: str
    key: str
    code: str
    name: str
    path: tuple[str, ...]
    unit: str
    is_total: bool
    approved: Decimal
    specified: Decimal
    adjusted: Decimal
    period_plan_payments: Decimal
    period_plan_obligations: Decimal
    paid: Decimal
    obligations_taken: Decimal
    stated_of_period_plan: Decimal | None
    stated_of_adjusted: Decimal | None

    def measure(self, name: str) -> Decimal:
        """One of ``MEASURES`` by its name."""
        value = getattr(self, name)
        if not isinstance(value, Decimal):
            raise AssertionError(f"{name} is no measure")
        return value


@dataclass(frozen=True, slots=True)
class BookId:
    """One budget of one world: ``world`` is the simulation's name, or None."""

    world: str | None
    jurisdiction: str
    level: str
    region: str | None

    @classmethod
    def of(cls, event: Event, data: BudgetEvent) -> "BookId":
        """The budget an event speaks of."""
        return cls(event.simulation, data.jurisdiction, data.level, data.region)

    def table(self, classification: str) -> str:
        """The name of one of its tables, as it begins the ids of its lines."""
        own = f"{self.jurisdiction}/{self.level}/{classification}/{self.region or '-'}"
        return own if self.world is None else f"{self.world}/{own}"


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One period of one table: what is compared with others."""

    classification: str
    period_end: date


@dataclass(frozen=True, slots=True, order=True)
class _Kept:
    """A statement and when it was seen."""

    seen_at: datetime
    event_id: str
    figures: Figures = field(compare=False)


@dataclass(frozen=True, slots=True, order=True)
class _Publication:
    """The latest word of a source that a period is whole: what was seen of it later waits for the next."""

    seen_at: datetime
    source: str
    lines: int
    """How many statements the source says the period has."""


@dataclass(slots=True)
class Book:
    """Statements and published periods of one budget; a set, so that order and repetition do not matter.

    Of several copies of one message the one that was observed first counts.
    """

    id: BookId
    statements: dict[Scope, dict[str, list[_Kept]]] = field(default_factory=dict)
    published: dict[Scope, _Publication] = field(default_factory=dict)
    _words: dict[Scope, dict[UUID, _Publication]] = field(default_factory=dict)

    def add(self, event: Event) -> Scope | None:
        """Take a statement or a publication in; the published period it changed, None when it changed none."""
        if isinstance(event.data, BudgetStatementV1):
            return self._state(event, event.data)
        if isinstance(event.data, BudgetPeriodPublishedV1):
            return self._publish(event, event.data)
        return None

    def _publish(self, event: Event, data: BudgetPeriodPublishedV1) -> Scope | None:
        scope = Scope(data.classification, data.period_end)
        words = self._words.setdefault(scope, {})
        word = _Publication(event.observedat, event.source, data.lines)
        words[event.id] = min(word, words.get(event.id, word))
        latest = max(words.values())
        if self.published.get(scope) == latest:
            return None
        self.published[scope] = latest
        return scope

    def _state(self, event: Event, data: BudgetStatementV1) -> Scope | None:
        scope = Scope(data.classification, data.period_end)
        figures = figures_of(event.subject, data)
        revisions = self.statements.setdefault(scope, {}).setdefault(figures.key, [])
        kept = _Kept(event.observedat, str(event.id), figures)
        copy = next((each for each in revisions if each.event_id == kept.event_id), None)
        if copy is not None:
            if copy.seen_at <= kept.seen_at:
                return None
            revisions.remove(copy)
        insort(revisions, kept)
        publication = self.published.get(scope)
        return scope if publication is not None and kept.seen_at <= publication.seen_at else None

    def lines(self, scope: Scope) -> Mapping[str, Figures]:
        """The lines of a published period, by key, its total among them: each as stated last before the publication."""
        publication = self.published.get(scope)
        if publication is None:
            return {}
        found: dict[str, Figures] = {}
        for key, revisions in self.statements.get(scope, {}).items():
            seen = [kept for kept in revisions if kept.seen_at <= publication.seen_at]
            if seen:
                found[key] = seen[-1].figures
        return found

    def declared(self, scope: Scope) -> int:
        """How many statements a published period has, as its source says."""
        return self.published[scope].lines

    def total(self, scope: Scope) -> Figures | None:
        """The total the source gives for a period."""
        return next((line for line in self.lines(scope).values() if line.is_total), None)

    def earlier(self, scope: Scope) -> list[Scope]:
        """The published periods of the same table and year before this one, oldest first."""
        return sorted(
            each
            for each in self.published
            if each.classification == scope.classification
            and each.period_end.year == scope.period_end.year
            and each.period_end < scope.period_end
        )

    def just_before(self, scope: Scope) -> list[Scope]:
        """The published period of the same table before this one, in whichever year; none for the first."""
        before = (s for s in self.published if s.classification == scope.classification and s < scope)
        return [latest] if (latest := max(before, default=None)) is not None else []

    def end_of_year_before(self, scope: Scope) -> Scope | None:
        """The last published period of the same table in the year before."""
        return max(
            (
                each
                for each in self.published
                if each.classification == scope.classification and each.period_end.year == scope.period_end.year - 1
            ),
            default=None,
        )

    def later(self, scope: Scope) -> Iterator[Scope]:
        """The published periods of the same table after this one, in its year and the next, which are compared with it."""
        for each in self.published:
            near = 0 <= each.period_end.year - scope.period_end.year <= 1
            if each.classification == scope.classification and near and each.period_end > scope.period_end:
                yield each

    def latest(self, classification: str) -> date | None:
        """The end of the last published period of a table."""
        return max((s.period_end for s in self.published if s.classification == classification), default=None)

    def classifications(self) -> set[str]:
        """The tables of which anything was published."""
        return {scope.classification for scope in self.published}


def figures_of(line_id: str, data: BudgetStatementV1) -> Figures:
    """The figures of a statement. A line keeps its key over the years: its code, or in a tree its path."""
    return Figures(
        line_id=line_id,
        key=data.code if data.path is None else line_id.rpartition("/")[2],
        code=data.code,
        name=data.name,
        path=data.path or (),
        unit=data.unit,
        is_total=data.is_total,
        stated_of_period_plan=data.stated_of_period_plan,
        stated_of_adjusted=data.stated_of_adjusted,
        **{name: getattr(data, name) for name in MEASURES},
    )


if {each.name for each in fields(Figures)} < set(MEASURES):
    raise AssertionError("a measure has no place in the figures")
